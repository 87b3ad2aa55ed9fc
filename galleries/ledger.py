"""The only code that changes who is who: each change goes into the log as it is made.

All functions expect the gallery's identities to be locked (`lock_gallery`) and a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

# the first key of PostgreSQL's two-key advisory locks; the second is the gallery
LOCK_SPACE = 7221
# as long as the log's columns
LABEL_LENGTH = 250

#: The value of a person's field as the log keeps it.
Value: TypeAlias = str | int | bool | None


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


#: With no person, and without a word about why.
NOWHERE = Place()


def lock_gallery(gallery_id: int) -> None:
    """Let one transaction at a time write identities of a gallery, until it ends.

    Otherwise two workers would open the same person twice. A transaction that writes faces as well
    must take this lock first, or two of them wait for each other.
    """
    execute("SELECT pg_advisory_xact_lock(%(space)s, %(id)s)", space=LOCK_SPACE, id=gallery_id)


def execute(statement: str, **parameters: Value | float | list[int]) -> int:
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
    names_persons = execute(_CLOSE, batch=batch.pk) > 0
    if names_persons:
        touched = Person.objects.present().filter(batches=batch, cover__isnull=False)
        for person in touched.exclude(cover__person=F("pk")):
            change_person(batch, person, cover=None)
    batch.face_count = batch.events.aggregate(n=Count("face", distinct=True))["n"]
    if not (batch.face_count or names_persons or keep):
        batch.delete()
        return batch
    batch.save(update_fields=["face_count"])
    return batch


def shorten(text: str) -> str:
    """As much of a name, or of several, as the log has room for."""
    return text if len(text) <= LABEL_LENGTH else f"{text[: LABEL_LENGTH - 1]}…"


# the persons of a batch are those that any of its rows name
_CLOSE = """
INSERT INTO galleries_batch_persons (batch_id, person_id)
SELECT %(batch)s, person_id FROM (
    SELECT person_from_id AS person_id FROM galleries_event WHERE batch_id = %(batch)s
    UNION SELECT person_to_id FROM galleries_event WHERE batch_id = %(batch)s
    UNION SELECT person_id FROM galleries_personevent WHERE batch_id = %(batch)s
    UNION SELECT person_id FROM galleries_rejection
        WHERE %(batch)s IN (batch_id, withdrawn_by_id, restored_by_id)
    UNION SELECT one_id FROM galleries_difference
        WHERE %(batch)s IN (batch_id, withdrawn_by_id, restored_by_id)
    UNION SELECT other_id FROM galleries_difference
        WHERE %(batch)s IN (batch_id, withdrawn_by_id, restored_by_id)
) AS named WHERE person_id IS NOT NULL
"""


def move_faces(batch: Batch, face_ids: Iterable[int], place: Place) -> int:
    """Put faces in a place; those that are there already cause no event. Returns how many moved.

    One statement, so that ten thousand faces move in a fraction of a second.
    """
    return execute(
        _MOVE,
        faces=list(face_ids),
        gallery=batch.gallery_id,
        batch=batch.pk,
        person=place.person_id,
        assigned_by=place.assigned_by,
        probability=place.probability,
        verdict=place.verdict,
    )


_MOVE = """
WITH before AS (
    SELECT id, person_id, assigned_by, probability, verdict FROM galleries_face
    WHERE id = ANY(%(faces)s) AND gallery_id = %(gallery)s
      AND (person_id, assigned_by, verdict)
          IS DISTINCT FROM (%(person)s::bigint, %(assigned_by)s::text, %(verdict)s::text)
    ORDER BY id FOR UPDATE
), moved AS (
    UPDATE galleries_face SET person_id = %(person)s, assigned_by = %(assigned_by)s,
        probability = %(probability)s, verdict = %(verdict)s
    FROM before WHERE galleries_face.id = before.id
)
INSERT INTO galleries_event (
    gallery_id, batch_id, face_id, person_from_id, person_to_id, assigned_by_from, assigned_by_to,
    probability_from, probability_to, verdict_from, verdict_to
)
SELECT %(gallery)s, %(batch)s, id, person_id, %(person)s, assigned_by, %(assigned_by)s,
    probability, %(probability)s, verdict, %(verdict)s
FROM before
"""


def hand_over(batch: Batch, source: Person, target: Person) -> int:
    """Give all faces of a person to another, each with who said so. Returns how many.

    Faces of which somebody said that they are not the other go nowhere.
    """
    refused = Rejection.objects.standing().filter(person=target, face__person=source)
    move_faces(batch, refused.values_list("face", flat=True), NOWHERE)
    return execute(
        _HAND_OVER,
        gallery=batch.gallery_id,
        batch=batch.pk,
        source=source.pk,
        target=target.pk,
    )


_HAND_OVER = """
WITH before AS (
    SELECT id, assigned_by, probability FROM galleries_face
    WHERE person_id = %(source)s ORDER BY id FOR UPDATE
), moved AS (
    UPDATE galleries_face SET person_id = %(target)s
    FROM before WHERE galleries_face.id = before.id
)
INSERT INTO galleries_event (
    gallery_id, batch_id, face_id, person_from_id, person_to_id, assigned_by_from, assigned_by_to,
    probability_from, probability_to, verdict_from, verdict_to
)
SELECT %(gallery)s, %(batch)s, id, %(source)s, %(target)s, assigned_by, assigned_by,
    probability, probability, '', ''
FROM before
"""


def inherit_rules(batch: Batch, source: Person, target: Person) -> None:
    """Let what was said against a person hold against the one who took its faces, too."""
    rejected = Rejection.objects.standing().filter(person=source).exclude(face__person=target)
    reject(batch, [(face, target.pk) for face in rejected.values_list("face", flat=True)])
    tell_apart(batch, [(target.pk, other) for other in differences_of(source) - {target.pk}])


def open_person(batch: Batch, name: str = "", *, is_stranger: bool = False) -> Person:
    """A new person; undo takes it away again."""
    person = Person.objects.create(
        gallery_id=batch.gallery_id, name=name, is_stranger=is_stranger, is_removed=True
    )
    change_person(batch, person, is_removed=False)
    return person


def change_person(batch: Batch, person: Person, **fields: Value) -> bool:
    """Set fields of a person; those that are so already cause no event. Returns whether any was.

    A key stands for a cover and an account, and the ISO form for a date.
    """
    present = {name: field_of(person, name) for name in fields}
    changed = [name for name in fields if present[name] != fields[name]]
    if not changed:
        return False
    PersonEvent.objects.create(
        gallery_id=batch.gallery_id,
        batch=batch,
        person=person,
        before={name: present[name] for name in changed},
        after={name: fields[name] for name in changed},
    )
    for name in changed:
        _set_field(person, name, fields[name])
    person.save(update_fields=[*changed])
    return True


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
        _REJECT,
        gallery=batch.gallery_id,
        batch=batch.pk,
        faces=[face for face, _ in rejected],
        persons=[person for _, person in rejected],
    )


_REJECT = """
INSERT INTO galleries_rejection (gallery_id, batch_id, face_id, person_id)
SELECT %(gallery)s, %(batch)s, face, person
FROM unnest(%(faces)s::bigint[], %(persons)s::bigint[]) AS said (face, person)
ON CONFLICT DO NOTHING
"""


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
