"""From an aligned face to a vector of unit length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceengine.alignment import Template, align
from faceengine.detection import Floats
from faceengine.pictures import Image
from faceengine.runtime import Network

#: Faces answered by one run of a network; more do not make it faster on a processor.
BATCH = 32

#: The pose of Intel's face-reidentification-retail-0095, from the documentation of the model.
RETAIL_0095 = Template(
    points=(
        (0.31556875, 0.46157410),
        (0.68262292, 0.46157410),
        (0.50026250, 0.64050535),
        (0.34947187, 0.82469196),
        (0.65343645, 0.82325089),
    ),
    size=128,
)


class Embedder(Protocol):
    def crop(self, image: Image, anchors: NDArray[np.floating]) -> Image:
        """Cut and align one face; `anchors` as the pack's detector gave them."""
        ...

    def embed(self, crops: Sequence[Image]) -> Floats:
        """Vectors of unit length, shape (number of crops, dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class WarpedEmbedder:
    """A network that expects a face warped by five landmarks, as BGR from 0 to 255."""

    network: Network
    template: Template

    def crop(self, image: Image, anchors: NDArray[np.floating]) -> Image:
        return align(image, anchors, self.template)

    def embed(self, crops: Sequence[Image]) -> Floats:
        return unit_length(run_in_batches(self.network, bgr(crops)))


@dataclass(frozen=True, slots=True)
class DlibEmbedder:
    """dlib's recognition network on the chips that dlib itself cuts."""

    network: Network

    def crop(self, image: Image, anchors: NDArray[np.floating]) -> Image:
        import dlib

        parts = [dlib.point(round(float(x)), round(float(y))) for x, y in anchors]
        shape = dlib.full_object_detection(dlib.rectangle(), parts)
        chip = dlib.get_face_chip(image, shape, size=150, padding=0.25)
        return np.asarray(chip, dtype=np.uint8)

    def embed(self, crops: Sequence[Image]) -> Floats:
        return unit_length(self.embed_raw(crops))

    def embed_raw(self, crops: Sequence[Image]) -> Floats:
        """The vectors as dlib gives them, which it compares by Euclidean distance."""
        stack = np.stack(crops).transpose(0, 3, 1, 2)
        return run_in_batches(self.network, np.ascontiguousarray(stack, dtype=np.float32))


def bgr(crops: Sequence[Image]) -> Floats:
    """Shape (n, 3, size, size), blue first, 0 to 255."""
    stack = np.stack(crops)[:, :, :, ::-1]
    return np.ascontiguousarray(stack.transpose(0, 3, 1, 2), dtype=np.float32)


def run_in_batches(network: Network, inputs: Floats) -> Floats:
    """The network's first answer for every input, one row each."""
    answers = [
        network.run(inputs[start : start + BATCH])[0] for start in range(0, len(inputs), BATCH)
    ]
    return np.concatenate(answers).reshape(len(inputs), -1)


def unit_length(vectors: Floats) -> Floats:
    """Rows scaled to length 1, so that their dot product is the cosine similarity."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
