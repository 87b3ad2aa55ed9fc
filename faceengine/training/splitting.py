"""Dealing examples into three parts so that nothing seen in training is asked about again.

Near-duplicates always stay together. So do photos of one class that were taken at one event, unless
the class knows no other event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks

#: Of all examples: for training, for choosing and calibrating, and for judging at the end.
SHARES = (0.8, 0.15, 0.05)
TRAINING = 0
#: Photos of a class that follow each other more slowly are of two events.
EVENT_GAP = timedelta(hours=3)

Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of the examples of each part, in order.

    `relaxed` are the classes that know one event only, whose photos are in several parts.
    """

    training: Numbers
    validation: Numbers
    test: Numbers
    relaxed: list[int]

    @property
    def parts(self) -> dict[str, Numbers]:
        return {"training": self.training, "validation": self.validation, "test": self.test}


def split_examples(labels: Numbers, same_look: Numbers, same_event: Numbers, seed: int) -> Split:
    """Deal the examples of each class into parts of SHARES, as far as groups allow.

    Each class has at least one example in training; the rest of what does not come out even is
    carried over to the next class. The same seed gives the same parts.

    Args: `labels`, and the groups of near-duplicates and of events, as numbers of shape (n,).
    """
    generator = np.random.default_rng(seed)
    groups, relaxed = _joined(labels, same_look, same_event)
    members = _members_of(groups)
    places = np.full(len(labels), -1, np.int64)
    owed = np.zeros(len(SHARES))
    for label in generator.permutation(np.unique(labels)):
        own = labels == label
        owed += np.count_nonzero(own) * np.array(SHARES)
        for place, group in enumerate(_largest_first(groups[own], generator)):
            is_mixed = len(np.unique(labels[members[group]])) > 1
            # what shows two classes would judge neither of them fairly
            part = TRAINING if place == 0 or is_mixed else int(owed.argmax())
            places[members[group]] = part
            owed[part] -= np.count_nonzero(own[members[group]])
    training, validation, test = (np.flatnonzero(places == part) for part in range(len(SHARES)))
    return Split(training, validation, test, relaxed)


def group_looks(hashes: Hashes, largest_distance: int) -> Numbers:
    """Numbers of the groups of near-duplicates: chains of pictures whose hashes differ by no more
    bits than this."""
    rows, columns = [], []
    for part in blocks(len(hashes)):
        differing = np.bitwise_count(hashes[part, None] ^ hashes[None, :])
        here, there = np.nonzero(differing <= largest_distance)
        rows.append(here + part.start)
        columns.append(there)
    return _chains(np.concatenate(rows), np.concatenate(columns), len(hashes))


def group_events(labels: Numbers, taken: Sequence[datetime | None]) -> Numbers:
    """Numbers of the groups of examples of a class taken within EVENT_GAP of each other.

    What has no date is a group of its own.
    """
    dated = [(int(labels[place]), at, place) for place, at in enumerate(taken) if at]
    dated.sort()
    chains = [
        (place, following)
        for (label, at, place), (other, later, following) in pairwise(dated)
        if label == other and later - at <= EVENT_GAP
    ]
    rows, columns = np.array(chains, np.int64).reshape(-1, 2).T
    return _chains(rows, columns, len(labels))


def _joined(labels: Numbers, same_look: Numbers, same_event: Numbers) -> tuple[Numbers, list[int]]:
    """Groups that must stay together: by look and event, by look alone where a class has no
    second event."""
    few = [
        int(label)
        for label in np.unique(labels)
        if _count_groups(labels == label, same_look) > 1
        and _count_groups(labels == label, same_event) == 1
    ]
    places = np.arange(len(labels))
    counts = np.isin(labels, few)
    events = np.where(counts, len(labels) + places, same_event)
    rows, columns = [], []
    for groups in (same_look, events):
        _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
        rows.append(places)
        columns.append(first[inverse])
    return _chains(np.concatenate(rows), np.concatenate(columns), len(labels)), few


def _members_of(groups: Numbers) -> dict[int, Numbers]:
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order])) + 1
    return {int(groups[some[0]]): some for some in np.split(order, starts)}


def _count_groups(chosen: NDArray[np.bool_], groups: Numbers) -> int:
    return len(np.unique(groups[chosen]))


def _largest_first(groups: Numbers, generator: np.random.Generator) -> Numbers:
    """Each group once; those of one size in random order."""
    numbers, sizes = np.unique(groups, return_counts=True)
    shuffled = generator.permutation(len(numbers))
    return np.asarray(numbers[shuffled][np.argsort(-sizes[shuffled], kind="stable")])


def _chains(rows: Numbers, columns: Numbers, count: int) -> Numbers:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(count, count))
    _, groups = connected_components(links, directed=False)
    return np.asarray(groups, np.int64)
