"""Networks of which a template and the form of their input say everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.alignment import STRAIGHT, Template, View, align
from faceengine.detectors.detection import Floats
from faceengine.embedders.embedding import run_in_batches, unit_length
from faceengine.pictures import Image
from faceengine.runtime import Batch, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class InputForm:
    """How a network wants its faces.

    A pixel of 0 to 255 becomes (pixel - mean) / scale; `mean` names the channels in the order of
    the network. With `is_whitened` each face's own mean and deviation are taken instead, as FaceNet
    does (prewhiten in its facenet.py). `columns` keeps the middle ones of a crop, for a network
    that wants less width than height.
    """

    template: Template
    is_bgr: bool = False
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    is_whitened: bool = False
    has_channels_last: bool = False
    columns: int = 0

    def to_batch(self, crops: Sequence[Image]) -> Floats:
        """Shape (n, 3, height, width), or (n, height, width, 3) if the channels come last."""
        stack = np.stack(crops)
        if self.columns:
            first = (stack.shape[2] - self.columns) // 2
            stack = stack[:, :, first : first + self.columns]
        if self.is_bgr:
            stack = stack[..., ::-1]
        if not self.has_channels_last:
            stack = stack.transpose(0, 3, 1, 2)
        batch = np.ascontiguousarray(stack, dtype=np.float32)
        if self.is_whitened:
            _whiten(batch)
        else:
            self._rescale(batch)
        return batch

    def _rescale(self, batch: Floats) -> None:
        """In place, as a batch of 32 faces has 5 MB and more."""
        if any(self.mean):
            shape = (3,) if self.has_channels_last else (3, 1, 1)
            batch -= np.array(self.mean, dtype=np.float32).reshape(shape)
        if self.scale != 1:
            batch /= np.float32(self.scale)


def _whiten(batch: Floats) -> None:
    axes = (1, 2, 3)
    mean, deviation = batch.mean(axes, keepdims=True), batch.std(axes, keepdims=True)
    batch -= mean
    batch /= np.maximum(deviation, np.float32(1 / np.sqrt(batch[0].size)))


@dataclass(frozen=True, slots=True)
class DescribedEmbedder:
    """A network on faces warped by five landmarks."""

    network: Network
    form: InputForm

    def crop(self, image: Image, anchors: NDArray[np.floating], view: View = STRAIGHT) -> Image:
        return align(image, anchors, self.form.template, view)

    def embed(self, crops: Sequence[Image]) -> Floats:
        return unit_length(run_in_batches(self.network, crops, self.form.to_batch))


@dataclass(frozen=True, slots=True)
class OneByOne:
    """A network whose file allows a single input a run."""

    network: Network

    def run(self, batch: Batch) -> Sequence[Batch]:
        answers = [self.network.run(batch[row : row + 1]) for row in range(len(batch))]
        return [np.concatenate(rows) for rows in zip(*answers, strict=True)]
