"""Are two photos of one person? The question of LFW, on pairs that a file lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.command_line import Measure
from faceengine.evaluation.gathering import EvaluationError, Gathered
from faceengine.evaluation.identification import measure_acceptance
from faceengine.evaluation.pair_files import FOLDS, Pair
from faceengine.evaluation.pairs import EDGES, PairCounts

FALSE_MATCH_RATES = (1e-2, 1e-3)
#: Below any cosine similarity that a threshold is set at: such a pair is never accepted.
NEVER = -1.0


@dataclass(frozen=True, slots=True)
class Scored:
    """Similarity of each pair, NaN where one of its photos gave no face; arrays of shape (n,)."""

    similarities: NDArray[np.float32]
    is_genuine: NDArray[np.bool_]
    folds: NDArray[np.int64]

    def counts(self, chosen: NDArray[np.bool_] | slice = slice(None)) -> PairCounts:
        """A pair without vectors is never accepted, whoever is on it."""
        similarities = np.nan_to_num(self.similarities[chosen], nan=NEVER)
        is_genuine = self.is_genuine[chosen]
        return PairCounts.of(similarities[is_genuine], similarities[~is_genuine])


def check_for_verification(pairs: Sequence[Pair]) -> None:
    """Raises: EvaluationError when there are fewer pairs of a kind than folds."""
    genuine = sum(pair.is_genuine for pair in pairs)
    if min(genuine, len(pairs) - genuine) < FOLDS:
        raise EvaluationError(
            f"Give {FOLDS} pairs or more of the same person, and as many of different people."
        )


def score(pairs: Sequence[Pair], gathered: Gathered) -> Scored:
    """Raises: EvaluationError when there are fewer pairs of a kind than folds."""
    check_for_verification(pairs)
    is_genuine = np.array([pair.is_genuine for pair in pairs], dtype=bool)
    rows = {photo: row for row, photo in enumerate(gathered.photos)}
    similarities = np.full(len(pairs), np.nan, dtype=np.float32)
    for index, pair in enumerate(pairs):
        one, other = rows.get(pair.one), rows.get(pair.other)
        if one is not None and other is not None:
            similarities[index] = gathered.embeddings[one] @ gathered.embeddings[other]
    return Scored(similarities, is_genuine, np.array([pair.fold for pair in pairs]))


def measure_verification(scored: Scored) -> list[Measure]:
    """Accuracy as LFW states it: each fold judged at the threshold that is best on the other nine.

    A pair of which a photo gave no face counts as an error in the accuracy, and as refused in the
    other figures.
    """
    counts = scored.counts()
    accuracies, thresholds = _judge_folds(scored)
    return [
        Measure("genuine pairs", int(scored.is_genuine.sum()), "pairs"),
        Measure("impostor pairs", int((~scored.is_genuine).sum()), "pairs"),
        Measure("pairs without a face", int(np.isnan(scored.similarities).sum()), "pairs"),
        Measure("accuracy", float(np.mean(accuracies)), "share"),
        Measure("accuracy, standard deviation of folds", float(np.std(accuracies)), "share"),
        Measure("threshold, mean of folds", float(np.mean(thresholds)), "cosine"),
        Measure("equal error rate", counts.equal_error_rate(), "share"),
        *measure_acceptance(counts, FALSE_MATCH_RATES),
    ]


def _judge_folds(scored: Scored) -> tuple[list[float], list[float]]:
    accuracies, thresholds = [], []
    for fold in np.unique(scored.folds):
        is_here = scored.folds == fold
        threshold = _best_threshold(scored.counts(~is_here))
        similarities = scored.similarities[is_here]
        is_right = (similarities >= threshold) == scored.is_genuine[is_here]
        accuracies.append(float((is_right & ~np.isnan(similarities)).mean()))
        thresholds.append(threshold)
    return accuracies, thresholds


def _best_threshold(counts: PairCounts) -> float:
    """Where most pairs are judged rightly; the middle one of several such places."""
    false_matches, accepted = counts.curve()
    right = accepted * counts.genuine.sum() + (1 - false_matches) * counts.impostor.sum()
    best = np.flatnonzero(right >= right.max() - 0.5)
    return float(EDGES[best[len(best) // 2]])
