"""Two pictures of one scene, made from one photo: each shows another part, one in another light.

They stand for two photos of one place and moment where nobody labelled any. What they cannot show
is that people move between two photos, and that a camera sees a place from two sides.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from faceengine.pictures import Image, decode, to_jpeg

Range: TypeAlias = tuple[float, float]

#: What is left of each side.
PARTS: Range = (0.5, 0.8)
#: The power that brightness is raised to: a curve of tones, not a factor that can be divided out.
BRIGHTER: Range = (0.7, 0.9)
DARKER: Range = (1.1, 1.45)
#: Of the JPEG files, the first picture's and the second's.
QUALITIES = (90, 60)


def frame_anew(image: Image, random: np.random.Generator) -> tuple[Image, Image]:
    """Args: an upright RGB picture."""
    one, other = _part(image, random), _part(image, random)
    power = random.uniform(*(BRIGHTER if random.random() < 0.5 else DARKER))
    return _as_file(one, QUALITIES[0]), _as_file(_lit(other, power), QUALITIES[1])


def _part(image: Image, random: np.random.Generator) -> Image:
    height, width = image.shape[:2]
    rows, columns = (max(1, round(side * random.uniform(*PARTS))) for side in (height, width))
    top = random.integers(0, height - rows + 1)
    left = random.integers(0, width - columns + 1)
    return image[top : top + rows, left : left + columns]


def _lit(image: Image, power: float) -> Image:
    tones = 255 * (np.arange(256) / 255) ** power
    return np.asarray(np.round(tones).astype(np.uint8)[image], dtype=np.uint8)


def _as_file(image: Image, quality: int) -> Image:
    """What is left of a picture that was saved as JPEG."""
    return decode(to_jpeg(image, max(image.shape[:2]), quality)).image
