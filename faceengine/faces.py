"""What the engine says about a face. All positions are fractions of the upright picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
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


class Weakness(StrEnum):
    """Why a face says too little about its owner. The values are stored and must not change.

    Causes stand before what follows from them: a tiny face is blurred, too.
    """

    CUT_OFF = "cut-off"
    TOO_SMALL = "too-small"
    TOO_DARK = "too-dark"
    OVEREXPOSED = "overexposed"
    NO_CONTRAST = "no-contrast"
    BLURRED = "blurred"
    TURNED_AWAY = "turned-away"
    UNCLEAR = "unclear"

    @property
    def label(self) -> str:
        """A word or two for beside a face."""
        return self.value.replace("-", " ").capitalize()

    @property
    def sentence(self) -> str:
        """What it is and what would help."""
        return WEAKNESS_SENTENCES[self]


WEAKNESS_SENTENCES: Mapping[Weakness, str] = MappingProxyType(
    {
        Weakness.CUT_OFF: (
            "This face is cut off by the edge of the picture. Use one that shows all of it."
        ),
        Weakness.TOO_SMALL: (
            "This face is too small. Use a larger version of the picture, or one taken closer."
        ),
        Weakness.TOO_DARK: "This face is too dark. Use a picture with more light on it.",
        Weakness.OVEREXPOSED: "This face is overexposed. Use a picture with less light on it.",
        Weakness.NO_CONTRAST: "This face has hardly any contrast. Use a clearer picture.",
        Weakness.BLURRED: "This face is too blurred. Use a sharper picture.",
        Weakness.TURNED_AWAY: (
            "This face is turned away. Use a picture that shows it more from the front."
        ),
        Weakness.UNCLEAR: (
            "This face is covered or hardly visible. Use a picture that shows it clearly."
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Face:
    """One face found in a picture.

    `score` is the detector's own (its range depends on the pack), `quality` runs from 0 (of no use
    for recognition) to 1, `embedding` has unit length. A face with a `weakness` is not good enough
    to start a person with.
    """

    box: Box
    landmarks: Landmarks
    score: float
    quality: float
    embedding: NDArray[np.float32]
    weakness: Weakness | None = None
