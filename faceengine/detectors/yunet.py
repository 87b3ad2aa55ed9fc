"""The YuNet face detector (Wu, Peng, Yu 2023, doi:10.1007/s11633-023-1423-y)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from faceengine.detectors.detection import SCORE, Floats
from faceengine.detectors.grid import STRIDES, cell_corners
from faceengine.pictures import Image

#: First output of each kind (class, object, box, points); the three strides follow one another.
KINDS = (0, 3, 6, 9)
#: Below, YuNet takes many things for faces that are none.
MIN_SCORE = 0.7


class YuNetHead:
    """Takes BGR 0 to 255; its score is the geometric mean of two certainties."""

    def to_batch(self, image: Image) -> Floats:
        return np.asarray(cv2.dnn.blobFromImage(image, swapRB=True), dtype=np.float32)

    def to_rows(self, answers: Sequence[Floats], columns: int) -> Floats:
        found = [np.empty((0, SCORE + 11), dtype=np.float32)]
        for level, stride in enumerate(STRIDES):
            certainty, objectness, boxes, points = (answers[level + kind][0] for kind in KINDS)
            scores = np.sqrt(np.clip(certainty[:, 0], 0, 1) * np.clip(objectness[:, 0], 0, 1))
            (strong,) = np.nonzero(scores >= MIN_SCORE)
            corners = cell_corners(strong, columns, stride)
            centres = (boxes[strong, :2] + corners) * stride
            halves = np.exp(boxes[strong, 2:]) * stride / 2
            marks = (points[strong] + np.tile(corners, 5)) * stride
            parts = [centres - halves, centres + halves, scores[strong, None], marks]
            found.append(np.concatenate(parts, axis=1, dtype=np.float32))
        return np.concatenate(found)
