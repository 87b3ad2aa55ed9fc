"""What a similarity means in one gallery: the pack's calibration, moved as far as its faces show.

A school, a family and a stadium differ: in how alike their strangers are, in how often two faces
are one person's, and in how alike a person stays. Each is known from pairs of the gallery's own
faces, and believed the more, the more pairs there are. Thresholds become looser only as far as the
pairs can tell the false-match rate itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from faceengine.logistic import fit_logistic
from faceengine.packs import PRIOR, Calibration, Strictness

#: Pairs that the pack's own measurement is worth against those of a gallery: of strangers, of one
#: person, and of any two faces when their share is counted.
STRANGERS_WORTH, MATES_WORTH, SHARE_WORTH = 2_000, 300, 10_000
#: With fewer pairs nothing is said about strangers, or about how alike a person stays.
FEWEST_STRANGERS, FEWEST_MATES = 200, 30
#: The median of strangers, and what one pair in twenty exceeds.
QUANTILES = (0.5, 0.95)
#: A rate below 3/n cannot be told from 0 by n pairs (the "rule of three").
FEWEST_ERRORS = 3
#: However odd the pairs, similarities spread no more, and no less, than by this factor.
MOST_SPREAD = 2.0
RAREST, MOST_COMMON = 1e-5, 0.5
#: Steps in which the strangers above the wide threshold are counted.
STEPS = 500

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Similarities of pairs of a gallery: of two people (`strangers`), of one (`mates`), and of two
    faces of which nobody knows that they are one person's (`others`).

    Of `pairs` of any two faces `same` are known to be of one person.
    """

    strangers: Floats
    others: Floats
    mates: Floats
    same: int
    pairs: int

    @property
    def share(self) -> float:
        """How often two faces are one person's; PRIOR while little is known."""
        share = (self.same + PRIOR * SHARE_WORTH) / (self.pairs + SHARE_WORTH)
        return min(max(share, RAREST), MOST_COMMON)


@dataclass(frozen=True, slots=True)
class Refinement:
    """How far each number of a calibration moves; the slope is multiplied."""

    strict: float = 0.0
    normal: float = 0.0
    wide: float = 0.0
    slope: float = 1.0
    midpoint: float = 0.0
    prior: float = PRIOR

    def apply(self, calibration: Calibration) -> Calibration:
        """For faces and for templates. Stricter words go on asking for more."""
        return self._move(calibration).at_prior(self.prior)

    def _move(self, calibration: Calibration) -> Calibration:
        wide = min(max(calibration.wide + self.wide, -1.0), 1.0)
        normal = min(max(calibration.normal + self.normal, wide), 1.0)
        return replace(
            calibration,
            strict=min(max(calibration.strict + self.strict, normal), 1.0),
            normal=normal,
            wide=wide,
            slope=calibration.slope * self.slope,
            midpoint=calibration.midpoint + self.midpoint,
            merged=calibration.merged and self._move(calibration.merged),
        )


def refine(calibration: Calibration, evidence: Evidence) -> Refinement:
    """How the calibration of a pack is to be moved for the gallery of these pairs."""
    moved = _follow_strangers(calibration, evidence.strangers, evidence.others)
    curve = _follow_mates(moved, evidence.mates)
    return Refinement(
        strict=moved.strict - calibration.strict,
        normal=moved.normal - calibration.normal,
        wide=moved.wide - calibration.wide,
        slope=curve.slope / calibration.slope,
        midpoint=curve.midpoint - calibration.midpoint,
        prior=evidence.share,
    )


def _follow_strangers(calibration: Calibration, pairs: Floats, others: Floats) -> Calibration:
    """Move everything as the middle and the upper part of the strangers moved.

    Both bear that some pairs are one person after all, in a mirror or a collage; the highest
    similarities, which the thresholds are about, would not. Strangers of one photo share its light
    and often their family, others are now and then one person: both seem too alike, so the less
    alike count.
    """
    known = calibration.strangers
    if known is None or len(pairs) < FEWEST_STRANGERS:
        return calibration
    trust = len(pairs) / (len(pairs) + STRANGERS_WORTH)
    median, upper = np.quantile(pairs, QUANTILES)
    if len(others) >= FEWEST_STRANGERS:
        median, upper = np.minimum((median, upper), np.quantile(others, QUANTILES))
    median = known.median + trust * (median - known.median)
    upper = known.upper + trust * (upper - known.upper)
    spread = (upper - median) / (known.upper - known.median)
    spread = min(max(spread, 1 / MOST_SPREAD), MOST_SPREAD)

    def move(similarity: float, least: float) -> float:
        return float(min(max(median + spread * (similarity - known.median), least), 1.0))

    strict, normal, wide = (
        move(calibration.threshold(word), _loosest(calibration, word, pairs)) for word in Strictness
    )
    return replace(
        calibration,
        strict=strict,
        normal=normal,
        wide=wide,
        slope=calibration.slope / max(spread, 1.0),
        midpoint=move(calibration.midpoint, calibration.midpoint),
    )


def _loosest(calibration: Calibration, word: Strictness, pairs: Floats) -> float:
    """What the pairs themselves show, if they are enough to show that rate."""
    threshold, rate = calibration.threshold(word), word.false_match_rate
    if rate * len(pairs) < FEWEST_ERRORS:
        return threshold
    return min(threshold, float(np.quantile(pairs, 1 - rate)))


def _follow_mates(calibration: Calibration, pairs: Floats) -> Calibration:
    """Fit the curve anew to the pairs of one person that a wide search finds.

    The strangers whom it finds beside them are few in any gallery; the thresholds say how many.
    """
    hits = pairs[pairs >= calibration.wide]
    if len(hits) < FEWEST_MATES:
        return calibration
    similarity, strangers = _strangers_above(calibration)
    places = np.append(similarity, hits)
    of_hits = np.full(len(hits), PRIOR / len(pairs) * (len(hits) + 1) / (len(hits) + 2))
    genuine = np.append(np.zeros(STEPS), of_hits)
    impostor = np.append((1 - PRIOR) * strangers, PRIOR / len(pairs) - of_hits)
    slope, midpoint = fit_logistic(places, genuine, impostor)
    slope = min(max(slope, calibration.slope / MOST_SPREAD), calibration.slope * MOST_SPREAD)
    lowest = min(calibration.wide, calibration.midpoint)
    midpoint = min(max(midpoint, lowest), (1 + calibration.strict) / 2)
    trust = len(hits) / (len(hits) + MATES_WORTH)
    return replace(
        calibration,
        slope=calibration.slope + trust * (slope - calibration.slope),
        midpoint=calibration.midpoint + trust * (midpoint - calibration.midpoint),
    )


def _strangers_above(calibration: Calibration) -> tuple[Floats, Floats]:
    """Shares of all pairs of strangers in steps above the wide threshold, falling by the same
    factor for the same distance, as the thresholds say."""
    edges = np.linspace(calibration.wide, 1, STEPS + 1)
    known = [calibration.wide, calibration.normal, calibration.strict]
    rates = np.log([word.false_match_rate for word in reversed(list(Strictness))])
    beyond = (edges - calibration.strict) * (rates[2] - rates[0])
    width = max(calibration.strict - calibration.wide, 1e-6)
    falling = np.where(
        edges <= calibration.strict, np.interp(edges, known, rates), rates[2] + beyond / width
    )
    return (edges[:-1] + edges[1:]) / 2, -np.diff(np.exp(falling))
