"""dlib's recognition network (dlib_face_recognition_resnet_model_v1)."""

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

#: Outer and inner corner of the right eye, of the left one, and the nose, as dlib's get_face_chip
#: places them (its get_face_chip_details, with a quarter of the face as padding).
CHIP = Template(
    points=tuple(
        ((x + 0.25) / 1.5, (y + 0.25) / 1.5)
        for x, y in (
            (0.8595674595992, 0.2134981538014),
            (0.6460604764104, 0.2289674387677),
            (0.1205750620789, 0.2137274526848),
            (0.3340850613712, 0.2290642403242),
            (0.4901123135679, 0.6277975316475),
        )
    ),
    size=150,
)


@dataclass(frozen=True, slots=True)
class DlibEmbedder:
    """dlib's recognition network on chips like those that dlib itself cuts.

    Its own get_face_chip rounds the points to whole pixels; we do not.
    """

    network: Network

    def crop(self, image: Image, anchors: NDArray[np.floating], view: View = STRAIGHT) -> Image:
        return align(image, anchors, CHIP, view)

    def embed(self, crops: Sequence[Image]) -> Floats:
        return unit_length(self.embed_raw(crops))

    def embed_raw(self, crops: Sequence[Image]) -> Floats:
        """The vectors as dlib gives them, which it compares by Euclidean distance."""
        return run_in_batches(self.network, crops, rgb)


def rgb(crops: Sequence[Image]) -> Floats:
    """Shape (n, 3, size, size), red first, 0 to 255."""
    stack = np.stack(crops).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(stack, dtype=np.float32)
