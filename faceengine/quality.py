"""How much a face can say about its owner: eight judgements, each from 0 to 1.

The worst of them is the quality, so that a user can be told the reason. It ranks faces and is no
probability. Its ramps come from 1,906 pictures of LFW and 4,857 copies that were shrunk, blurred,
darkened, overexposed, covered, cut or spoilt by noise: each follows the share of similarity to
other photos of the same person that is left, about 0.4 + 0.6 · judgement, on average over two
embedders (retail-0095 and EdgeFace-XS). `docs/models.md` shows what rejecting by it brings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.faces import Weakness
from faceengine.pictures import Image

Points = NDArray[np.floating]

#: Below this quality more genuine pairs are missed than found at the normal threshold.
WEAK = 0.25

#: Side in pixels at which crops are judged, and the part of it that is face: no hair, no wall.
CROP_SIDE = 128
FACE_ROWS, FACE_COLUMNS = slice(40, 118), slice(24, 104)
#: Eye distance of a frontal face, per root mean square distance of its landmarks from their middle.
EYES_PER_SPREAD = 1.66

#: Eye distance in pixels of the picture, as it would be from the front. Half the similarity is left
#: at 5.5, 0.84 at 11, 0.98 at 19.
TOO_FEW_PIXELS, ENOUGH_PIXELS = 4.0, 20.0
#: Share of the face's contrast that a blur of two pixels removes. Left: 0.46 at 0.001, 0.70 at
#: 0.005, 0.84 at 0.025, 0.97 at 0.05. (The usual variance of the Laplacian rises again in strong
#: blur, where it measures the rounding to 256 shades.)
BLURRED, SHARP = 0.001, 0.06
LEAST_PIXELS = 1e-3  # distances below are rounding errors, whose squares vanish
ROUNDING = 1 / 12  # variance that whole shades add to any picture, however blurred
#: How far from the middle of the eyes the nose stands, in eye distances: 0.5 is below an eye.
#: Up to 0.3 nothing is lost; 0.94 is left at 0.4, 0.79 from 0.5 to 1.2 (eight faces). Nodding tells
#: little: with the nose at 0.44 to 0.7 of the way from the eyes to the mouth, 0.93 or more is left.
TURNED_AWAY, FRONTAL = 1.5, 0.3
#: Shade that 5 % of the face exceed, of 255. Left: 0.70 at 26, 0.84 at 37, 0.95 at 51; the darkest
#: of 1,906 faces in ordinary light, of whatever skin, have 101.
BLACK, BRIGHT = 8.0, 60.0
#: Share of the face that is white (shade 250 or more). Left: 0.85 at 0.2, 0.70 at 0.5, 0.51 at 0.7.
BURNT_OUT, UNBURNT = 0.85, 0.0
WHITE = 250
#: Standard deviation of the shades. Left: 0.89 at 4, 0.96 at 9.
FLAT, CONTRASTY = 1.0, 8.0
#: Share of the square around the face that lies outside the picture. Left: 0.93 at 0.1, 0.76 at
#: 0.4, 0.52 at 0.55. The square's side is in eye distances; its middle lies so much of them above
#: that of the landmarks.
CUT_AWAY, WHOLE = 0.65, 0.1
SQUARE_SIDE, SQUARE_LIFT = 2.4, 0.24
#: Scores of a detector for a face of no use and for one that leaves nothing to wish for. YuNet's
#: falls when a face is covered, noisy or tiny: 0.49 of the similarity is left at 0.82, 0.75 at
#: 0.91, 0.97 at 0.935. MMOD's tells less, and other detectors' scores are not judged.
CERTAINTY: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"yunet": (0.8, 0.945), "mmod": (0.3, 1.1)}
)


@dataclass(frozen=True, slots=True)
class Quality:
    """Judgements from 0 (useless) to 1 (nothing to wish for), in the order of `Weakness`."""

    wholeness: float
    size: float
    brightness: float
    highlights: float
    contrast: float
    sharpness: float
    pose: float
    certainty: float

    @property
    def judgements(self) -> Mapping[Weakness, float]:
        values = (
            *(self.wholeness, self.size, self.brightness, self.highlights),
            *(self.contrast, self.sharpness, self.pose, self.certainty),
        )
        return dict(zip(Weakness, values, strict=True))

    @property
    def overall(self) -> float:
        return min(self.judgements.values())

    @property
    def weakness(self) -> Weakness | None:
        """The first cause for which the face should not open a person."""
        judged = self.judgements.items()
        return next((weakness for weakness, value in judged if value < WEAK), None)


def assess(
    crop: Image, landmarks: Points, picture: tuple[int, int], certainty: float = 1.0
) -> Quality:
    """Judge a face.

    Args: the aligned crop (RGB, square); landmarks of shape (5, 2) in pixels of the picture that it
    came from; height and width of that picture; what `certainty` makes of the detector's score.
    """
    face, fine = _look_at(crop)
    shades = np.bincount(face.ravel(), minlength=256)
    variance = float(face.var())
    eyes = EYES_PER_SPREAD * math.sqrt(float(landmarks.var(axis=0).sum()))
    outside = _outside(landmarks, eyes, picture)
    # relative to contrast, so that a dark or flat photograph is not called blurred
    detail = (float((fine**2).mean()) - ROUNDING) / (variance + 1)
    return Quality(
        wholeness=_ramp(outside, CUT_AWAY, WHOLE),
        size=_ramp_of_ratio(eyes, TOO_FEW_PIXELS, ENOUGH_PIXELS),
        brightness=_ramp_of_ratio(_exceeded_by(shades, 0.05), BLACK, BRIGHT),
        highlights=_ramp(float(shades[WHITE:].sum()) / face.size, BURNT_OUT, UNBURNT),
        contrast=_ramp(math.sqrt(variance), FLAT, CONTRASTY),
        sharpness=_ramp_of_ratio(detail, BLURRED, SHARP),
        pose=_pose(landmarks),
        certainty=certainty,
    )


def certainty(detector: str, score: float) -> float:
    """What a detector's score says about the face, 0 to 1; 1 if it says nothing."""
    if detector not in CERTAINTY:
        return 1.0
    useless, sure = CERTAINTY[detector]
    return _ramp(score, useless, sure)


def _ramp(value: float, zero: float, one: float) -> float:
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def _ramp_of_ratio(value: float, zero: float, one: float) -> float:
    """A ramp over the logarithm: twice as much is as good a step from anywhere."""
    return _ramp(math.log(max(value, 1e-9)), math.log(zero), math.log(one))


def _look_at(crop: Image) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The face's shades, and what of them a blur removes."""
    side = (CROP_SIDE, CROP_SIDE)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if grey.shape != side:
        grey = cv2.resize(grey, side, interpolation=cv2.INTER_AREA)
    shades = np.asarray(grey, dtype=np.float32)
    fine = shades - cv2.GaussianBlur(shades, (0, 0), 2)
    return (
        np.asarray(grey[FACE_ROWS, FACE_COLUMNS], dtype=np.uint8),
        np.asarray(fine[FACE_ROWS, FACE_COLUMNS], dtype=np.float32),
    )


def _exceeded_by(shades: NDArray[np.intp], share: float) -> int:
    """The shade that this share of the pixels reach or exceed."""
    below = np.cumsum(shades)
    return int(np.searchsorted(below, (1 - share) * below[-1]))


def _pose(landmarks: Points) -> float:
    left, right, nose = landmarks[0], landmarks[1], landmarks[2]
    eye_line = right - left
    squared = float(eye_line @ eye_line)
    if squared < LEAST_PIXELS**2:
        return 0.0
    turned = abs(float((nose - left) @ eye_line) / squared - 0.5)
    return _ramp(turned, TURNED_AWAY, FRONTAL)


def _outside(landmarks: Points, eyes: float, picture: tuple[int, int]) -> float:
    """Share of the square around the face that the picture does not show."""
    up = landmarks[:2].mean(axis=0) - landmarks[3:].mean(axis=0)
    length = math.hypot(*up)
    if min(length, eyes) < LEAST_PIXELS:
        return 0.0  # such a face is judged by its size
    middle = landmarks.mean(axis=0) + SQUARE_LIFT * eyes * up / length
    half = SQUARE_SIDE * eyes / 2
    height, width = picture
    lower = np.minimum(middle + half, [width, height])
    seen = np.clip(lower - np.maximum(middle - half, 0), 0, None)
    return 1 - float(seen.prod()) / (2 * half) ** 2
