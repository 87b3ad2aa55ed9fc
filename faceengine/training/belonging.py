"""How likely something belongs to the class that it is taken for at all.

The probability that a head gives is of classes among each other: it is as sure of what belongs to
none. Here the likeness to the middle of the class is asked, which knows of no other class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceengine.embedders.embedding import unit_length
from faceengine.logistic import fit_logistic
from faceengine.training.regression import Examples, Floats


@dataclass(frozen=True, slots=True)
class Belonging:
    """A logistic curve over the cosine similarity to the middle of a class."""

    slope: float
    midpoint: float

    def probability(self, similarity: Floats) -> Floats:
        """0 to 1, of as many that belong as that do not; shape (n,)."""
        likely = (1 + np.tanh(self.slope * (similarity - self.midpoint) / 2)) / 2
        return likely.astype(np.float32)


def fit_belonging(examples: Examples, classes: int) -> Belonging:
    """From each example beside the middle of its class without itself, and beside that of the
    other class that is nearest: what it would be taken for if its own were unknown.

    Each class has two examples at least.
    """
    vectors, labels = examples.vectors, examples.labels
    sums = np.zeros((classes, vectors.shape[1]), np.float32)
    np.add.at(sums, labels, vectors)
    own = (vectors * unit_length(sums[labels] - vectors)).sum(axis=1)
    others = vectors @ unit_length(sums).T
    others[np.arange(len(labels)), labels] = -np.inf
    both = np.concatenate([own, others.max(axis=1)]).astype(np.float64)
    # Platt's targets (1999): nothing is certain, however far apart they lie
    target = (len(own) + 1) / (len(own) + 2)
    genuine = np.repeat([target, 1 - target], len(own))
    return Belonging(*fit_logistic(both, genuine, 1 - genuine))
