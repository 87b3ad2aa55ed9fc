"""Binary codes of vectors, for a search in two steps: candidates by bits, their order by numbers.

Bits say on which side of a random hyperplane a vector lies, so the share of those in which two
codes differ is about the angle between their vectors, divided by pi (Charikar 2002). The planes are
those of fast pseudo-random rotations: signs and a Hadamard transform in turns (Andoni et al. 2015).

Databases keep codes and their indexes: what is changed here makes those of all photos anew.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

#: So many tell the angle between two vectors to .02 (standard error, in radians).
CODE_BITS = 4096
_ROUNDS = 3

Floats = NDArray[np.float32]


def binary_codes(vectors: Floats) -> NDArray[np.uint8]:
    """Codes of vectors of shape (n, dimensions), eight bits a number: shape (n, CODE_BITS // 8).

    Only the direction of a vector counts. Raises: ValueError for vectors longer than a code.
    """
    count, dimensions = vectors.shape
    if dimensions > CODE_BITS:
        raise ValueError(f"A code has {CODE_BITS} bits, and these vectors {dimensions} numbers.")
    # a transform takes a power of two
    size = 1 << max(3, (dimensions - 1).bit_length())
    padded = np.zeros((count, size), np.float32)
    padded[:, :dimensions] = vectors
    rotations = [_rotate(padded, number) for number in range(CODE_BITS // size)]
    return np.packbits(np.concatenate(rotations, axis=1) > 0, axis=1)


def _rotate(vectors: Floats, number: int) -> Floats:
    """One rotation of many; lengths grow, which signs do not tell."""
    for turn in range(_ROUNDS):
        vectors = _transform(vectors * _signs(vectors.shape[1], number, turn))
    return vectors


@lru_cache(maxsize=256)
def _signs(size: int, number: int, turn: int) -> Floats:
    """Ones and minus ones, the same on every machine and in every version of NumPy."""
    octets = hashlib.shake_256(f"{number}.{turn}".encode()).digest(size // 8)
    return np.unpackbits(np.frombuffer(octets, np.uint8)).astype(np.float32) * 2 - 1


def _transform(vectors: Floats) -> Floats:
    """Hadamard's, without its scale."""
    size, half = vectors.shape[1], 1
    while half < size:
        pairs = vectors.reshape(len(vectors), size // (2 * half), 2, half)
        one, other = pairs[:, :, 0], pairs[:, :, 1]
        vectors = np.stack([one + other, one - other], axis=2)
        half *= 2
    return vectors.reshape(len(vectors), size)
