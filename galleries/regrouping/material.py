"""What a regrouping has to go by: faces as arrays, and what humans have said about persons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from galleries import ledger
from galleries.models import (
    AssignedBy,
    Difference,
    Face,
    FaceVector,
    Gallery,
    Person,
    Photo,
    Rejection,
)

Numbers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

#: In place of a person for faces that wait.
NOBODY = 0
ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Faces:
    """All real faces of a gallery that have a vector of its model; arrays of shape (n, …).

    `is_fixed` where a human or an import said who it is: those never move.
    """

    ids: Numbers
    vectors: NDArray[np.float32]
    persons: Numbers
    photos: Numbers
    is_fixed: Flags
    is_weak: Flags


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the gallery. `is_described` if humans said more of it than a name."""

    name: str
    is_listed: bool
    is_described: bool
    born_on: date | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What was said by humans, and must not be gone against.

    `apart` has pairs in order: told apart, or with a face of one that is not the other.
    """

    persons: dict[int, Somebody]
    apart: set[tuple[int, int]]
    rejected: dict[int, set[int]]
    days: dict[int, date]

    def is_open(self, person: int) -> bool:
        """Neither hidden nor a stranger nor gone: those are left alone."""
        return person in self.persons and self.persons[person].is_listed

    def may_be(self, face: int, photo: int, person: int) -> bool:
        """Whether nothing speaks against a face being a person."""
        if not self.is_open(person) or person in self.rejected.get(face, ()):
            return False
        born, day = self.persons[person].born_on, self.days.get(photo)
        return born is None or day is None or born <= day

    def are_apart(self, person: int, others: Iterable[int]) -> bool:
        """Whether somebody said that a person is not one of the others."""
        return any((min(person, other), max(person, other)) in self.apart for other in others)

    def may_absorb(self, target: int, source: int) -> bool:
        """Whether a person may become part of another without undoing a decision."""
        if not (self.is_open(target) and self.is_open(source)):
            return False
        if self.are_apart(source, [target]):
            return False
        one, other = self.persons[target], self.persons[source]
        return not other.is_described and other.name in ("", one.name)


def faces_of(gallery: Gallery) -> Faces:
    """Every real face that the gallery's model describes."""
    vectors = FaceVector.objects.filter(
        gallery=gallery, model=gallery.model_id, face__verdict=""
    ).order_by("face")
    count = vectors.count()
    matrix = np.zeros((count, gallery.model.dimensions), np.float32)
    columns = np.zeros((5, count), np.int64)
    rows = vectors.values_list(
        "face", "face__person", "face__photo", "face__assigned_by", "face__weakness", "vector"
    )
    filled = 0
    for face, person, photo, assigned_by, weakness, vector in rows[:count].iterator(ROWS_AT_ONCE):
        is_fixed = person is not None and assigned_by != AssignedBy.MATCHER
        columns[:, filled] = face, person or NOBODY, photo, is_fixed, bool(weakness)
        matrix[filled] = vector
        filled += 1
    ids, persons, photos, fixed, weak = columns[:, :filled]
    return Faces(ids, matrix[:filled], persons, photos, fixed.astype(bool), weak.astype(bool))


def rules_of(gallery_id: int, face_ids: Iterable[int]) -> Rules:
    """What holds now, for the persons of a gallery and the faces that may move."""
    moving = list(face_ids)
    rejected = ledger.rejections_of(moving)
    for face, persons in ledger.taken_from(moving).items():
        rejected.setdefault(face, set()).update(persons)
    return Rules(_persons(gallery_id), _apart(gallery_id), rejected, _days(gallery_id))


def _persons(gallery_id: int) -> dict[int, Somebody]:
    said = Face.objects.filter(gallery=gallery_id).exclude(assigned_by=AssignedBy.MATCHER)
    fixed = set(said.exclude(person=None).values_list("person", flat=True).distinct())
    return {
        person.pk: Somebody(
            person.name,
            is_listed=not (person.is_hidden or person.is_stranger),
            is_described=bool(
                person.pk in fixed or person.notes or person.born_on or person.user_id
            ),
            born_on=person.born_on,
        )
        for person in Person.objects.present().filter(gallery=gallery_id)
    }


def _apart(gallery_id: int) -> set[tuple[int, int]]:
    differences = Difference.objects.standing().filter(gallery=gallery_id)
    rejections = Rejection.objects.standing().filter(~Q(face__person=None), gallery=gallery_id)
    pairs = [
        *differences.values_list("one", "other"),
        *rejections.values_list("face__person", "person"),
    ]
    return {(min(pair), max(pair)) for pair in pairs}


def _days(gallery_id: int) -> dict[int, date]:
    """When photos were taken, as far as any person's day of birth makes that matter."""
    if not Person.objects.present().filter(gallery=gallery_id).exclude(born_on=None).exists():
        return {}
    taken = Photo.objects.filter(gallery=gallery_id).exclude(taken_at=None)
    return {pk: _day(at) for pk, at in taken.values_list("pk", "taken_at") if at}


def _day(at: datetime) -> date:
    return at.date()
