"""What the engine says about a face. All positions are fractions of the upright picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; (0, 0) is the picture's upper left corner and (1, 1) its lower right one."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre(self) -> Point:
        return self.left + self.width / 2, self.top + self.height / 2

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 (apart) to 1 (the same box)."""
        width = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        height = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        if width <= 0 or height <= 0:
            return 0.0
        shared = width * height
        return min(1.0, shared / (self.area + other.area - shared))

    def clipped(self) -> Box:
        """The part inside the picture."""
        left, top = min(max(self.left, 0.0), 1.0), min(max(self.top, 0.0), 1.0)
        right = min(max(self.left + self.width, left), 1.0)
        bottom = min(max(self.top + self.height, top), 1.0)
        return Box(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Five points, named as seen in the picture: the left eye of an upright face has the smaller x.

    A point may lie outside the picture when the face is cut off by its border.
    """

    left_eye: Point
    right_eye: Point
    nose: Point
    left_mouth: Point
    right_mouth: Point

    @classmethod
    def from_array(cls, points: NDArray[np.floating]) -> Self:
        """Read an array of shape (5, 2) in the order of the fields."""
        left_eye, right_eye, nose, left_mouth, right_mouth = (
            (float(x), float(y)) for x, y in points
        )
        return cls(left_eye, right_eye, nose, left_mouth, right_mouth)

    def to_array(self) -> NDArray[np.float64]:
        """Shape (5, 2) in the order of the fields."""
        points = (self.left_eye, self.right_eye, self.nose, self.left_mouth, self.right_mouth)
        return np.array(points, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Face:
    """One face found in a picture.

    `score` is the detector's own (its range depends on the pack), `quality` runs from 0 (of no use
    for recognition) to 1, `embedding` has unit length.
    """

    box: Box
    landmarks: Landmarks
    score: float
    quality: float
    embedding: NDArray[np.float32]
