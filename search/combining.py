"""Which photos answer a question about several people: together, any of them, none of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias


class Combination(StrEnum):
    ANY = "any"
    TOGETHER = "together"


class Hit(NamedTuple):
    """A face that is like one of those looked for. A tuple, as a search makes thousands.

    `similarity` is None for a face that is not alike but was said to be the person.
    """

    face: int
    photo: int
    gallery: int
    person: int | None
    taken_at: datetime | None
    similarity: float | None
    probability: float


#: The hits of one photo, best first, for each number of a term.
HitsOfTerms: TypeAlias = Mapping[int, Sequence[Hit]]


def choose(hits: HitsOfTerms, count: int, combination: Combination) -> tuple[Hit, ...]:
    """The faces by which a photo answers, one for each of the `count` terms at most; or none.

    Together means different faces: one face cannot be two people.
    """
    if combination == Combination.TOGETHER:
        return _assign(hits, count)
    if len(hits) == 1:
        return tuple(found[0] for found in hits.values())
    best: dict[int, Hit] = {}
    for hit in sorted((found[0] for found in hits.values()), key=likeness, reverse=True):
        best.setdefault(hit.face, hit)
    return tuple(best.values())


def likeness(hit: Hit) -> tuple[float, float, int]:
    """Sorts hits; the face decides between equals, so that the order is always the same."""
    return hit.probability, -2.0 if hit.similarity is None else hit.similarity, -hit.face


def _assign(hits: HitsOfTerms, count: int) -> tuple[Hit, ...]:
    """A face for every term by augmenting paths (Kuhn 1955); each term prefers its best."""
    if len(hits) < count:
        return ()
    taken: dict[int, tuple[int, Hit]] = {}
    if not all(_place(term, hits, taken, set()) for term in sorted(hits)):
        return ()
    return tuple(hit for _, hit in sorted(taken.values(), key=lambda pair: pair[0]))


def _place(
    term: int, hits: HitsOfTerms, taken: dict[int, tuple[int, Hit]], tried: set[int]
) -> bool:
    for hit in hits[term]:
        if hit.face in tried:
            continue
        tried.add(hit.face)
        holder = taken.get(hit.face)
        if holder is None or _place(holder[0], hits, taken, tried):
            taken[hit.face] = (term, hit)
            return True
    return False
