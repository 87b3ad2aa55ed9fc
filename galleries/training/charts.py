"""The curves and the confusion matrix of a version, ready to be drawn as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from django.utils.text import Truncator

from galleries.models import Classifier

#: Of a plot, in its own units.
WIDTH, HEIGHT = 600, 180
#: Classes in the matrix: those that are mistaken most often.
MOST_CLASSES = 24
LOSS, ACCURACY = "Loss", "Accuracy"

#: As `galleries.training.figures.thin` writes it.
Point: TypeAlias = list[Any]
CELL, MOST_LETTERS, LETTER = 20, 22, 7


@dataclass(frozen=True, slots=True)
class Plot:
    """One figure over the steps of a training.

    `training` and `validation` are points as SVG writes them, a line for each phase; `ends` is
    where a phase ends. The scale goes from 0 to `top`; `last` is the value at the end.
    """

    title: str
    training: list[str]
    validation: list[str]
    ends: list[float]
    top: float
    last: float


@dataclass(frozen=True, slots=True)
class Cell:
    """How often a class was the answer for another; `opacity` is its share of the row, 0 to 1."""

    x: int
    y: int
    count: int
    opacity: float
    is_right: bool
    title: str


@dataclass(frozen=True, slots=True)
class Name:
    """Of a class, and how far down its baseline stands."""

    text: str
    y: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """`side` in units of SVG, with `margin` for the names; `hidden` classes were left out."""

    names: list[Name]
    cells: list[Cell]
    side: int
    hidden: int

    @property
    def margin(self) -> int:
        return 14 + LETTER * max((len(name.text) for name in self.names), default=0)

    @property
    def whole(self) -> int:
        return self.side + self.margin + 2


def plots_of(classifier: Classifier) -> list[Plot]:
    """Loss and accuracy; none before there are two steps."""
    if len(classifier.curve) < 2:
        return []
    return [_plot(classifier.curve, LOSS), _plot(classifier.curve, ACCURACY)]


def phases_of(classifier: Classifier) -> list[str]:
    """What was tried one after the other."""
    return list(dict.fromkeys(point[0] for point in classifier.curve))


def _plot(curve: Sequence[Point], title: str) -> Plot:
    of_training, of_validation = (2, 4) if title == LOSS else (3, 5)
    values = [point[column] for point in curve for column in (of_training, of_validation)]
    known = [float(value) for value in values if value is not None]
    top = 1.0 if title == ACCURACY else max(known)
    starts = [place for place in range(1, len(curve)) if curve[place][0] != curve[place - 1][0]]
    parts = [range(*ends) for ends in pairwise([0, *starts, len(curve)])]
    return Plot(
        title=title,
        training=[_points(curve, part, of_training, top) for part in parts],
        validation=[_points(curve, part, of_validation, top) for part in parts],
        ends=[_x(start - 0.5, len(curve)) for start in starts],
        top=top,
        last=known[-1],
    )


def _points(curve: Sequence[Point], part: Iterable[int], column: int, top: float) -> str:
    return " ".join(
        f"{_x(place, len(curve)):.1f},{HEIGHT * (1 - curve[place][column] / max(top, 1e-9)):.1f}"
        for place in part
        if curve[place][column] is not None
    )


def _x(place: float, count: int) -> float:
    return round(WIDTH * place / max(1, count - 1), 1)


def matrix_of(classifier: Classifier) -> Matrix | None:
    """The classes that are mistaken most often, and what they are taken for."""
    if not classifier.is_done:
        return None
    mistakes = classifier.figures.get("mistakes", [])
    weight: dict[int, int] = {}
    for row, column, count in mistakes:
        weight[row] = weight.get(row, 0) + count
        weight[column] = weight.get(column, 0) + count
    chosen = sorted(weight, key=lambda number: (-weight[number], number))[:MOST_CLASSES]
    labels = {
        label.number: label
        for label in classifier.labels.filter(number__in=chosen).select_related("person", "album")
    }
    order = {number: place for place, number in enumerate(sorted(labels))}
    found = [(number, number, label.right) for number, label in labels.items() if label.right]
    found += [(row, column, n) for row, column, n in mistakes if row in order and column in order]
    cells = [
        Cell(
            x=order[column] * CELL,
            y=order[row] * CELL,
            count=count,
            opacity=round(count / max(1, labels[row].examples), 2),
            is_right=row == column,
            title=f"{labels[row].name} taken for {labels[column].name}: {count}",
        )
        for row, column, count in found
    ]
    names = [
        Name(Truncator(labels[number].name).chars(MOST_LETTERS), place * CELL + CELL * 3 // 4)
        for number, place in order.items()
    ]
    hidden = classifier.labels.count() - len(names)
    return Matrix(names, cells, CELL * len(names), hidden)
