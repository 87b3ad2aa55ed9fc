"""How sharp a picture is, to choose among copies of it."""

from __future__ import annotations

import cv2
import numpy as np

from faceengine.pictures import Image

#: Pictures are compared at this long side; a smaller one is enlarged, and is less sharp by that.
LONG_SIDE = 512
BLUR = 2.0


def sharpness_of(image: Image) -> float:
    """The share of an RGB picture's contrast that a blur of two pixels removes, 0 to 1.

    Says something only about pictures of one motif: a meadow has more detail than a wall.
    """
    height, width = image.shape[:2]
    scale = LONG_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    grey = cv2.cvtColor(cv2.resize(image, size, interpolation=method), cv2.COLOR_RGB2GRAY)
    shades = grey.astype(np.float32)
    removed = shades - cv2.GaussianBlur(shades, (0, 0), BLUR)
    # 1: a picture of one colour has no contrast, and no detail
    return min(1.0, float((removed**2).mean()) / (float(shades.var()) + 1))
