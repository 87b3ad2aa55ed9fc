"""Whether two detectors saw one face, though they draw boxes of different shapes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from faceengine.faces import Box, Point

#: Boxes that overlap by so much (intersection over union) are of one face.
SAME_FACE_OVERLAP = 0.5
#: The eyes of one face, as two detectors see them, lie no farther apart than this, in eye distances
#: of the smaller. Of 313 faces that pack `open` sees in photos of LFW and CompreFace and in groups,
#: `dlib` sees 291: 289 overlap, 290 have their eyes so near, 291 have their centres in each other's
#: box. Of 4,027 pairs of two faces in one photo none does.
EYES_APART = 0.5


@dataclass(frozen=True, slots=True)
class View:
    """Where a face is, in widths of the picture; `eyes` is None if nobody looked for them."""

    box: Box
    eyes: tuple[Point, Point] | None = None

    @classmethod
    def of(cls, box: Box, eyes: tuple[Point, Point] | None, ratio: float) -> Self:
        """From fractions of a picture that is `ratio` times as high as wide."""
        scaled = Box(box.left, box.top * ratio, box.width, box.height * ratio)
        if eyes is None:
            return cls(scaled)
        (left_x, left_y), (right_x, right_y) = eyes
        return cls(scaled, ((left_x, left_y * ratio), (right_x, right_y * ratio)))

    def shows_the_same(self, other: View) -> bool:
        return (
            self.box.overlap(other.box) >= SAME_FACE_OVERLAP
            or (_holds(self.box, other.box.centre) and _holds(other.box, self.box.centre))
            or self._has_the_eyes_of(other)
        )

    def _has_the_eyes_of(self, other: View) -> bool:
        if self.eyes is None or other.eyes is None:
            return False
        smaller = min(math.dist(*self.eyes), math.dist(*other.eyes))
        return math.dist(_middle(self.eyes), _middle(other.eyes)) <= EYES_APART * smaller


def _holds(box: Box, point: Point) -> bool:
    x, y = point
    return box.left <= x <= box.left + box.width and box.top <= y <= box.top + box.height


def _middle(eyes: tuple[Point, Point]) -> Point:
    (left, upper), (right, lower) = eyes
    return (left + right) / 2, (upper + lower) / 2
