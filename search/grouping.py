"""Findings by person: who was found, how often, and by which photos best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from galleries.models import Person
from search.pages import NO_DATE, Cursor, Key, Match, Order, cut, load
from search.queries import Finding
from search.scope import Scope

#: The most matches that a group shows of its photos.
BEST_OF_GROUP = 6
NOBODY: Key = (NO_DATE, NO_DATE, 0)


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that answer by a face of one person, or by faces of nobody yet."""

    person: Person | None
    photo_count: int
    best: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    """Some of `total` groups; a photo of two persons is counted for both."""

    groups: tuple[Group, ...]
    total: int
    next: Cursor | None
    previous: Cursor | None


def groups_of(
    scope: Scope,
    findings: Sequence[Finding],
    *,
    order: Order = Order.LIKENESS,
    cursor: Cursor | None = None,
    limit: int = 12,
) -> Groups:
    """The person with the first photo by `order` comes first, faces of nobody last."""
    found = _by_person(findings)
    first = {person: max(map(order.key, own)) for person, own in found.items()}
    keys = {person: _key(person, key) for person, key in first.items()}
    persons = sorted(found, key=lambda person: keys[person], reverse=True)
    at = cut([keys[person] for person in persons], cursor, limit)
    shown = {person: found[person] for person in persons[at.start : at.end]}
    return Groups(_load(scope, shown, order), len(persons), at.next, at.previous)


def of_person(findings: Sequence[Finding], person: int | None) -> list[Finding]:
    """What one group is made of; None for faces of nobody yet."""
    return _by_person(findings).get(person, [])


def _by_person(findings: Sequence[Finding]) -> dict[int | None, list[Finding]]:
    """Each finding once for each person, by the faces of that person alone."""
    found: dict[int | None, list[Finding]] = {}
    for finding in findings:
        for person in dict.fromkeys(hit.person for hit in finding.hits):
            own = tuple(hit for hit in finding.hits if hit.person == person)
            found.setdefault(person, []).append(Finding.of(own))
    return found


def _key(person: int | None, first: Key) -> Key:
    """Two persons may share their first photo, so the person tells their keys apart."""
    return NOBODY if person is None else (first[0], first[1], -person)


def _load(scope: Scope, shown: dict[int | None, list[Finding]], order: Order) -> tuple[Group, ...]:
    """In one query for all groups, without those that were deleted meanwhile."""
    best = {
        person: sorted(own, key=order.key, reverse=True)[:BEST_OF_GROUP]
        for person, own in shown.items()
    }
    matches = load(scope, [finding for own in best.values() for finding in own])
    groups = []
    for person, own in shown.items():
        of_group = tuple(match for match in matches if match.face.person_id == person)
        if of_group:
            groups.append(Group(of_group[0].face.person, len(own), of_group))
    return tuple(groups)
