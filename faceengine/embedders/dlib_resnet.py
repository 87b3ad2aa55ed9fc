"""dlib's recognition network (dlib_face_recognition_resnet_model_v1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.detectors.detection import Floats
from faceengine.embedders.embedding import run_in_batches, unit_length
from faceengine.pictures import Image
from faceengine.runtime import Network


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
