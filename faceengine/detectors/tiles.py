"""Cutting a large picture into overlapping tiles, to search it with less memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from faceengine.detectors.detection import Floats
from faceengine.pictures import Image


@dataclass(frozen=True, slots=True)
class Tile:
    """Pixels `left` to `right` and `top` to `bottom` of a picture of the size given."""

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int

    def cut(self, image: Image) -> Image:
        return np.ascontiguousarray(image[self.top : self.bottom, self.left : self.right])

    def is_whole(self, corners: Floats) -> NDArray[np.bool_]:
        """Which boxes, shape (n, 4) in pixels of the picture, are not cut by a neighbouring tile.

        A neighbour sees them whole, or they are too large for tiles.
        """
        return (
            ((corners[:, 0] > self.left) | (self.left == 0))
            & ((corners[:, 1] > self.top) | (self.top == 0))
            & ((corners[:, 2] < self.right) | (self.right == self.width))
            & ((corners[:, 3] < self.bottom) | (self.bottom == self.height))
        )


def tiles_of(image: Image, most: int, overlap: int) -> Iterator[Tile]:
    """Tiles of `most` pixels a side at most, each reaching `overlap` pixels into the next.

    What is smaller than the overlap lies wholly in one of them.
    """
    height, width = image.shape[:2]
    spans = product(_spans(height, most, overlap), _spans(width, most, overlap))
    for (top, bottom), (left, right) in spans:
        yield Tile(left, top, right, bottom, width, height)


def _spans(length: int, most: int, overlap: int) -> list[tuple[int, int]]:
    count = max(1, -(-(length - overlap) // (most - overlap)))
    step = -(-(length - overlap) // count)
    return [(start * step, min(length, (start + 1) * step + overlap)) for start in range(count)]
