"""How much a face can say about its owner: size, sharpness and pose, each from 0 to 1.

Simple on purpose, so that a user can be told the reason: too small, too blurred, turned away.
Quality is the product of the three; it ranks faces and does not estimate a probability.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.pictures import Image

#: Distance between the eyes in pixels of the picture: below the first nothing is left to compare,
#: above the second more pixels no longer help networks with inputs of 112 to 150 pixels.
USELESS_EYES, AMPLE_EYES = 6.0, 36.0
#: Mean strength of edges relative to contrast, measured on the aligned crop.
BLURRED, SHARP = 0.004, 0.06
#: Where the nose stands between the eyes: 0 in the middle, 0.5 below an eye (a half profile).
PROFILE = 0.75


@dataclass(frozen=True, slots=True)
class Quality:
    size: float
    sharpness: float
    pose: float

    @property
    def overall(self) -> float:
        return self.size * self.sharpness * self.pose


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
    # relative to contrast, so that a dark or flat photograph is not called blurred
    contrast = float(grey.var()) + 1.0
    edges = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    return _ramp(edges / contrast, BLURRED, SHARP)


def _pose(landmarks: NDArray[np.floating]) -> float:
    left, right, nose = landmarks[0], landmarks[1], landmarks[2]
    eye_line = right - left
    length = float(eye_line @ eye_line)
    if length == 0:
        return 0.0
    turned = abs(float((nose - left) @ eye_line) / length - 0.5)
    return _ramp(turned, PROFILE, 0.15)
