"""Taking batches back: the exact inverse of each, at once or weeks later, and redo.

Undo is a batch itself, with events of its own, so redo is the undo of an undo. What a human decided
afterwards about the same faces stands in the way, and is named; the matcher's later guesses do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Q

from accounts.models import User
from galleries import ledger
from galleries.ledger import NOWHERE, Value
from galleries.models import (
    Action,
    AssignedBy,
    Batch,
    Difference,
    Event,
    Face,
    Person,
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


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a person in a batch, from its first event to its last."""

    person: Person
    before: dict[str, Value]
    after: dict[str, Value]

    @property
    def brings(self) -> bool:
        """Whether the person exists because of the batch."""
        return self.before.get("is_removed") is True

    @property
    def takes_away(self) -> bool:
        return self.before.get("is_removed") is False


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
    changes = _changes(batch)
    changed_since = [change.person for change in changes if _was_changed_since(change)]
    free = [change for change in changes if change.person not in changed_since]
    blocked = _blocked_faces(batch, [change.person.pk for change in free if change.takes_away])
    needed = [item.person for item in free if item.brings and _is_needed(item, batch, blocked)]
    stuck = (*changed_since, *needed)
    obstacles = tuple(_obstacles(batch, blocked, stuck))
    if (blocked or stuck) and not rest:
        return Outcome(None, len(blocked), stuck, obstacles)
    inverse = ledger.open_batch(
        batch.gallery_id, Action.UNDO, actor=actor, subject=batch.subject, target=batch.target
    )
    inverse.undoes = batch
    inverse.save(update_fields=["undoes"])
    _restore(batch, inverse, [item for item in free if item.person not in needed], blocked)
    # where nothing is in the way, what was done may have gone with its photos: it is undone, too
    is_whole = not (blocked or stuck)
    if ledger.close_batch(inverse, keep=is_whole).pk is None:
        return Outcome(None, len(blocked), stuck, obstacles)
    _set_undone(batch)
    return Outcome(inverse, len(blocked), stuck, obstacles)


def _set_undone(batch: Batch) -> None:
    """A batch is undone, what it had undone is in force again, and so on."""
    undone: Batch | None = batch
    is_undone = True
    while undone:
        Batch.objects.filter(pk=undone.pk).update(is_undone=is_undone)
        undone, is_undone = undone.undoes, not is_undone


def _changes(batch: Batch) -> list[Change]:
    changes: dict[int, Change] = {}
    for event in batch.person_events.select_related("person").order_by("pk"):
        change = changes.setdefault(event.person_id, Change(event.person, {}, {}))
        change.before.update({**event.before, **change.before})
        change.after.update(event.after)
    return list(changes.values())


def _was_changed_since(change: Change) -> bool:
    return any(
        ledger.field_of(change.person, name) != value
        for name, value in _of_those_there(change.after).items()
    )


def _of_those_there(fields: dict[str, Value]) -> dict[str, Value]:
    """Without a cover or an account that was deleted for good."""
    owners = {"cover": Face.objects.all(), "user": User.objects.all()}
    return {
        name: value
        for name, value in fields.items()
        if name not in owners or not value or owners[name].filter(pk=value).exists()
    }


def _blocked_faces(batch: Batch, returning: Sequence[int]) -> list[int]:
    """Faces that a human has moved since, or that cannot go back to where they were."""
    parameters: dict[str, Value | list[int]] = {
        "batch": batch.pk,
        "matcher": AssignedBy.MATCHER,
        "returning": list(returning),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKED, parameters)
        blocked = [row[0] for row in cursor.fetchall()]
    # given since to a person that the undo would say again they are not
    refused = batch.withdrawn_rejections.filter(face__person=F("person"))
    chosen = refused.exclude(face__assigned_by=AssignedBy.MATCHER)
    return [
        *blocked,
        *chosen.exclude(face__in=batch.events.values("face")).values_list("face", flat=True),
    ]


# moved by a later decision that is in force, or standing elsewhere by one that was taken back in
# part; or back to a person that is gone, unless this undo brings it back; or to one that the face
# was rejected for, unless by this batch
_BLOCKED = """
WITH moved AS (
    SELECT face_id, max(id) AS event_id, (array_agg(person_from_id ORDER BY id))[1] AS home_id,
        (array_agg(person_to_id ORDER BY id DESC))[1] AS person_id,
        (array_agg(assigned_by_to ORDER BY id DESC))[1] AS assigned_by,
        (array_agg(verdict_to ORDER BY id DESC))[1] AS verdict
    FROM galleries_event WHERE batch_id = %(batch)s GROUP BY face_id
)
SELECT moved.face_id FROM moved
JOIN galleries_face face ON face.id = moved.face_id
LEFT JOIN galleries_person home ON home.id = moved.home_id
WHERE EXISTS (
    SELECT 1 FROM galleries_event later
    JOIN galleries_batch by ON by.id = later.batch_id
    WHERE later.face_id = moved.face_id AND later.id > moved.event_id AND by.source <> %(matcher)s
      AND (
        (face.person_id, face.assigned_by, face.verdict)
            IS DISTINCT FROM (moved.person_id, moved.assigned_by, moved.verdict)
        OR (NOT by.is_undone AND (by.undoes_id IS NULL OR by.undoes_id < %(batch)s))
      )
) OR (home.is_removed AND NOT home.id = ANY(%(returning)s::bigint[])) OR EXISTS (
    SELECT 1 FROM galleries_rejection rejection
    WHERE rejection.face_id = moved.face_id AND rejection.person_id = moved.home_id
      AND rejection.withdrawn_by_id IS NULL
      AND rejection.batch_id <> %(batch)s AND NOT EXISTS (
        SELECT 1 FROM galleries_rejection own
        WHERE own.face_id = rejection.face_id AND own.person_id = rejection.person_id
          AND own.batch_id = rejection.batch_id AND own.restored_by_id = %(batch)s
      )
)
"""


def _is_needed(change: Change, batch: Batch, blocked: Collection[int]) -> bool:
    """Whether a human has since said something of the person, or given it faces that stay."""
    person = change.person
    chosen = Face.objects.of(person).exclude(assigned_by=AssignedBy.MATCHER)
    staying = Q(pk__in=blocked) | ~Q(pk__in=batch.events.values("face"))
    about = Batch.objects.standing_after(batch).filter(persons=person)
    return (
        chosen.filter(staying).exists()
        or about.filter(person_events__person=person).exists()
        or Event.objects.filter(batch__in=about, person_to=person).exists()
    )


def _obstacles(batch: Batch, face_ids: Collection[int], persons: Iterable[Person]) -> list[Batch]:
    """Later decisions about the same faces and persons that are in force."""
    later = Batch.objects.standing_after(batch)
    about_faces = later.filter(events__face__in=face_ids).values("pk")
    about_persons = later.filter(persons__in=list(persons)).values("pk")
    rejected = later.filter(
        Q(rejections__face__in=face_ids) | Q(restored_rejections__face__in=face_ids)
    ).values("pk")
    found = Batch.objects.filter(pk__in=about_faces.union(about_persons, rejected))
    return list(found.with_details().newest_first()[:NAMED_OBSTACLES])


def _restore(
    batch: Batch, inverse: Batch, changes: Sequence[Change], blocked: Sequence[int]
) -> None:
    # persons that the batch removed exist again before faces return to them
    for change in changes:
        if change.takes_away:
            ledger.change_person(inverse, change.person, is_removed=False)
    ledger.execute(
        _RESTORE,
        batch=batch.pk,
        inverse=inverse.pk,
        gallery=batch.gallery_id,
        blocked=list(blocked),
    )
    _restore_rules(batch, inverse, blocked)
    for change in changes:
        _restore_person(change, inverse)


# a batch may move a face twice; its first event knows where the face was before. No two parts are
# joined: PostgreSQL knows nothing about the rows of a new batch, and would compare each with each
_RESTORE = """
WITH first AS (
    SELECT DISTINCT ON (face_id) * FROM galleries_event
    WHERE batch_id = %(batch)s AND NOT face_id = ANY(%(blocked)s::bigint[]) ORDER BY face_id, id
), before AS (
    SELECT face.id, face.person_id, face.assigned_by, face.probability, face.verdict,
        first.person_from_id, first.assigned_by_from, first.probability_from, first.verdict_from
    FROM galleries_face face JOIN first ON first.face_id = face.id
    ORDER BY face.id FOR UPDATE OF face
), moved AS (
    UPDATE galleries_face SET person_id = before.person_from_id,
        assigned_by = before.assigned_by_from, probability = before.probability_from,
        verdict = before.verdict_from
    FROM before WHERE galleries_face.id = before.id
)
INSERT INTO galleries_event (
    gallery_id, batch_id, face_id, person_from_id, person_to_id, assigned_by_from, assigned_by_to,
    probability_from, probability_to, verdict_from, verdict_to
)
SELECT %(gallery)s, %(inverse)s, id, person_id, person_from_id, assigned_by, assigned_by_from,
    probability, probability_from, verdict, verdict_from
FROM before
"""


def _restore_rules(batch: Batch, inverse: Batch, blocked: Sequence[int]) -> None:
    """Withdraw what the batch said, and say again what it withdrew."""
    said = Rejection.objects.said_by(batch).exclude(face__in=blocked)
    said.update(withdrawn_by=inverse)
    Difference.objects.said_by(batch).update(withdrawn_by=inverse)
    ledger.execute(_REJECT_AGAIN, batch=batch.pk, inverse=inverse.pk, blocked=list(blocked))
    ledger.execute(_TELL_APART_AGAIN, batch=batch.pk, inverse=inverse.pk)
    # the matcher may have given them to the person while nobody spoke against it
    refused = Rejection.objects.standing().filter(restored_by=inverse, face__person=F("person"))
    ledger.move_faces(inverse, refused.values_list("face", flat=True), NOWHERE)


# what was said again belongs to the batch that said it first, whose undo withdraws it
_REJECT_AGAIN = """
INSERT INTO galleries_rejection (gallery_id, face_id, person_id, batch_id, restored_by_id)
SELECT gallery_id, face_id, person_id, batch_id, %(inverse)s FROM galleries_rejection
WHERE withdrawn_by_id = %(batch)s AND NOT face_id = ANY(%(blocked)s::bigint[])
ON CONFLICT DO NOTHING
"""
_TELL_APART_AGAIN = """
INSERT INTO galleries_difference (gallery_id, one_id, other_id, batch_id, restored_by_id)
SELECT gallery_id, one_id, other_id, batch_id, %(inverse)s FROM galleries_difference
WHERE withdrawn_by_id = %(batch)s
ON CONFLICT DO NOTHING
"""


def _restore_person(change: Change, inverse: Batch) -> None:
    if change.brings:
        # what the matcher gave it since has to wait for somebody else
        guessed = Face.objects.of(change.person).values_list("pk", flat=True)
        ledger.move_faces(inverse, guessed, NOWHERE)
    ledger.change_person(inverse, change.person, **_of_those_there(change.before))
