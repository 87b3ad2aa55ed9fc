"""What every face detector shares: its result, scaling, and dropping repeated boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.pictures import Image

Floats = NDArray[np.float32]

#: While a detector works, a face is a row: left, top, right, bottom, score, and where the network
#: knows them ten coordinates of landmarks.
SCORE = 4


@dataclass(frozen=True, slots=True)
class Detection:
    """A face in pixels of the picture that was searched.

    `corners` is (left, top, right, bottom) and may reach over the border. `landmarks` has shape
    (5, 2) in the order of `Landmarks`. `anchors` are the points by which the pack's own embedder
    aligns: the landmarks themselves, except where the embedder was trained on other points.
    """

    corners: Floats
    score: float
    landmarks: Floats
    anchors: Floats


class Detector(Protocol):
    def detect(self, image: Image) -> list[Detection]:
        """Find the faces of an RGB picture, best score first."""
        ...


class GlancingDetector(Detector, Protocol):
    def glance(self, image: Image) -> list[Detection]:
        """Find the large faces in a fraction of the time, best score first."""
        ...


def resize(image: Image, scale: float) -> Image:
    """Scale by a factor, averaging when shrinking so that fine texture does not alias."""
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return image
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)


def areas(corners: Floats) -> Floats:
    """Areas of boxes of shape (n, 4); a box turned inside out has none."""
    sides = np.clip(corners[:, 2:] - corners[:, :2], 0, None)
    return np.asarray(sides[:, 0] * sides[:, 1], dtype=np.float32)


def overlaps(box: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with each of (n, 4) others."""
    shared = _shared_areas(box, others)
    union = areas(box[None])[0] + areas(others) - shared
    return np.asarray(shared / np.maximum(union, 1e-9), dtype=np.float32)


def covered_shares(box: Floats, others: Floats) -> Floats:
    """Which share of each of (n, 4) others lies in one box."""
    shared = _shared_areas(box, others)
    return np.asarray(shared / np.maximum(areas(others), 1e-9), dtype=np.float32)


def _shared_areas(box: Floats, others: Floats) -> Floats:
    upper = np.maximum(box[:2], others[:, :2])
    lower = np.minimum(box[2:], others[:, 2:])
    return areas(np.concatenate([upper, lower], axis=1))


def strongest(
    corners: Floats, scores: Floats, max_overlap: float, max_covered: Floats | None = None
) -> list[int]:
    """Non-maximum suppression: which boxes stay, best first.

    None overlaps a better one by more than `max_overlap`, or lies in a better one with more of its
    area than that one's `max_covered` allows.
    """
    waiting = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while waiting.size:
        best, rest = int(waiting[0]), waiting[1:]
        kept.append(best)
        is_apart = overlaps(corners[best], corners[rest]) <= max_overlap
        if max_covered is not None:
            is_apart &= covered_shares(corners[best], corners[rest]) <= max_covered[best]
        waiting = rest[is_apart]
    return kept


def best_rows(rows: Floats, max_overlap: float) -> Floats:
    """The rows that stay after non-maximum suppression, best first."""
    return rows[strongest(rows[:, :SCORE], rows[:, SCORE], max_overlap)]


def smallest_side(rows: Floats) -> float:
    """Width of the narrowest box of (n, 5 or more) rows, n ≥ 1."""
    return float((rows[:, 2] - rows[:, 0]).min())
