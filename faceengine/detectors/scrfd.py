"""The SCRFD face detector (Guo, Deng, Lattas, Zafeiriou 2022, arXiv:2105.04714)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from faceengine.detectors.detection import SCORE, Floats
from faceengine.detectors.grid import STRIDES, cell_corners
from faceengine.pictures import Image

#: First output of each kind (score, box, points); the three strides follow one another.
KINDS = (0, 3, 6)
#: Two guesses, one after the other, for every cell.
GUESSES = 2
MIN_SCORE = 0.5


class ScrfdHead:
    """Takes RGB as (x - 127.5) / 128; boxes and points are distances from a cell's corner."""

    def to_batch(self, image: Image) -> Floats:
        blob = cv2.dnn.blobFromImage(image, scalefactor=1 / 128, mean=(127.5, 127.5, 127.5))
        return np.asarray(blob, dtype=np.float32)

    def to_rows(self, answers: Sequence[Floats], columns: int) -> Floats:
        found = [np.empty((0, SCORE + 11), dtype=np.float32)]
        for level, stride in enumerate(STRIDES):
            scores, boxes, points = (answers[level + kind] for kind in KINDS)
            (strong,) = np.nonzero(scores[:, 0] >= MIN_SCORE)
            corners = cell_corners(strong // GUESSES, columns, stride)
            sides = [corners - boxes[strong, :2], corners + boxes[strong, 2:]]
            marks = points[strong] + np.tile(corners, 5)
            parts = [*(side * stride for side in sides), scores[strong], marks * stride]
            found.append(np.concatenate(parts, axis=1, dtype=np.float32))
        return np.concatenate(found)
