"""dlib's MMOD face detector (King 2015, arXiv:1502.00046) and its five-point shape predictor."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from faceengine.detectors.detection import (
    SCORE,
    Detection,
    Floats,
    best_rows,
    resize,
    smallest_side,
)
from faceengine.detectors.five_points import FivePoints
from faceengine.detectors.strips import scores_of
from faceengine.dlib_networks.weights import MEAN_COLOUR
from faceengine.pictures import Image
from faceengine.runtime import Network

#: The detector's window and the step from one pyramid level to the next.
WINDOW, SHRINK = 80, 5 / 6
#: A cell of the score map covers 8 pixels; the first is centred on pixel 14.
CELL, FIRST = 8, 14
#: dlib's own border around a level, so that faces cut by the border are found.
BORDER = 11
#: The overlap that the network was trained to allow (stored in its file).
MAX_OVERLAP = 0.338276
#: A picture is searched at this longest side in pixels, but never enlarged more than so much.
LONG_SIDE, MOST_ENLARGED = 1280, 2.0
#: The second search of a group photo adds so many larger levels above those of the first; fewer
#: where the picture was enlarged already.
GROUP_LEVELS, FEW_GROUP_LEVELS = 4, 3
ALL_LEVELS = 99
#: A picture in which nothing was found is searched once more at this size, on other levels.
LAST_SIDE, LAST_ENLARGED = 2560, 3.0
GLANCE_SIDE = 960
#: The smallest box of a first search, in pixels of its scale, that hints at smaller faces.
SMALL_BOX = 1.5 * WINDOW


class MmodDetector:
    """Finds faces of about 30 pixels and more, with the corners of the eyes and the nose."""

    def __init__(self, network: Network, shape_predictor: Path) -> None:
        self._network = network
        self._points = FivePoints(shape_predictor)

    def detect(self, image: Image) -> list[Detection]:
        scale = min(MOST_ENLARGED, LONG_SIDE / max(image.shape[:2]))
        rows = self._search_at(image, scale)
        if not len(rows):
            # a face as large as the picture needs room around it, and fewer pixels are enough
            rows = self._search_at(image, scale / 2, border=WINDOW)
        if not len(rows):
            # a face at the limit of the network is seen between two levels and not on them
            rows = self._search_at(image, min(LAST_ENLARGED, LAST_SIDE / max(image.shape[:2])))
        elif smallest_side(rows) * scale < SMALL_BOX:
            levels = GROUP_LEVELS if scale < MOST_ENLARGED else FEW_GROUP_LEVELS
            larger = self._search_at(image, scale / SHRINK**levels, levels=levels)
            rows = best_rows(np.concatenate([rows, larger]), MAX_OVERLAP)
        return [self._points.describe(image, row) for row in rows]

    def glance(self, image: Image) -> list[Detection]:
        scale = min(MOST_ENLARGED, GLANCE_SIDE / max(image.shape[:2]))
        rows = self._search_at(image, scale, border=WINDOW // 2)
        return [self._points.describe(image, row) for row in rows]

    def search(self, image: Image, border: int = BORDER, levels: int = ALL_LEVELS) -> Floats:
        """Run the network over the levels of a picture, without scaling it first.

        Returns: rows (left, top, right, bottom, score), best first.
        """
        rows = [np.empty((0, SCORE + 1), dtype=np.float32)]
        level = image
        while min(level.shape[:2]) > WINDOW // 2 and len(rows) <= levels:
            rows.append(self._search_level(level, border, image.shape[1] / level.shape[1]))
            level = _one_level_down(level)
        return best_rows(np.concatenate(rows), MAX_OVERLAP)

    def _search_at(
        self, image: Image, scale: float, border: int = BORDER, levels: int = ALL_LEVELS
    ) -> Floats:
        rows = self.search(resize(image, scale), border, levels)
        rows[:, :SCORE] /= scale
        return rows

    def _search_level(self, level: Image, border: int, stretch: float) -> Floats:
        height, width = level.shape[:2]
        batch = np.empty((1, 3, height + 2 * border, width + 2 * border), dtype=np.float32)
        for plane, colour, mean in zip(
            batch[0], np.moveaxis(level, 2, 0), MEAN_COLOUR, strict=True
        ):
            plane[border : border + height, border : border + width] = colour
            # the frame is zero once the network has normalised it
            plane[:border] = plane[-border:] = mean
            plane[:, :border] = plane[:, -border:] = mean
        scores = scores_of(self._network, batch)
        cells = np.argwhere(scores > 0)
        centres = cells[:, ::-1] * CELL + FIRST - border
        corners = np.concatenate([centres - WINDOW / 2, centres + WINDOW / 2], axis=1) * stretch
        return np.column_stack([corners, scores[scores > 0]]).astype(np.float32)


def _one_level_down(level: Image) -> Image:
    height, width = level.shape[:2]
    size = int((width - 1) * SHRINK + 0.5), int((height - 1) * SHRINK + 0.5)
    return np.asarray(cv2.resize(level, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
