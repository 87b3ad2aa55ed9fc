"""Taking batches back: the exact inverse of each, at once or weeks later, and redo.

Undo is a batch itself, with events of its own, so redo is the undo of an undo. What a human decided
afterwards about the same faces stands in the way, and is named; the matcher's later guesses do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from galleries import ledger
from galleries.ledger import NOWHERE, Value
from galleries.models import (
    Action,
    AssignedBy,
    Batch,
    Difference,
    Face,
    Person,
    PersonEvent,
    Rejection,
)

#: Later batches named at most, the newest first.
NAMED_OBSTACLES = 20


class UndoneAlreadyError(Exception):
    """The batch is not in force any more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What undo did, or what stands in its way.

    `batch` is None if nothing was changed. `face_count` faces and `persons` could not be put back
    because of `obstacles`, later batches.
    """

    batch: Batch | None
    face_count: int
    persons: tuple[Person, ...]
    obstacles: tuple[Batch, ...]


@transaction.atomic
def undo(batch: Batch, actor: User, *, rest: bool = False) -> Outcome:
    """Put everything back to where it was before a batch.

    Where later decisions stand in the way, nothing is changed, or with `rest` all that they leave.
    Raises: UndoneAlreadyError.
    """
    ledger.lock_gallery(batch.gallery_id)
    batch.refresh_from_db()
    if batch.is_undone:
        raise UndoneAlreadyError("This was taken back already. Load the page again.")
    blocked = _blocked_faces(batch)
    stuck = _blocked_persons(batch, blocked)
    if (blocked or stuck) and not rest:
        return Outcome(None, len(blocked), tuple(stuck), tuple(_obstacles(batch, blocked, stuck)))
    obstacles = tuple(_obstacles(batch, blocked, stuck))
    inverse = ledger.open_batch(
        batch.gallery_id, Action.UNDO, actor=actor, subject=batch.subject, target=batch.target
    )
    inverse.undoes = batch
    inverse.save(update_fields=["undoes"])
    _restore_rules(batch, inverse, blocked)
    _bring_back(batch, inverse, stuck)
    _restore_faces(batch, inverse, blocked)
    _restore_persons(batch, inverse, stuck)
    _set_undone(batch)
    return Outcome(ledger.close_batch(inverse), len(blocked), tuple(stuck), obstacles)


def _set_undone(batch: Batch) -> None:
    """A batch is undone, and what it had undone is in force again."""
    Batch.objects.filter(pk=batch.pk).update(is_undone=True)
    if batch.undoes_id:
        Batch.objects.filter(pk=batch.undoes_id).update(is_undone=False)


def _blocked_faces(batch: Batch) -> list[int]:
    """Faces that a human has moved since, or that cannot go back to where they were."""
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKED, {"batch": batch.pk, "matcher": AssignedBy.MATCHER})
        return [row[0] for row in cursor.fetchall()]


# standing elsewhere by a later decision; or back to a person that is gone, unless this undo brings
# it back; or to one that the face was rejected for, unless by this batch
_BLOCKED = """
WITH last AS (
    SELECT DISTINCT ON (face_id) * FROM galleries_event
    WHERE batch_id = %(batch)s ORDER BY face_id, id DESC
), first AS (
    SELECT DISTINCT ON (face_id) * FROM galleries_event
    WHERE batch_id = %(batch)s ORDER BY face_id, id
)
SELECT last.face_id FROM last
JOIN first ON first.face_id = last.face_id
JOIN galleries_face face ON face.id = last.face_id
LEFT JOIN galleries_person home ON home.id = first.person_from_id
WHERE (
    (face.person_id, face.assigned_by, face.verdict)
        IS DISTINCT FROM (last.person_to_id, last.assigned_by_to, last.verdict_to)
    AND EXISTS (
        SELECT 1 FROM galleries_event later
        JOIN galleries_batch by ON by.id = later.batch_id
        WHERE later.face_id = last.face_id AND later.id > last.id AND by.source <> %(matcher)s
    )
) OR (
    home.is_removed AND NOT EXISTS (
        SELECT 1 FROM galleries_personevent own
        WHERE own.batch_id = %(batch)s AND own.person_id = home.id
          AND own.before @> '{"is_removed": false}'
    )
) OR EXISTS (
    SELECT 1 FROM galleries_rejection rejection
    WHERE rejection.face_id = last.face_id AND rejection.person_id = first.person_from_id
      AND rejection.withdrawn_by_id IS NULL AND rejection.batch_id <> %(batch)s
)
"""


def _blocked_persons(batch: Batch, blocked: Collection[int]) -> list[Person]:
    """Persons with a field that was changed since, or that cannot go as they have faces to keep."""
    stuck = []
    for event in batch.person_events.select_related("person"):
        person = event.person
        is_changed = any(
            ledger.field_of(person, name) != value for name, value in event.after.items()
        )
        goes = event.before.get("is_removed") is True
        if is_changed or (goes and _is_needed(person, batch, blocked)):
            stuck.append(person)
    return stuck


def _is_needed(person: Person, batch: Batch, blocked: Collection[int]) -> bool:
    """Whether a human gave the person faces that undo will not take away."""
    chosen = Face.objects.of(person).exclude(assigned_by=AssignedBy.MATCHER)
    staying = Q(pk__in=blocked) | ~Q(pk__in=batch.events.values("face"))
    return chosen.filter(staying).exists()


def _obstacles(batch: Batch, face_ids: Iterable[int], persons: Iterable[Person]) -> list[Batch]:
    """Later decisions about the same faces and persons that are in force."""
    later = Batch.objects.decided().filter(
        gallery_id=batch.gallery_id, pk__gt=batch.pk, is_undone=False
    )
    about_faces = later.filter(events__face__in=list(face_ids)).values("pk")
    about_persons = later.filter(persons__in=list(persons)).values("pk")
    rejected = later.filter(rejections__face__in=list(face_ids)).values("pk")
    found = Batch.objects.filter(pk__in=about_faces.union(about_persons, rejected))
    return list(found.with_details().newest_first()[:NAMED_OBSTACLES])


def _restore_rules(batch: Batch, inverse: Batch, blocked: Iterable[int]) -> None:
    """Withdraw what the batch said, and say again what it withdrew."""
    said = Rejection.objects.standing().filter(batch=batch).exclude(face__in=list(blocked))
    said.update(withdrawn_by=inverse)
    Difference.objects.standing().filter(batch=batch).update(withdrawn_by=inverse)
    unsaid = batch.withdrawn_rejections.exclude(face__in=list(blocked))
    ledger.reject(inverse, unsaid.values_list("face", "person"))
    ledger.tell_apart(inverse, batch.withdrawn_differences.values_list("one", "other"))


def _bring_back(batch: Batch, inverse: Batch, stuck: Iterable[Person]) -> None:
    """Let persons that the batch removed exist again, before faces return to them."""
    gone = batch.person_events.filter(before__contains={"is_removed": False})
    for event in gone.exclude(person__in=list(stuck)).select_related("person"):
        ledger.change_person(inverse, event.person, is_removed=False)


def _restore_faces(batch: Batch, inverse: Batch, blocked: Iterable[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _RESTORE,
            {
                "batch": batch.pk,
                "inverse": inverse.pk,
                "gallery": batch.gallery_id,
                "blocked": list(blocked),
            },
        )


# a batch may move a face twice; its first event knows where the face was before
_RESTORE = """
WITH first AS (
    SELECT DISTINCT ON (face_id) * FROM galleries_event
    WHERE batch_id = %(batch)s AND NOT face_id = ANY(%(blocked)s) ORDER BY face_id, id
), before AS (
    SELECT face.id, face.person_id, face.assigned_by, face.probability, face.verdict
    FROM galleries_face face JOIN first ON first.face_id = face.id
    ORDER BY face.id FOR UPDATE OF face
), moved AS (
    UPDATE galleries_face SET person_id = first.person_from_id,
        assigned_by = first.assigned_by_from, probability = first.probability_from,
        verdict = first.verdict_from
    FROM first WHERE galleries_face.id = first.face_id
)
INSERT INTO galleries_event (
    gallery_id, batch_id, face_id, person_from_id, person_to_id, assigned_by_from, assigned_by_to,
    probability_from, probability_to, verdict_from, verdict_to
)
SELECT %(gallery)s, %(inverse)s, before.id, before.person_id, first.person_from_id,
    before.assigned_by, first.assigned_by_from, before.probability, first.probability_from,
    before.verdict, first.verdict_from
FROM before JOIN first ON first.face_id = before.id
"""


def _restore_persons(batch: Batch, inverse: Batch, stuck: Iterable[Person]) -> None:
    """In reverse, as a batch may change one field twice."""
    events = batch.person_events.exclude(person__in=list(stuck)).order_by("-pk")
    for event in events.select_related("person"):
        _restore_person(event, inverse)


def _restore_person(event: PersonEvent, inverse: Batch) -> None:
    person = Person.objects.get(pk=event.person_id)
    before: dict[str, Value] = event.before
    if before.get("is_removed"):
        # what the matcher gave it since has to wait for somebody else
        guessed = Face.objects.of(person).values_list("pk", flat=True)
        ledger.move_faces(inverse, guessed, NOWHERE)
    ledger.change_person(inverse, person, **before)
