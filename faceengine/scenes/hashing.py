"""Whether two pictures are the same one, whatever was done to their size, format or colours."""

from __future__ import annotations

import cv2
import numpy as np

from faceengine.pictures import Image
from faceengine.scenes.engine import squeeze

HASH_BITS = 64
_EVERY_BIT = (1 << HASH_BITS) - 1
#: Pictures whose hashes differ in so many bits or fewer are nearly the same (docs/benchmarks.md).
NEAR = 8
#: No two of 900 photos of 36 kinds differ in so many or fewer and are not the same picture.
SURE = 3
#: The picture of which OpenCV takes the frequencies; its own way to it makes finer ones fold over.
_SIDE = 32


def perceptual_hash(image: Image) -> int:
    """Of an upright RGB picture, 0 to 2**64 - 1.

    The signs of the lowest frequencies (DCT; Zauner 2010), in rows from the coarsest.
    """
    small = squeeze(image, (_SIDE, _SIDE))
    octets = cv2.img_hash.pHash(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
    return int.from_bytes(np.asarray(octets, dtype=np.uint8).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """The number of bits in which two hashes differ; in a database the highest is a sign."""
    return ((one ^ other) & _EVERY_BIT).bit_count()
