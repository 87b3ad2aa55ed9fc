"""What YuNet and SCRFD share: a network that answers for every cell of three grids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.detectors.detection import (
    SCORE,
    Detection,
    Floats,
    resize,
    smallest_side,
    strongest,
)
from faceengine.detectors.sizes import padded_size
from faceengine.detectors.tiles import tiles_of
from faceengine.pictures import Image
from faceengine.runtime import Network

STRIDES = (8, 16, 32)
#: The longest side, in pixels, at which a picture is searched for small faces.
FINE_SIDE = 1280
#: A second, coarse look finds the face that fills the frame: too large for the network at
#: full size, it lies here in the middle of an empty border.
COARSE_SIDE = 256
#: The smallest side of a box in the first look, in its pixels, that hints at faces too small for
#: it: then the picture is searched at this longest side as well, but never enlarged.
SMALL_BOX, GROUP_SIDE = 24, 2048
#: It is searched in tiles that have so many pixels of it in common, more than its small faces have.
OVERLAP = 128
#: The columns of a row that are coordinates.
PLACES = [column for column in range(SCORE + 11) if column != SCORE]
#: A glance finds faces of 3 % of the longest side up to those that fill the frame.
GLANCE_SIDE, GLANCE_BORDER = 384, 64
MAX_OVERLAP = 0.3
#: The networks take parts of a very large face, one that is wider than this share of the picture,
#: for small ones; those lie almost wholly in its box.
VERY_LARGE, MAX_COVERED = 0.25, 0.7


class Head(Protocol):
    """What one kind of network wants and how it answers."""

    def to_batch(self, image: Image) -> Floats:
        """From RGB of shape (height, width, 3) to shape (1, 3, height, width)."""
        ...

    def to_rows(self, answers: Sequence[Floats], columns: int) -> Floats:
        """From the network's answers for an input `columns` pixels wide to rows in its pixels."""
        ...


class GridDetector:
    """Finds faces of about 10 pixels and more, with eyes, nose and mouth corners."""

    def __init__(self, network: Network, head: Head) -> None:
        self._network = network
        self._head = head

    def detect(self, image: Image) -> list[Detection]:
        longest = max(image.shape[:2])
        scale = min(1.0, FINE_SIDE / longest)
        small = resize(image, scale)
        fine = self._look(small, 1.0, border=0)
        # from the small picture: shrinking the large one again would take as long as the look
        coarse = self._look(small, min(1.0, COARSE_SIDE / max(small.shape[:2])), COARSE_SIDE // 2)
        rows = _stretched(np.concatenate([fine, coarse]), small, image)
        if scale < 1 and len(fine) and smallest_side(fine) < SMALL_BOX:
            tiled = self._look_in_tiles(image, min(1.0, GROUP_SIDE / longest))
            rows = np.concatenate([rows, tiled])
        return _to_detections(rows, longest)

    def glance(self, image: Image) -> list[Detection]:
        longest = max(image.shape[:2])
        scale = min(1.0, GLANCE_SIDE / longest)
        return _to_detections(self._look(image, scale, GLANCE_BORDER), longest)

    def _look_in_tiles(self, image: Image, scale: float) -> Floats:
        """The same as one look, for small faces, with the memory of the first."""
        looks = []
        for tile in tiles_of(image, round(FINE_SIDE / scale), round(OVERLAP / scale)):
            rows = self._look(tile.cut(image), scale, border=0)
            rows[:, PLACES] += np.array([tile.left, tile.top] * 7, dtype=np.float32)
            looks.append(rows[tile.is_whole(rows[:, :SCORE])])
        return np.concatenate(looks)

    def _look(self, image: Image, scale: float, border: int) -> Floats:
        """Rows in pixels of the picture as given, found in the scaled picture."""
        small = resize(image, scale)
        height, width = (padded_size(side + 2 * border) for side in small.shape[:2])
        below, beside = height - border - small.shape[0], width - border - small.shape[1]
        framed = cv2.copyMakeBorder(small, border, below, border, beside, cv2.BORDER_CONSTANT)
        batch = self._head.to_batch(np.asarray(framed, dtype=np.uint8))
        rows = self._head.to_rows(self._network.run(batch), width)
        rows[:, PLACES] -= border
        return _stretched(rows, small, image)


def _stretched(rows: Floats, small: Image, image: Image) -> Floats:
    """Rows in pixels of a picture, found in the smaller one that was made of it."""
    stretch = [image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]]
    rows[:, PLACES] *= np.array(stretch * 7, dtype=np.float32)
    return rows


def cell_corners(cells: NDArray[np.integer], columns: int, stride: int) -> Floats:
    """Column and row of cells given by their number, shape (n, 2)."""
    row, column = np.divmod(cells, columns // stride)
    return np.stack([column, row], axis=1).astype(np.float32)


def _to_detections(rows: Floats, longest: int) -> list[Detection]:
    """Faces from rows; `longest` is the longest side of the picture in pixels."""
    points = rows[:, SCORE + 1 :].reshape(-1, 5, 2)
    is_large = rows[:, 2] - rows[:, 0] > VERY_LARGE * longest
    max_covered = np.where(is_large, MAX_COVERED, 1.0).astype(np.float32)
    kept = strongest(rows[:, :SCORE], rows[:, SCORE], MAX_OVERLAP, max_covered)
    return [
        Detection(rows[index, :SCORE], float(rows[index, SCORE]), points[index], points[index])
        for index in kept
    ]
