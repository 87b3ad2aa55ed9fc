"""What a cosine similarity means, measured on faces whose owners are known.

Similarities of all pairs are counted in narrow bins, so that millions of pairs need little room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks
from faceengine.logistic import fit_logistic
from faceengine.packs import PRIOR, Calibration, Strangers, Strictness

#: Bins of 0.0001 from -1 to 1.
BINS = 20_000
EDGES = np.linspace(-1, 1, BINS + 1)
MIDDLES = (EDGES[:-1] + EDGES[1:]) / 2
#: A rate below 3/n cannot be told from 0 by n pairs at 95 % confidence (the "rule of three",
#: Jovanovic and Levy 1997, doi:10.1080/00031305.1997.10473947).
FEWEST_ERRORS = 3
#: What rests on fewer false matches than these is rough ("rule of 30", Doddington et al. 2000).
ENOUGH_ERRORS = 30
#: Bins of the calibration error, as in Guo et al. (2017, arXiv:1706.04599).
ERROR_BINS = 15

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

    def __add__(self, other: Self) -> Self:
        return replace(
            self, genuine=self.genuine + other.genuine, impostor=self.impostor + other.impostor
        )

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

        Fitted to what a wide search finds, as that is where it is read; to all pairs where those of
        strangers are too few. Genuine pairs weigh `prior` of all. The targets are Platt's (1999),
        just inside 0 and 1: they have a fit also where no impostor reaches a genuine pair.
        """
        wide = self.threshold(Strictness.WIDE.false_match_rate)
        first = int(np.searchsorted(EDGES, wide - 1e-9)) if self.has_hits else 0
        genuine, impostor = self.genuine[first:], self.impostor[first:]
        genuine_pairs, impostor_pairs = int(genuine.sum()), int(impostor.sum())
        of_genuine = prior * genuine / self.genuine.sum()
        of_impostor = (1 - prior) * impostor / self.impostor.sum()
        wanted = of_genuine * (genuine_pairs + 1) / (genuine_pairs + 2)
        wanted += of_impostor / (impostor_pairs + 2)
        return fit_logistic(MIDDLES[first:], wanted, of_genuine + of_impostor - wanted)

    @property
    def has_hits(self) -> bool:
        """Whether a wide search finds impostors enough to judge a curve by what it finds."""
        allowed = Strictness.WIDE.false_match_rate * self.impostor.sum()
        return bool(self.genuine.any() and allowed >= ENOUGH_ERRORS)

    def strangers(self) -> Strangers:
        """How alike the impostors are."""
        return Strangers(median=self.threshold(0.5), upper=self.threshold(0.05))

    def calibration_error(self, calibration: Calibration, prior: float) -> float:
        """Expected calibration error (Naeini et al. 2015) of what a wide search finds.

        Bins hold equally many hits, genuine pairs weighing `prior` of all pairs.
        """
        is_hit = calibration.wide <= MIDDLES
        genuine = (prior * self.genuine / self.genuine.sum())[is_hit]
        weights = genuine + ((1 - prior) * self.impostor / self.impostor.sum())[is_hit]
        told = np.array([calibration.probability(one) for one in MIDDLES[is_hit]]) * weights
        places = (weights.cumsum() - weights / 2) / weights.sum() * ERROR_BINS
        bins = np.minimum(places.astype(np.int64), ERROR_BINS - 1)
        apart = np.bincount(bins, told) - np.bincount(bins, genuine)
        return float(np.abs(apart).sum() / weights.sum())


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
