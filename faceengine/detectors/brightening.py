"""Pictures taken in the dark, made bright before they are searched."""

from __future__ import annotations

import cv2
import numpy as np

from faceengine.detectors.detection import Detection, Detector
from faceengine.pictures import Image

#: A picture is dark when so many hundredths of its pixels stay below a third of full brightness.
SHARE, DARK = 95, 80
#: Never brightened more than so often: below, there is only noise.
MOST = 24.0
#: The noise of dark pixels is brightened too; a blur of one pixel hides it from the detector.
BLUR = 1.0
#: Brightness is judged by every so manyth row and column.
STEP = 8


class BrighteningDetector:
    """Searches a dark picture as it would look in full light; any other as it is."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def detect(self, image: Image) -> list[Detection]:
        return self._detector.detect(brightened(image))


def brightened(image: Image) -> Image:
    """The picture itself unless it is dark."""
    brightness = float(np.percentile(image[::STEP, ::STEP].max(axis=2), SHARE))
    if brightness >= DARK:
        return image
    bright = cv2.convertScaleAbs(image, alpha=min(MOST, 255 / max(brightness, 1.0)))
    return np.asarray(cv2.GaussianBlur(bright, (0, 0), BLUR), dtype=np.uint8)
