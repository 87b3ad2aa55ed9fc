"""What every embedder shares: its interface, batches, and vectors of unit length."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceengine.alignment import STRAIGHT, View
from faceengine.detectors.detection import Floats
from faceengine.pictures import Image
from faceengine.runtime import Network, batch_length


class Embedder(Protocol):
    def crop(self, image: Image, anchors: NDArray[np.floating], view: View = STRAIGHT) -> Image:
        """Cut and align one face; `anchors` as the pack's detector gave them."""
        ...

    def embed(self, crops: Sequence[Image]) -> Floats:
        """Vectors of unit length, shape (number of crops, dimensions)."""
        ...


def run_in_batches(
    network: Network, crops: Sequence[Image], to_batch: Callable[[Sequence[Image]], Floats]
) -> Floats:
    """The network's first answer for every crop, one row each.

    `to_batch` makes the input of some crops; all of them at once would need much memory.
    """
    length = batch_length()
    parts = (crops[start : start + length] for start in range(0, len(crops), length))
    answers = [network.run(to_batch(part))[0] for part in parts]
    return np.concatenate(answers).reshape(len(crops), -1)


def unit_length(vectors: Floats) -> Floats:
    """Rows scaled to length 1, so that their dot product is the cosine similarity."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
