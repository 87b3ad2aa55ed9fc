"""The only code that changes who is who: each change goes into the log as it is made.

All functions expect the gallery's identities to be locked (`lock_gallery`) and a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from django.db import connection
from django.db.models import Count, F, Q

from accounts.models import User
from galleries.models import (
    Action,
    AssignedBy,
    Batch,
    Difference,
    Event,
    ModelVersion,
    Person,
    PersonEvent,
    Rejection,
)
from galleries.statements import NAME_PERSONS, REJECT, TO_PERSONS, TO_PLACE, WITH_PERSONS

# the first key of PostgreSQL's two-key advisory locks; the second is the gallery
LOCK_SPACE = 7221
# as long as the log's columns
LABEL_LENGTH = 250

# of persons that are written at a time
ROWS_AT_ONCE = 500

#: The value of a person's field as the log keeps it.
Value: TypeAlias = str | int | bool | None
Fields: TypeAlias = Mapping[str, Value]
#: Of a statement; a list becomes an array.
Parameter: TypeAlias = Value | float | list[int] | list[int | None] | list[float | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a face belongs, and who says so."""

    person_id: int | None = None
    assigned_by: str = ""
    probability: float | None = None
    verdict: str = ""

    @classmethod
    def by_human(cls, person: Person) -> Place:
        return cls(person.pk, AssignedBy.HUMAN)

    @classmethod
    def by_import(cls, person: Person) -> Place:
        return cls(person.pk, AssignedBy.IMPORT)


#: With no person, and without a word about why.
NOWHERE = Place()


def lock_gallery(gallery_id: int) -> None:
    """Let one transaction at a time write identities of a gallery, until it ends.

    Otherwise two workers would open the same person twice. A transaction that writes faces as well
    must take this lock first, or two of them wait for each other.
    """
    execute("SELECT pg_advisory_xact_lock(%(space)s, %(id)s)", space=LOCK_SPACE, id=gallery_id)


def execute(statement: str, **parameters: Parameter) -> int:
    """Run SQL. Returns how many rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def open_batch(
    gallery_id: int,
    action: Action,
    *,
    actor: User | None = None,
    model: ModelVersion | None = None,
    subject: str = "",
    target: str = "",
) -> Batch:
    """Begin a batch: of a human if there is an actor, else of the matcher, unless it imports."""
    source = AssignedBy.HUMAN if actor else AssignedBy.MATCHER
    return Batch.objects.create(
        gallery_id=gallery_id,
        action=action,
        source=AssignedBy.IMPORT if action == Action.IMPORT else source,
        actor=actor,
        model=model,
        subject=shorten(subject),
        target=shorten(target),
    )


def close_batch(batch: Batch, *, keep: bool = False) -> Batch:
    """Note how many faces a batch moved and which persons it is about.

    Persons whose cover has gone elsewhere lose it. A batch that changed nothing is dropped from the
    log, unless told to `keep` it; its `pk` is None then.
    """
    names_persons = execute(NAME_PERSONS, batch=batch.pk) > 0
    if names_persons:
        touched = Person.objects.present().filter(batches=batch, cover__isnull=False)
        elsewhere = touched.exclude(cover__person=F("pk"))
        change_persons(batch, [(person, {"cover": None}) for person in elsewhere])
    batch.face_count = batch.events.aggregate(n=Count("face", distinct=True))["n"]
    if not (batch.face_count or names_persons or keep):
        batch.delete()
        return batch
    batch.save(update_fields=["face_count"])
    return batch


def shorten(text: str) -> str:
    """As much of a name, or of several, as the log has room for."""
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"


def move_faces(batch: Batch, face_ids: Iterable[int], place: Place) -> int:
    """Put faces in a place; those that are there already cause no event. Returns how many moved.

    One statement, so that ten thousand faces move in a fraction of a second.
    """
    return execute(
        TO_PLACE,
        faces=list(face_ids),
        gallery=batch.gallery_id,
        batch=batch.pk,
        person=place.person_id,
        assigned_by=place.assigned_by,
        probability=place.probability,
        verdict=place.verdict,
    )


def place_faces(
    batch: Batch, wanted: Mapping[int, Place], source: AssignedBy = AssignedBy.MATCHER
) -> int:
    """Put each face where one `source` says that it belongs. Returns how many moved."""
    places = wanted.values()
    return execute(
        TO_PERSONS,
        faces=list(wanted),
        persons=[place.person_id for place in places],
        probabilities=[place.probability for place in places],
        assigned_by=source,
        gallery=batch.gallery_id,
        batch=batch.pk,
    )


def hand_over(batch: Batch, heirs: Mapping[int, int]) -> int:
    """Give all faces of persons to others, each with who said so. Returns how many.

    Faces of which somebody said that they are not their heir go nowhere.
    """
    claimed = Rejection.objects.standing().filter(
        person__in=set(heirs.values()), face__person__in=list(heirs)
    )
    pairs = claimed.values_list("face", "face__person", "person")
    move_faces(batch, [face for face, owner, no in pairs if heirs[owner or 0] == no], NOWHERE)
    return execute(
        WITH_PERSONS,
        gallery=batch.gallery_id,
        batch=batch.pk,
        sources=list(heirs),
        targets=list(heirs.values()),
    )


def inherit_rules(batch: Batch, heirs: Mapping[int, int]) -> None:
    """Let what was said against persons hold against those who took their faces, too."""
    rejected = Rejection.objects.standing().filter(person__in=list(heirs))
    said = [
        (face, heirs[person])
        for face, person, owner in rejected.values_list("face", "person", "face__person")
        if owner != heirs[person]
    ]
    reject(batch, said)
    either = Q(one__in=list(heirs)) | Q(other__in=list(heirs))
    apart = Difference.objects.standing().filter(either).values_list("one", "other")
    # both may have become somebody else's
    pairs = {
        (heirs[one], person)
        for pair in apart
        for one, other in (pair, reversed(pair))
        if one in heirs
        for person in (other, heirs.get(other, other))
    }
    tell_apart(batch, [(one, other) for one, other in pairs if one != other])


def open_person(batch: Batch, name: str = "", *, is_stranger: bool = False) -> Person:
    """A new person; undo takes it away again."""
    return open_persons(batch, [Person(name=name, is_stranger=is_stranger)])[0]


def open_persons(batch: Batch, persons: Sequence[Person]) -> Sequence[Person]:
    """Add persons that are not saved yet; undo takes them away again."""
    for person in persons:
        person.gallery_id, person.is_removed = batch.gallery_id, True
    Person.objects.bulk_create(persons)
    change_persons(batch, [(person, {"is_removed": False}) for person in persons])
    return persons


def change_person(batch: Batch, person: Person, **fields: Value) -> bool:
    """Set fields of a person; those that are so already cause no event. Returns whether any was.

    A key stands for a cover and an account, and the ISO form for a date.
    """
    return change_persons(batch, [(person, fields)]) > 0


def change_persons(batch: Batch, wanted: Iterable[tuple[Person, Fields]]) -> int:
    """As `change_person` for many, each named once. Returns how many were not so already."""
    events: list[PersonEvent] = []
    alike: dict[tuple[str, ...], list[Person]] = {}
    for person, fields in wanted:
        present = {name: field_of(person, name) for name in fields}
        changed = [name for name in fields if present[name] != fields[name]]
        if not changed:
            continue
        event = PersonEvent(gallery_id=batch.gallery_id, batch=batch, person=person)
        event.before = {name: present[name] for name in changed}
        event.after = {name: fields[name] for name in changed}
        events.append(event)
        for name in changed:
            _set_field(person, name, fields[name])
        alike.setdefault(tuple(changed), []).append(person)
    PersonEvent.objects.bulk_create(events, ROWS_AT_ONCE)
    for names, persons in alike.items():
        _save(persons, names)
    return len(events)


def _save(persons: Sequence[Person], names: Sequence[str]) -> None:
    """Write these fields; the same values of many in one go, as it takes a twentieth."""
    values = {tuple(field_of(person, name) for name in names) for person in persons}
    if len(values) > 1:
        Person.objects.bulk_update(persons, names, ROWS_AT_ONCE)
    else:
        there = Person.objects.filter(pk__in=[person.pk for person in persons])
        there.update(**dict(zip(names, *values, strict=True)))


def field_of(person: Person, name: str) -> Value:
    """A person's field as the log keeps it."""
    value = getattr(person, f"{name}_id" if name in ("cover", "user") else name)
    return value.isoformat() if isinstance(value, date) else value


def _set_field(person: Person, name: str, value: Value) -> None:
    if name in ("cover", "user"):
        setattr(person, f"{name}_id", value)
    elif name == "born_on" and isinstance(value, str):
        person.born_on = date.fromisoformat(value)
    else:
        setattr(person, name, value)


def reject(batch: Batch, pairs: Iterable[tuple[int, int]]) -> None:
    """Remember that faces are not persons, given as (face id, person id)."""
    rejected = list(pairs)
    execute(
        REJECT,
        gallery=batch.gallery_id,
        batch=batch.pk,
        faces=[face for face, _ in rejected],
        persons=[person for _, person in rejected],
    )


def accept(batch: Batch, face_ids: Sequence[int], person: Person) -> None:
    """Withdraw what was said against these faces being the person."""
    Rejection.objects.standing().filter(face__in=face_ids, person=person).update(withdrawn_by=batch)


def tell_apart(batch: Batch, pairs: Iterable[tuple[int, int]]) -> None:
    """Remember that persons are different people, given as pairs of ids in any order."""
    Difference.objects.bulk_create(
        [
            Difference(gallery_id=batch.gallery_id, batch=batch, one_id=one, other_id=other)
            for one, other in {(min(pair), max(pair)) for pair in pairs}
        ],
        ignore_conflicts=True,
    )


def differences_of(person: Person) -> set[int]:
    """Ids of the persons that this one is not."""
    standing = Difference.objects.standing().filter(Q(one=person) | Q(other=person))
    pairs = standing.values_list("one", "other")
    return {other if one == person.pk else one for one, other in pairs}


def rejections_of(face_ids: Iterable[int]) -> dict[int, set[int]]:
    """Which persons each face is not."""
    standing = Rejection.objects.standing().filter(face__in=list(face_ids))
    return _sets(standing.values_list("face", "person"))


def faces_rejected_from(person: Person) -> set[int]:
    """Ids of the faces that are not this person."""
    return set(Rejection.objects.standing().filter(person=person).values_list("face", flat=True))


def taken_from(face_ids: Iterable[int]) -> dict[int, set[int]]:
    """Faces that a human left to nobody together with others, and the persons they had then.

    Their person was deleted, or what the matcher, a regrouping or an import had done was taken
    back. Nobody said of each face what it is not, and yet they are not to be gathered again by
    themselves.
    """
    left = Q(batch__action=Action.DELETE)
    left |= Q(batch__undoes__action__in=(Action.ASSIGN, Action.REGROUP, Action.IMPORT))
    events = Event.objects.filter(left, face__in=list(face_ids), batch__is_undone=False)
    return _sets(events.exclude(person_from=None).values_list("face", "person_from"))


def _sets(pairs: Iterable[tuple[int, int | None]]) -> dict[int, set[int]]:
    sets: dict[int, set[int]] = {}
    for one, other in pairs:
        if other is not None:
            sets.setdefault(one, set()).add(other)
    return sets
