"""A person in a few vectors: the middle of the faces that are alike, one for each look.

A middle is nearer to a new picture of the person than most single faces are, as what is accidental
in each of them (light, pose, blur) cancels out.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

MOST_LOOKS, ROUNDS = 5, 5
#: Of a face of no quality: where there is no better one, it is all that is known.
LEAST_WEIGHT = 0.05

#: Unit vectors, shape (n, dimensions), float32.
Vectors: TypeAlias = NDArray[np.float32]


def summarise(vectors: Vectors, qualities: NDArray[np.floating], least: float) -> Vectors:
    """Spherical k-means (Dhillon and Modha 2001) weighted by quality; as many looks as it takes.

    Args: n unit vectors and n qualities, 0 to 1; a face less similar to the middle of every look
    than `least` (`Calibration.least_of_a_look`) begins another.
    Returns: at most MOST_LOOKS unit vectors.
    """
    weights = np.maximum(qualities, LEAST_WEIGHT)
    looks = _middle(vectors, weights)[np.newaxis]
    for _ in range(min(MOST_LOOKS, len(vectors)) - 1):
        nearest = (vectors @ looks.T).max(axis=1)
        if nearest.min() >= least:
            break
        looks = _settle(vectors, weights, np.vstack([looks, vectors[nearest.argmin()]]))
    return looks


def _settle(vectors: Vectors, weights: NDArray[np.floating], looks: Vectors) -> Vectors:
    for _ in range(ROUNDS):
        owner = (vectors @ looks.T).argmax(axis=1)
        groups = [owner == look for look in np.unique(owner)]
        looks = np.stack([_middle(vectors[group], weights[group]) for group in groups])
    return looks


def _middle(vectors: Vectors, weights: NDArray[np.floating]) -> Vectors:
    total = weights @ vectors
    return np.asarray(total / np.linalg.norm(total), np.float32)
