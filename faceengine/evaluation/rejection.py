"""What quality is worth: errors that are left when the worst faces are turned away.

The error-versus-reject curve of Grother and Tabassi (2007, doi:10.1109/TPAMI.2007.1019): the
threshold is fixed by a false-match rate on all faces, then the faces of lowest quality go, and the
share of genuine pairs below the threshold is counted among the rest. A quality that means nothing
leaves it where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks
from faceengine.command_line import Measure
from faceengine.evaluation.gathering import Gathered
from faceengine.evaluation.pairs import PairCounts, Vectors, number_people

FALSE_MATCH_RATES = (1e-3, 1e-4)
#: Shares of faces turned away: for the curve, and for the report.
STEPS = tuple(step / 100 for step in range(0, 51, 5))
REPORTED = (0.05, 0.1, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class RejectionCurve:
    """`misses` is the false non-match rate with the worst STEPS of the faces gone.

    `pairs` are the genuine pairs left; the curve ends where there are none.
    """

    false_match_rate: float
    misses: list[float]
    pairs: list[int]


def reject_worst(gathered: Gathered, counts: PairCounts) -> list[RejectionCurve]:
    """One curve for each of FALSE_MATCH_RATES that `counts`, of the same faces, can tell."""
    ranks = _ranks(gathered.qualities)
    similarities, worse = [], []
    for one, other, similarity in _genuine_pairs(gathered.embeddings, gathered.people):
        similarities.append(similarity)
        worse.append(np.minimum(ranks[one], ranks[other]))
    similarity, rank = np.concatenate(similarities), np.concatenate(worse)
    curves = []
    for rate in filter(counts.can_tell, FALSE_MATCH_RATES):
        threshold = counts.threshold(rate)
        kept = [similarity[rank >= share * len(ranks)] for share in STEPS]
        misses = [float((pairs < threshold).mean()) for pairs in kept if len(pairs)]
        curves.append(RejectionCurve(rate, misses, [len(pairs) for pairs in kept if len(pairs)]))
    return curves


def measure_rejection(curves: Sequence[RejectionCurve], counts: PairCounts) -> list[Measure]:
    """Each figure against the same without rejection; a ratio above 1 says that quality helps."""
    measures = [measure for curve in curves for measure in _measure_curve(curve)]
    missing = [rate for rate in FALSE_MATCH_RATES if not counts.can_tell(rate)]
    return measures + [
        Measure(f"FNMR at FMR {rate:.0e}", None, "share", why=counts.too_few) for rate in missing
    ]


def _measure_curve(curve: RejectionCurve) -> list[Measure]:
    name, everyone = f"FNMR at FMR {curve.false_match_rate:.0e}", curve.misses[0]
    measures = [Measure(name, everyone, "share")]
    for share in REPORTED:
        step = STEPS.index(share)
        if step < len(curve.misses):
            misses = curve.misses[step]
            ratio = everyone / misses if misses else None
            label = f"{name}, worst {share:.0%} gone"
            measures.append(Measure(label, misses, "share", "all faces", everyone, ratio))
    return measures


def _ranks(qualities: NDArray[np.floating]) -> NDArray[np.int64]:
    """0 for the worst face; faces of one quality in an order that has nothing to do with names."""
    shuffled = np.random.default_rng(0).permutation(len(qualities))
    order = shuffled[np.argsort(qualities[shuffled], kind="stable")]
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _genuine_pairs(
    embeddings: Vectors, people: Sequence[str]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
    """Numbers of both faces and their similarity, person by person and block by block."""
    names = number_people(people)
    order = np.argsort(names, kind="stable")
    for faces in np.split(order, np.flatnonzero(np.diff(names[order])) + 1):
        for rows in blocks(len(faces)):
            similarity = embeddings[faces[rows]] @ embeddings[faces].T
            one, other = np.nonzero(np.arange(len(faces)) > np.arange(len(faces))[rows, None])
            yield faces[rows][one], faces[other], similarity[one, other]
