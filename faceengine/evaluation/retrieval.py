"""How well the pictures of one class come before all others when one of them is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks

Floats = NDArray[np.float32]
#: How many of the first answers precision counts.
FIRST = 10
#: The weights of content that are tried, from colour alone to content alone.
WEIGHTS = tuple(step / 20 for step in range(21))


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Of each picture that was asked with: average precision, and precision among the FIRST."""

    average_precisions: Floats
    precisions: Floats

    def of(self, queries: NDArray[np.intp]) -> tuple[float, float]:
        """Means over some of them: mAP and precision@10."""
        return (
            float(self.average_precisions[queries].mean()),
            float(self.precisions[queries].mean()),
        )


def retrieve(
    classes: Sequence[str], content: Floats, colours: Floats, weights: Sequence[float]
) -> list[Retrieval]:
    """Ask with every picture for all others, once for each weight.

    A similarity is weight · cosine + (1 - weight) · intersection of colours. Args: every class has
    two pictures or more; `content` has rows of unit length, `colours` rows that sum to 1.
    """
    labels = np.unique(np.array(classes), return_inverse=True)[1]
    found: list[list[tuple[Floats, Floats]]] = [[] for _ in weights]
    for rows in blocks(len(labels)):
        by_content = content[rows] @ content.T
        by_colour = _intersections(colours[rows], colours)
        for answers, weight in zip(found, weights, strict=True):
            similarities = weight * by_content + (1 - weight) * by_colour
            answers.append(_judge(similarities, labels, rows))
    return [
        Retrieval(*(np.concatenate(parts) for parts in zip(*answers, strict=True)))
        for answers in found
    ]


def _intersections(some: Floats, everything: Floats) -> Floats:
    """One at a time, as all differences of all pairs would need gigabytes."""
    rows = [1 - np.abs(everything - one).sum(axis=1) / 2 for one in some]
    return np.stack(rows)


def _judge(similarities: Floats, labels: NDArray[np.intp], rows: slice) -> tuple[Floats, Floats]:
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
