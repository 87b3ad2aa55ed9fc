"""Searching: is the right person first, and does a stranger find no one?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceengine.blocks import blocks
from faceengine.evaluation.pairs import FEWEST_ERRORS, Vectors, number_people


@dataclass(frozen=True, slots=True)
class Ranking:
    """Each face of a person with two or more searched among all other faces, 0 to 1.

    `first` is the share of searches whose most similar face is of the same person (rank-1), `mean`
    the mean average precision over the whole ranking.
    """

    first: float
    mean: float


def rank_faces(embeddings: Vectors, people: Sequence[str]) -> Ranking:
    """Everyone is in the answers, but only people with two faces or more are searched for."""
    names = number_people(people)
    asked = np.flatnonzero(np.bincount(names)[names] > 1)
    precisions, hits = [], 0
    for rows in blocks(len(names)):
        here = asked[(asked >= rows.start) & (asked < rows.stop)]
        for face, similarities in zip(here, embeddings[here] @ embeddings.T, strict=True):
            similarities[face] = -np.inf
            is_mate = names == names[face]
            is_mate[face] = False
            hits += bool(is_mate[similarities.argmax()])
            precisions.append(_average_precision(similarities, similarities[is_mate]))
    return Ranking(first=hits / len(asked), mean=float(np.mean(precisions)))


def _average_precision(everyone: Vectors, mates: Vectors) -> float:
    """Equally similar faces count as one step, the strangers among them too."""
    mates = np.sort(mates)
    others = np.sort(everyone)
    mates_so_far = len(mates) - np.searchsorted(mates, mates)
    faces_so_far = len(others) - np.searchsorted(others, mates)
    return float((mates_so_far / faces_so_far).mean())


@dataclass(frozen=True, slots=True)
class OpenSearch:
    """Searches in galleries that know only half of the people.

    `mates` holds the similarity of each search for an enrolled person to that person's own picture,
    `strangers` the highest similarity that each search for someone unknown met.
    """

    mates: NDArray[np.float32]
    strangers: NDArray[np.float32]

    def can_tell(self, false_positive_rate: float) -> bool:
        return len(self.mates) > 0 and false_positive_rate * len(self.strangers) >= FEWEST_ERRORS

    def threshold(self, false_positive_rate: float) -> float:
        """The similarity that at most this share of strangers lies above."""
        allowed = int(false_positive_rate * len(self.strangers))
        return float(np.sort(self.strangers)[::-1][allowed])

    def missed(self, threshold: float) -> float:
        """Share of searches for enrolled people whose own picture does not exceed the threshold."""
        return float((self.mates <= threshold).mean())


def search_openly(embeddings: Vectors, people: Sequence[str]) -> OpenSearch:
    """Open-set identification, FNIR and FPIR as ISO/IEC 19795-1 and NIST's FRVT 1:N define them.

    People are dealt into two halves by a hash of their name. Each half in turn is the gallery, with
    the first face of each person. The other faces of these people are the mated searches, all faces
    of the other half the non-mated ones; searches of both turns are pooled. A mated search succeeds
    when its own person exceeds the threshold, at whatever rank.
    """
    names, first = np.unique(np.asarray(people), return_index=True)
    owners = number_people(people)
    halves = deal(names)
    is_first = np.zeros(len(owners), dtype=bool)
    is_first[first] = True
    mates, strangers = [], []
    for half in (0, 1):
        gallery = embeddings[first[halves == half]]
        is_known = halves[owners] == half
        searched = np.flatnonzero(is_known & ~is_first)
        own = embeddings[first[owners[searched]]]
        mates.append(np.einsum("ij,ij->i", embeddings[searched], own))
        if len(gallery):
            strangers.append(_highest(embeddings[~is_known], gallery))
    return OpenSearch(np.concatenate(mates), np.concatenate([*strangers, np.empty(0, np.float32)]))


def deal(names: Iterable[str]) -> NDArray[np.int64]:
    """A half, 0 or 1, for each name; the same whoever else is there."""
    return np.array([hashlib.sha256(name.encode()).digest()[0] % 2 for name in names])


def _highest(probes: Vectors, gallery: Vectors) -> NDArray[np.float32]:
    best = [
        (probes[rows] @ gallery.T).max(axis=1) for rows in blocks(max(len(probes), len(gallery)))
    ]
    return np.concatenate(best)
