"""What one pack says to a question about labelled photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from faceengine.command_line import Measure
from faceengine.evaluation.gathering import EvaluationError, Gathered
from faceengine.evaluation.grouping import measure_grouping
from faceengine.evaluation.identification import measure_gathering, measure_identification
from faceengine.evaluation.pair_files import Pair
from faceengine.evaluation.pairs import PairCounts, count_pairs
from faceengine.evaluation.rejection import RejectionCurve, measure_rejection, reject_worst
from faceengine.evaluation.verification import measure_verification, score
from faceengine.packs import Calibration, Strictness


class Question(StrEnum):
    """What can be asked about a folder of people; `ALL` asks the others of the same vectors."""

    IDENTIFICATION = "identification"
    GROUPING = "grouping"
    QUALITY = "quality"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Answer:
    """Measures of one pack, what its plots are drawn from, and what the reader has to know."""

    measures: list[Measure]
    counts: PairCounts
    curves: list[RejectionCurve] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def answer(question: Question, gathered: Gathered, calibration: Calibration | None) -> Answer:
    """Without a calibration faces are grouped at the thresholds that they show themselves.

    Raises: EvaluationError when nobody has two photos, or everybody is one person.
    """
    counts = count_pairs(gathered.embeddings, gathered.people)
    if not counts.genuine.sum() or not counts.impostor.sum():
        raise EvaluationError("Give two people or more, and two photos or more of one of them.")
    measures = measure_gathering(gathered)
    curves: list[RejectionCurve] = []
    if question in {Question.IDENTIFICATION, Question.ALL}:
        measures += measure_identification(gathered, counts)
    if question in {Question.GROUPING, Question.ALL}:
        measures += _group(gathered, counts, calibration)
    if question in {Question.QUALITY, Question.ALL}:
        curves = reject_worst(gathered, counts)
        measures += measure_rejection(curves, counts)
    return Answer(measures, counts, curves, _name_unreadable(gathered))


def answer_pairs(pairs: Sequence[Pair], gathered: Gathered) -> Answer:
    """Raises: EvaluationError when there are too few pairs."""
    scored = score(pairs, gathered)
    measures = [*measure_gathering(gathered), *measure_verification(scored)]
    return Answer(measures, scored.counts(), notes=_name_unreadable(gathered))


def _group(
    gathered: Gathered, counts: PairCounts, calibration: Calibration | None
) -> list[Measure]:
    floor, threshold = (
        calibration.threshold(word)
        if calibration is not None
        else counts.threshold(word.false_match_rate)
        for word in (Strictness.WIDE, Strictness.NORMAL)
    )
    return [
        *measure_grouping(gathered, floor, threshold),
        Measure("similarity that links two faces", floor, "cosine"),
        Measure("mean similarity that keeps a group", threshold, "cosine"),
    ]


def _name_unreadable(gathered: Gathered) -> list[str]:
    return [f"Left out: {photo.photo}: {photo.why}" for photo in gathered.unreadable]
