"""dlib's detector by histograms of oriented gradients (King 2015, arXiv:1502.00046)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import cv2
import numpy as np

from faceengine.detectors.detection import Detection, Floats, best_rows, resize, smallest_side
from faceengine.detectors.five_points import FivePoints
from faceengine.pictures import Image

#: The smallest face that the detector knows, in pixels.
WINDOW = 80
#: A picture is searched at this longest side in pixels, but never enlarged more than so much.
LONG_SIDE, MOST_ENLARGED = 1280, 2.0
#: The second search of a group photo, for faces that were too small in the first.
GROUP_SIDE, GROUP_ENLARGED = 2560, 3.0
GLANCE_SIDE = 960
SMALL_BOX = 1.5 * WINDOW
MAX_OVERLAP = 0.3
#: To rate a face that another detector found: the side of its box and of the cut around it.
RATED_BOX, RATED_SIDE = 110, 200
#: So many faces of a picture are rated; faces of one picture mostly lie in one direction.
RATED_FACES = 2


class FrontalFaces:
    """dlib's detector, one picture at a time.

    It works in buffers of its own and lets go of Python's lock meanwhile: a second thread in it
    would read the first one's picture, or end the process.
    """

    def __init__(self) -> None:
        import dlib

        self._find: Any = dlib.get_frontal_face_detector()
        self._lock = Lock()

    def find(self, image: Image) -> tuple[Sequence[Any], Sequence[float]]:
        """Boxes as dlib's rectangles, in pixels of the picture, and their scores, best first."""
        with self._lock:
            boxes, scores, _ = self._find.run(image, 0, 0.0)
        return boxes, scores


class HogDetector:
    """Finds frontal, upright faces, with the corners of the eyes and the nose."""

    def __init__(self, shape_predictor: Path) -> None:
        self._faces = FrontalFaces()
        self._points = FivePoints(shape_predictor)

    def detect(self, image: Image) -> list[Detection]:
        longest = max(image.shape[:2])
        scale = min(MOST_ENLARGED, LONG_SIDE / longest)
        rows = self._search_at(image, scale)
        if not len(rows):
            rows = self._search_at(image, scale / 2, border=WINDOW)
        if not len(rows) or smallest_side(rows) * scale < SMALL_BOX:
            scale = min(GROUP_ENLARGED, GROUP_SIDE / longest)
            rows = best_rows(np.concatenate([rows, self._search_at(image, scale)]), MAX_OVERLAP)
        return [self._points.describe(image, row) for row in rows]

    def glance(self, image: Image) -> list[Detection]:
        scale = min(MOST_ENLARGED, GLANCE_SIDE / max(image.shape[:2]))
        rows = self._search_at(image, scale, border=WINDOW // 2)
        return [self._points.describe(image, row) for row in rows]

    def _search_at(self, image: Image, scale: float, border: int = 0) -> Floats:
        """Rows (left, top, right, bottom, score) in pixels of the picture, best first."""
        scaled = resize(image, scale)
        framed = cv2.copyMakeBorder(scaled, border, border, border, border, cv2.BORDER_CONSTANT)
        boxes, scores = self._faces.find(np.asarray(framed, dtype=np.uint8))
        corners = [(box.left(), box.top(), box.right(), box.bottom()) for box in boxes]
        edges = (np.array(corners, dtype=np.float32).reshape(-1, 4) - border) / scale
        return np.column_stack([edges, np.array(scores)]).astype(np.float32)


class Uprightness:
    """Rates faces that another detector found: frontal, upright ones above 0.3, turned ones below.

    Of 103 faces (LFW, CompreFace) 89 % are rated above 0.5, and none above 0.3 when turned by a
    quarter or by half.
    """

    def __init__(self) -> None:
        self._faces = FrontalFaces()

    def __call__(self, image: Image, found: Sequence[Detection]) -> float:
        rates = [self._rate(image, face.corners) for face in found[:RATED_FACES]]
        return max(rates, default=0.0)

    def _rate(self, image: Image, corners: Floats) -> float:
        scale = RATED_BOX / float((corners[2:] - corners[:2]).max())
        shift = RATED_SIDE / 2 - scale * (corners[:2] + corners[2:]) / 2
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        cut = cv2.warpAffine(image, matrix, (RATED_SIDE, RATED_SIDE), flags=cv2.INTER_AREA)
        _, scores = self._faces.find(np.asarray(cut, dtype=np.uint8))
        return float(max(scores, default=0.0))
