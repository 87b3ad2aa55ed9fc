"""Whether two pictures are the same one, whatever was done to their size, format or colours."""

from __future__ import annotations

import cv2
import numpy as np

from faceengine.pictures import Image

HASH_BITS = 64
#: Pictures whose hashes differ in so many bits or fewer are nearly the same.
NEAR = 8


def perceptual_hash(image: Image) -> int:
    """Of an upright RGB picture, 0 to 2**64 - 1.

    The signs of the lowest frequencies (DCT), as pHash.org defines them.
    """
    bits = cv2.img_hash.pHash(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return int.from_bytes(np.asarray(bits, dtype=np.uint8).tobytes(), "big")


def distance(one: int, other: int) -> int:
    """The number of bits in which two hashes differ."""
    return (one ^ other).bit_count()
