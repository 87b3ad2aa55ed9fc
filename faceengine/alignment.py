"""Bringing a face into the pose that a recognition network was trained on.

Alignment is where accuracy is won: the same weights lose seven points of LFW accuracy when the
face is only turned by its eye line instead of being warped by five landmarks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.detectors.detection import resize
from faceengine.pictures import Image

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Template:
    """Where the five landmarks lie in a square crop of `size` pixels; fractions of its side."""

    points: tuple[tuple[float, float], ...]
    size: int

    def in_pixels(self) -> Points:
        return np.array(self.points, dtype=np.float64) * self.size


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at an aligned face; the mean vector of several is better than any of them.

    The face appears `scale` times as large and turned by `turn_degrees` around the middle of the
    crop, and then `is_mirrored`, left and right exchanged.
    """

    scale: float = 1.0
    turn_degrees: float = 0.0
    is_mirrored: bool = False

    def of(self, template: Template) -> Points:
        """Where the landmarks lie in this view, in pixels, before it is mirrored."""
        middle = template.size / 2
        turn = math.radians(self.turn_degrees)
        cosine, sine = self.scale * math.cos(turn), self.scale * math.sin(turn)
        rotation = np.array([[cosine, -sine], [sine, cosine]])
        return np.asarray((template.in_pixels() - middle) @ rotation.T + middle)


STRAIGHT = View()
_MIRRORED = View(is_mirrored=True)


class Averaging(StrEnum):
    """Which views of a face are described; its vector is their mean, at unit length.

    One view costs one run of the embedder.
    """

    NONE = "none"
    FLIP = "flip"
    #: a little nearer, farther and turned: against landmarks that are not quite right
    AROUND = "around"
    #: nearer and farther by a tenth, mirrored, and turned: for a network that is easily misled
    WIDE = "wide"

    @property
    def views(self) -> tuple[View, ...]:
        """The first is the straight one."""
        return _VIEWS[self]


_VIEWS = {
    Averaging.NONE: (STRAIGHT,),
    Averaging.FLIP: (STRAIGHT, _MIRRORED),
    Averaging.AROUND: (
        STRAIGHT,
        View(scale=0.95),
        View(scale=1.05),
        View(turn_degrees=-5),
        View(turn_degrees=5),
    ),
    Averaging.WIDE: (
        STRAIGHT,
        _MIRRORED,
        View(scale=0.9),
        View(scale=0.9, is_mirrored=True),
        View(scale=1.1),
        View(scale=1.1, is_mirrored=True),
        View(turn_degrees=-8),
        View(turn_degrees=8),
    ),
}


def fit_similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> Points:
    """Rotation, uniform scale and shift that bring `source` closest to `target`.

    Least squares after Umeyama 1991 (doi:10.1109/34.88573), reflections excluded.

    Args: two arrays of shape (n, 2), n ≥ 2, the source points not all the same.
    Returns: matrix of shape (2, 3) for `cv2.warpAffine`.
    """
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_centred, target_centred = source - source_mean, target - target_mean
    left, strengths, right = np.linalg.svd(target_centred.T @ source_centred / len(source))
    signs = np.array([1.0, math.copysign(1.0, np.linalg.det(left) * np.linalg.det(right))])
    rotation = left @ np.diag(signs) @ right
    scale = float(strengths @ signs) / float(source_centred.var(axis=0).sum())
    shift = target_mean - scale * rotation @ source_mean
    return np.column_stack([scale * rotation, shift])


def align(
    image: Image, landmarks: NDArray[np.floating], template: Template, view: View = STRAIGHT
) -> Image:
    """Warp one face onto the template.

    Args: RGB picture; landmarks of shape (5, 2) in its pixels.
    Returns: RGB uint8, shape (size, size, 3); what lies outside the picture is black.
    """
    crop = warp(image, fit_similarity(landmarks, view.of(template)), template.size)
    return np.ascontiguousarray(crop[:, ::-1]) if view.is_mirrored else crop


def warp(image: Image, matrix: Points, size: int) -> Image:
    """The square of `size` pixels that a similarity transform of shape (2, 3) shows."""
    if math.hypot(matrix[0, 0], matrix[1, 0]) < 0.5:
        # bilinear sampling reads four pixels: a face shrunk further would alias
        image, matrix = _shrink_around(image, matrix, size)
    return np.asarray(
        cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR), dtype=np.uint8
    )


def _shrink_around(image: Image, matrix: Points, size: int) -> tuple[Image, Points]:
    """Cut the part that the crop needs and halve it (or more) by averaging; adapt the matrix."""
    inverse = cv2.invertAffineTransform(matrix)
    square = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]], dtype=np.float64)
    reach = square @ np.asarray(inverse).T
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(reach.min(axis=0)).astype(int), 0, [width - 1, height - 1])
    right, bottom = np.clip(np.ceil(reach.max(axis=0)).astype(int), [left + 1, top + 1], None)
    part = image[top:bottom, left:right]
    small = resize(part, math.hypot(matrix[0, 0], matrix[1, 0]))
    stretch = np.array([part.shape[1] / small.shape[1], part.shape[0] / small.shape[0]])
    linear = matrix[:, :2] * stretch
    # pixel centres, not corners, keep their place when a picture is resized
    origin = np.array([left, top]) + (stretch - 1) / 2
    return small, np.column_stack([linear, matrix[:, 2] + matrix[:, :2] @ origin])
