"""How well the right pictures come before all others when one is asked with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks

Floats = NDArray[np.float32]
Numbers = NDArray[np.intp]
#: How many of the first answers precision counts.
FIRST = 10
#: The weights of content that are tried, from colour alone to content alone.
WEIGHTS = tuple(step / 20 for step in range(21))


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Of each picture that was asked with: average precision, and precision of the first answers.

    Among the FIRST where a class is looked for; where one picture is right, of the very first.
    """

    average_precisions: Floats
    precisions: Floats

    def of(self, queries: Numbers) -> tuple[float, float]:
        """Means over some of them."""
        return (
            float(self.average_precisions[queries].mean()),
            float(self.precisions[queries].mean()),
        )


@dataclass(frozen=True, slots=True)
class Appearances:
    """Rows of pictures: `content` of unit length, `colours` that sum to 1."""

    content: Floats
    colours: Floats

    def __len__(self) -> int:
        return len(self.colours)


def retrieve(
    classes: Sequence[str], pictures: Appearances, weights: Sequence[float]
) -> list[Retrieval]:
    """Ask with every picture for all others of its class, once for each weight.

    A similarity is weight · cosine + (1 - weight) · intersection of colours. Every class has two
    pictures or more.
    """
    labels = np.unique(np.array(classes), return_inverse=True)[1]
    found: list[list[tuple[Floats, Floats]]] = [[] for _ in weights]
    for rows, similarities in _compare(pictures, pictures, weights):
        for answers, by_weight in zip(found, similarities, strict=True):
            answers.append(_judge(by_weight, labels, rows))
    return _join(found)


def recognise(asked: Appearances, others: Appearances, weights: Sequence[float]) -> list[Retrieval]:
    """Ask with every picture for the one of the same number among the others; as `retrieve`."""
    found: list[list[tuple[Floats, Floats]]] = [[] for _ in weights]
    for rows, similarities in _compare(asked, others, weights):
        for answers, by_weight in zip(found, similarities, strict=True):
            right = by_weight[np.arange(len(by_weight)), np.arange(len(asked))[rows]]
            # of equally similar ones the right one comes last, or likeness of all would be luck
            places = (by_weight >= right[:, None]).sum(axis=1)
            answers.append(((1 / places).astype(np.float32), (places == 1).astype(np.float32)))
    return _join(found)


def _compare(
    asked: Appearances, others: Appearances, weights: Sequence[float]
) -> Iterator[tuple[slice, Iterator[Floats]]]:
    """Some rows of those that are asked with, and their similarities to the others by weight."""
    for rows in blocks(len(asked)):
        by_content = asked.content[rows] @ others.content.T
        by_colour = _intersections(asked.colours[rows], others.colours)
        yield rows, (weight * by_content + (1 - weight) * by_colour for weight in weights)


def _intersections(some: Floats, everything: Floats) -> Floats:
    """One at a time, as all differences of all pairs would need gigabytes."""
    rows = [1 - np.abs(everything - one).sum(axis=1) / 2 for one in some]
    return np.stack(rows)


def _judge(similarities: Floats, labels: Numbers, rows: slice) -> tuple[Floats, Floats]:
    """Average precision and precision of the first answers, each of shape (rows,)."""
    asked = np.arange(len(labels))[rows]
    similarities[np.arange(len(asked)), asked] = np.inf  # itself comes first, and is left out
    order = np.argsort(-similarities, axis=1, kind="stable")[:, 1:]
    is_right = labels[order] == labels[asked, None]
    places = np.arange(1, order.shape[1] + 1)
    precisions = is_right.cumsum(axis=1) / places
    average = (precisions * is_right).sum(axis=1) / is_right.sum(axis=1)
    first = is_right[:, :FIRST].mean(axis=1)
    return average.astype(np.float32), first.astype(np.float32)


def _join(found: Sequence[Sequence[tuple[Floats, Floats]]]) -> list[Retrieval]:
    return [
        Retrieval(*(np.concatenate(parts) for parts in zip(*answers, strict=True)))
        for answers in found
    ]
