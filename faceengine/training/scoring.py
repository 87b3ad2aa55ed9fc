"""How good answers are: overall, for each class, and how honest their probabilities are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Of the calibration error, equally wide.
BINS = 15

Numbers = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """`precision` and `recall` are None where nothing was answered so, or nothing was there."""

    name: str
    examples: int
    answers: int
    right: int

    @property
    def precision(self) -> float | None:
        return self.right / self.answers if self.answers else None

    @property
    def recall(self) -> float | None:
        return self.right / self.examples if self.examples else None

    @property
    def f1(self) -> float:
        """0 where nothing is right."""
        return 2 * self.right / max(1, self.examples + self.answers)


@dataclass(frozen=True, slots=True)
class Scores:
    """Answers beside what is right.

    `confusion` has a row for each class that is right and a column for each that was answered,
    shape (classes, classes).
    """

    names: Sequence[str]
    confusion: Numbers
    calibration_error: float | None

    @property
    def examples(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float | None:
        """None where there are no examples."""
        return float(np.trace(self.confusion)) / self.examples if self.examples else None

    @property
    def classes(self) -> list[ClassScore]:
        columns = zip(
            self.names,
            self.confusion.sum(axis=1).tolist(),
            self.confusion.sum(axis=0).tolist(),
            np.diagonal(self.confusion).tolist(),
            strict=True,
        )
        return [ClassScore(*column) for column in columns]

    @property
    def macro_f1(self) -> float | None:
        """The mean over the classes that there are examples of, or answers for."""
        met = [score.f1 for score in self.classes if score.examples or score.answers]
        return float(np.mean(met)) if met else None

    @property
    def mistakes(self) -> list[tuple[int, int, int]]:
        """What was taken for what how often, by the numbers of the classes, most often first."""
        wrong = self.confusion - np.diag(np.diagonal(self.confusion))
        rows, columns = np.nonzero(wrong)
        found = zip(rows.tolist(), columns.tolist(), wrong[rows, columns].tolist(), strict=True)
        return sorted(found, key=lambda mistake: (-mistake[2], *mistake[:2]))


def score(names: Sequence[str], right: Numbers, answers: Numbers, sure: Floats) -> Scores:
    """Args: `sure` is the probability that each answer was given, 0 to 1, shape (n,)."""
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (right, answers), 1)
    error = calibration_error(right == answers, sure) if len(right) else None
    return Scores(names, confusion, error)


def calibration_error(is_right: NDArray[np.bool_], sure: Floats) -> float:
    """Expected calibration error (Naeini 2015), 0 to 1: how far off probabilities are."""
    steps = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(steps, minlength=BINS)
    gaps = np.bincount(steps, sure, BINS) - np.bincount(steps, is_right, BINS)
    return float(np.abs(gaps).sum() / counts.sum())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one way came to: the scores of each part, and what the training took."""

    way: str
    parts: Mapping[str, Scores]
    seconds: float

    @property
    def test(self) -> Scores:
        return self.parts["test"]
