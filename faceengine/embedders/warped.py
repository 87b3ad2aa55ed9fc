"""Networks that expect a face warped by five landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.alignment import STRAIGHT, Template, View, align
from faceengine.detectors.detection import Floats
from faceengine.embedders.embedding import run_in_batches, unit_length
from faceengine.pictures import Image
from faceengine.runtime import Network

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


@dataclass(frozen=True, slots=True)
class WarpedEmbedder:
    """A network that expects a face warped by five landmarks, as BGR from 0 to 255."""

    network: Network
    template: Template

    def crop(self, image: Image, anchors: NDArray[np.floating], view: View = STRAIGHT) -> Image:
        return align(image, anchors, self.template, view)

    def embed(self, crops: Sequence[Image]) -> Floats:
        return unit_length(run_in_batches(self.network, crops, bgr))


def bgr(crops: Sequence[Image]) -> Floats:
    """Shape (n, 3, size, size), blue first, 0 to 255."""
    stack = np.stack(crops)[:, :, :, ::-1]
    return np.ascontiguousarray(stack.transpose(0, 3, 1, 2), dtype=np.float32)
