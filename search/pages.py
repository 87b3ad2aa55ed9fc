"""Some findings at a time, in an order that stays as it is while photos come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import TypeAlias

from galleries.models import Face
from search.combining import likeness
from search.queries import Finding
from search.scope import Scope

LONGEST_CURSOR = 200
NO_DATE = float("-inf")

#: What a finding is sorted by, the highest first; no two are the same.
Key: TypeAlias = tuple[float, float, int]


class Order(StrEnum):
    LIKENESS = "likeness"
    NEWEST = "newest"
    OLDEST = "oldest"

    def key(self, finding: Finding) -> Key:
        """Undated photos come last."""
        if self == Order.LIKENESS:
            probability, similarity, _ = likeness(finding.deciding)
            return probability, similarity, -finding.photo
        day = finding.hits[0].taken_at
        seconds = day.timestamp() if day else NO_DATE
        if self == Order.OLDEST and day:
            seconds = -seconds
        return seconds, finding.deciding.probability, -finding.photo


class CursorError(Exception):
    """Not a cursor that came from here."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Begins a page behind the finding of a key, or ends it before."""

    key: Key
    is_backward: bool = False

    def to_text(self) -> str:
        packed = json.dumps([*self.key, self.is_backward], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode()

    @classmethod
    def from_text(cls, text: str) -> Cursor:
        """Raises: CursorError."""
        try:
            first, second, photo, is_backward = json.loads(
                base64.b64decode(text[:LONGEST_CURSOR], altchars=b"-_", validate=True)
            )
            return cls((float(first), float(second), int(photo)), bool(is_backward))
        except (ValueError, TypeError, OverflowError) as error:
            raise CursorError from error


@dataclass(frozen=True, slots=True)
class Cut:
    """From where to where a page goes in a list of keys, the highest first, and its neighbours."""

    start: int
    end: int
    next: Cursor | None
    previous: Cursor | None


@dataclass(frozen=True, slots=True)
class Match:
    """A photo, by the faces that answer.

    `similarity` and `probability` are of the face on which it depends whether the photo is right;
    the first is None where that one was said to be the person, and was not compared.
    """

    face: Face
    similarity: float | None
    probability: float
    others: tuple[Face, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    matches: tuple[Match, ...]
    total: int
    next: Cursor | None
    previous: Cursor | None


def page_of(
    scope: Scope,
    findings: Sequence[Finding],
    *,
    order: Order = Order.LIKENESS,
    cursor: Cursor | None = None,
    limit: int = 48,
) -> Page:
    """Some of all `findings`, with what a page shows of them, in a bounded number of queries."""
    keyed = sorted(((order.key(one), one) for one in findings), key=itemgetter(0), reverse=True)
    at = cut([key for key, _ in keyed], cursor, limit)
    matches = load(scope, [finding for _, finding in keyed[at.start : at.end]])
    return Page(matches, len(keyed), at.next, at.previous)


def cut(keys: Sequence[Key], cursor: Cursor | None, limit: int) -> Cut:
    start = _start(keys, cursor, limit)
    end = start + limit
    return Cut(
        start=start,
        end=end,
        next=Cursor(keys[end - 1]) if end < len(keys) else None,
        previous=Cursor(keys[start], is_backward=True) if 0 < start < len(keys) else None,
    )


def _start(keys: Sequence[Key], cursor: Cursor | None, limit: int) -> int:
    if cursor is None:
        return 0
    before = sum(key > cursor.key for key in keys)
    if cursor.is_backward:
        return max(before - limit, 0)
    return before + sum(key == cursor.key for key in keys)


def load(scope: Scope, findings: Sequence[Finding]) -> tuple[Match, ...]:
    """Without what was deleted meanwhile."""
    wanted = scope.faces().select_related("photo__gallery", "person")
    faces = wanted.in_bulk([hit.face for finding in findings for hit in finding.hits])
    matches = []
    for finding in findings:
        shown = [faces[hit.face] for hit in finding.hits if hit.face in faces]
        if shown:
            similarity, probability = finding.deciding.similarity, finding.deciding.probability
            matches.append(Match(shown[0], similarity, probability, tuple(shown[1:])))
    return tuple(matches)
