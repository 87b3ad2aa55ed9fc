"""What a cosine similarity means, measured on faces whose owners are known.

Similarities of all pairs are counted in narrow bins, so that millions of pairs need little room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks

#: Bins of 0.0001 from -1 to 1.
BINS = 20_000
EDGES = np.linspace(-1, 1, BINS + 1)
#: Share of genuine pairs that the probability assumes: one face in a hundred compared is the
#: person's own.
PRIOR = 0.01
NEWTON_STEPS = 100
#: A rate below 3/n cannot be told from 0 by n pairs at 95 % confidence (the "rule of three",
#: Jovanovic and Levy 1997, doi:10.1080/00031305.1997.10473947).
FEWEST_ERRORS = 3

Counts = NDArray[np.int64]
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How many pairs of one person, and of two, have a similarity in each bin."""

    genuine: Counts
    impostor: Counts

    @classmethod
    def of(cls, genuine: NDArray[np.floating], impostor: NDArray[np.floating]) -> Self:
        """Count given similarities, -1 to 1."""
        return cls(_count(genuine), _count(impostor))

    def threshold(self, false_match_rate: float) -> float:
        """The smallest similarity above which at most this share of impostor pairs lies."""
        allowed = false_match_rate * self.impostor.sum()
        above = self.impostor[::-1].cumsum()[::-1]  # pairs in this bin or a higher one
        first = int(np.searchsorted(-above, -allowed))
        return round(float(EDGES[first]), 4)

    def can_tell(self, false_match_rate: float) -> bool:
        """Whether there are impostor pairs enough to say anything about so small a rate."""
        return bool(false_match_rate * self.impostor.sum() >= FEWEST_ERRORS)

    @property
    def too_few(self) -> str:
        """Why a measure at a rate that cannot be told has no value."""
        return f"{int(self.impostor.sum()):,} impostor pairs are too few for this rate"

    def accepted(self, threshold: float) -> float:
        """Share of genuine pairs of at least this similarity."""
        first = int(np.searchsorted(EDGES, threshold - 1e-9))
        return float(self.genuine[first:].sum() / self.genuine.sum())

    def curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """False-match rate and share of genuine pairs accepted at each of EDGES, both falling."""
        return _share_at_or_above(self.impostor), _share_at_or_above(self.genuine)

    def equal_error_rate(self) -> float:
        """Where as many impostors are accepted as genuine pairs refused, between two bins."""
        false_matches, accepted = self.curve()
        excess = false_matches - (1 - accepted)  # falls from 1 to -1
        last = int(np.flatnonzero(excess >= 0)[-1])
        here, there = excess[last], excess[last + 1]
        part = here / (here - there)
        return float(false_matches[last] + part * (false_matches[last + 1] - false_matches[last]))

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


def count_pairs(embeddings: Vectors, people: Sequence[str]) -> PairCounts:
    """Compare every face with every later one.

    Args: unit-length vectors of shape (n, dimensions); the owner of each.
    """
    names = number_people(people)
    order = np.argsort(names, kind="stable")  # pairs of one person then lie beside the diagonal
    names, embeddings = names[order], embeddings[order]
    ends = np.searchsorted(names, names, side="right")
    genuine, every = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for rows in blocks(len(names)):
        similarities = embeddings[rows] @ embeddings[rows.start :].T
        height = len(similarities)
        every += _count(similarities[:, height:])
        every += _count(similarities[np.triu_indices(height, 1)])
        columns = slice(rows.start, int(ends[rows.stop - 1]))
        is_later = (
            np.arange(columns.start, columns.stop) > np.arange(rows.start, rows.stop)[:, None]
        )
        is_genuine = is_later & (names[rows, None] == names[columns])
        genuine += _count(similarities[:, : columns.stop - columns.start][is_genuine])
    return PairCounts(genuine, every - genuine)


def number_people(people: Sequence[str]) -> NDArray[np.int64]:
    """A number for each name, the same for the same name."""
    return np.unique(np.asarray(people), return_inverse=True)[1].astype(np.int64)


def _count(similarities: NDArray[np.floating]) -> Counts:
    bins = ((similarities.ravel() + 1) * (BINS / 2)).astype(np.int64)
    return np.bincount(np.clip(bins, 0, BINS - 1, out=bins), minlength=BINS)


def _share_at_or_above(counts: Counts) -> NDArray[np.float64]:
    above = np.append(counts[::-1].cumsum()[::-1], 0)
    return np.asarray(above / max(1, counts.sum()), dtype=np.float64)
