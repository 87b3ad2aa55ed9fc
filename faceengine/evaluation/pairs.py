"""What a cosine similarity means, measured on faces whose owners are known.

Similarities of all pairs are counted in narrow bins, so that millions of pairs need little room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Bins of 0.0001 from -1 to 1.
BINS = 20_000
EDGES = np.linspace(-1, 1, BINS + 1)
#: Share of genuine pairs that the probability assumes: one face in a hundred compared is the
#: person's own.
PRIOR = 0.01
NEWTON_STEPS = 100

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How many pairs of one person, and of two, have a similarity in each bin."""

    genuine: Counts
    impostor: Counts

    def threshold(self, false_match_rate: float) -> float:
        """The smallest similarity above which at most this share of impostor pairs lies."""
        allowed = false_match_rate * self.impostor.sum()
        above = self.impostor[::-1].cumsum()[::-1]  # pairs in this bin or a higher one
        first = int(np.searchsorted(-above, -allowed))
        return float(EDGES[first])

    def accepted(self, threshold: float) -> float:
        """Share of genuine pairs of at least this similarity."""
        first = int(np.searchsorted(EDGES, threshold - 1e-9))
        return float(self.genuine[first:].sum() / self.genuine.sum())

    def fit_probability(self, prior: float = PRIOR) -> tuple[float, float]:
        """Slope and midpoint of the logistic curve that gives the probability of a genuine pair.

        Weighted logistic regression by Newton's method, genuine pairs weighing `prior` together.
        Its targets are Platt's (1999), just inside 0 and 1: they have a fit also where no impostor
        reaches a genuine pair.
        """
        similarity = (EDGES[:-1] + EDGES[1:]) / 2
        design = np.stack([similarity, np.ones(BINS)])
        genuine_pairs, impostor_pairs = int(self.genuine.sum()), int(self.impostor.sum())
        genuine = prior * self.genuine / genuine_pairs
        impostor = (1 - prior) * self.impostor / impostor_pairs
        weights = genuine + impostor
        wanted = genuine * (genuine_pairs + 1) / (genuine_pairs + 2)
        wanted += impostor / (impostor_pairs + 2)
        coefficients = np.array([1.0, np.log(prior / (1 - prior))])
        for _ in range(NEWTON_STEPS):
            probability = (1 + np.tanh(coefficients @ design / 2)) / 2  # exp would overflow
            gradient = design @ (wanted - weights * probability)
            curvature = (design * weights * probability * (1 - probability)) @ design.T
            step = np.linalg.solve(curvature, gradient)
            coefficients = coefficients + step * min(1.0, 10 / np.abs(step).max())
        slope, offset = coefficients
        return float(slope), float(-offset / slope)


def count_pairs(embeddings: NDArray[np.float32], people: Sequence[str]) -> PairCounts:
    """Compare every face with every later one.

    Args: unit-length vectors of shape (n, dimensions); the owner of each.
    """
    names = np.unique(np.asarray(people), return_inverse=True)[1]
    genuine, impostor = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for index in range(len(names) - 1):
        similarities = embeddings[index + 1 :] @ embeddings[index]
        bins = np.clip(((similarities + 1) * (BINS / 2)).astype(np.int64), 0, BINS - 1)
        same = names[index + 1 :] == names[index]
        genuine += np.bincount(bins[same], minlength=BINS)
        impostor += np.bincount(bins[~same], minlength=BINS)
    return PairCounts(genuine, impostor)


def first_rank_share(embeddings: NDArray[np.float32], people: Sequence[str]) -> float:
    """Share of faces whose most similar other face is of the same person.

    Only people with two faces or more are asked; everyone is in the answer.
    """
    names, counts = np.unique(np.asarray(people), return_inverse=True, return_counts=True)[1:]
    asked = np.flatnonzero(counts[names] > 1)
    hits = 0
    for index in asked:
        similarities = embeddings @ embeddings[index]
        similarities[index] = -np.inf
        hits += int(names[int(similarities.argmax())] == names[index])
    return hits / len(asked)
