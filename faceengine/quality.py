"""How much a face can say about its owner: size, sharpness and pose, each from 0 to 1.

The worst of the three is the quality, so that a user can be told the reason: too small, too
blurred, turned away. It ranks faces and is no probability. The ramps come from 869 pictures of LFW
that were shrunk or blurred on purpose and compared with themselves by the `open` pack (median
cosine similarity is given below); they are rough, and the sharpness of another face or light
differs by a factor of two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.pictures import Image

#: Distance between the eyes in pixels of the picture. Similarity 0.47 at 5, 0.87 at 11, 0.99 at 21.
USELESS_EYES, AMPLE_EYES = 4.0, 20.0
#: Share of the crop's contrast that a blur of two pixels removes. Similarity 0.34 at 0.001, 0.64 at
#: 0.002, 0.82 at 0.0033, 0.96 at 0.0067. (The usual variance of the Laplacian rises again in strong
#: blur, where it measures the rounding to 256 shades.)
BLURRED, SHARP = 0.001, 0.008
#: How far from the middle of the eyes the nose stands, in eye distances: 0.5 is below an eye.
#: Up to 0.3 nothing is lost; from 0.4 to 0.6 genuine pairs fall from 0.69 to 0.60.
TURNED_AWAY, FRONTAL = 0.9, 0.3


@dataclass(frozen=True, slots=True)
class Quality:
    """Three judgements, 0 (useless) to 1 (nothing to wish for)."""

    size: float
    sharpness: float
    pose: float

    @property
    def overall(self) -> float:
        return min(self.size, self.sharpness, self.pose)


def assess(crop: Image, landmarks: NDArray[np.floating]) -> Quality:
    """Judge a face.

    Args: the aligned crop (RGB); landmarks of shape (5, 2) in pixels of the picture it came from.
    """
    return Quality(_size(landmarks), _sharpness(crop), _pose(landmarks))


def _ramp(value: float, zero: float, one: float) -> float:
    return min(1.0, max(0.0, (value - zero) / (one - zero)))


def _size(landmarks: NDArray[np.floating]) -> float:
    return _ramp(math.dist(landmarks[0], landmarks[1]), USELESS_EYES, AMPLE_EYES)


def _sharpness(crop: Image) -> float:
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 2)
    # relative to contrast, so that a dark or flat photograph is not called blurred
    share = float((fine**2).mean()) / (float(grey.var()) + 1)
    return _ramp(math.log(share + 1e-9), math.log(BLURRED), math.log(SHARP))


def _pose(landmarks: NDArray[np.floating]) -> float:
    left, right, nose = landmarks[0], landmarks[1], landmarks[2]
    eye_line = right - left
    squared = float(eye_line @ eye_line)
    if squared == 0:
        return 0.0
    turned = abs(float((nose - left) @ eye_line) / squared - 0.5)
    return _ramp(turned, TURNED_AWAY, FRONTAL)
