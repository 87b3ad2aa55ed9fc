"""Taking batches back: the exact inverse of each, at once or weeks later, and redo.

Undo is a batch itself, with events of its own, so redo is the undo of an undo. What a human decided
afterwards about the same faces stands in the way, and is named; the matcher's later guesses do not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from accounts.models import User
from galleries import ledger
from galleries.ledger import NOWHERE, Value
from galleries.models import (
    Action,
    AssignedBy,
    Batch,
    Event,
    Face,
    Person,
    PersonEvent,
    Rejection,
)
from galleries.statements import (
    BACK,
    BLOCKED,
    REJECT_AGAIN,
    TELL_APART_AGAIN,
    WITHDRAW_DIFFERENCES,
    WITHDRAW_REJECTIONS,
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

    @property
    def is_outdated(self) -> bool:
        """Whether the person was changed since."""
        return any(ledger.field_of(self.person, name) != now for name, now in self.after.items())


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
    free = [change for change in changes if not change.is_outdated]
    blocked = _blocked_faces(batch, [change.person.pk for change in free if change.takes_away])
    needed = _needed(batch, [change.person.pk for change in free if change.brings], blocked)
    stuck = tuple(
        change.person for change in changes if change.is_outdated or change.person.pk in needed
    )
    obstacles = tuple(_obstacles(batch, blocked, stuck))
    if (blocked or stuck) and not rest:
        return Outcome(None, len(blocked), stuck, obstacles)
    inverse = ledger.open_batch(
        batch.gallery_id, Action.UNDO, actor=actor, subject=batch.subject, target=batch.target
    )
    inverse.undoes = batch
    inverse.save(update_fields=["undoes"])
    _restore(batch, inverse, [item for item in free if item.person.pk not in needed], blocked)
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
    """Without covers and accounts that were deleted for good."""
    changes: dict[int, Change] = {}
    for event in batch.person_events.select_related("person").order_by("pk"):
        change = changes.setdefault(event.person_id, Change(event.person, {}, {}))
        change.before.update({**event.before, **change.before})
        change.after.update(event.after)
    sides = [side for change in changes.values() for side in (change.before, change.after)]
    _drop_deleted(sides, "cover", Face.objects.all())
    _drop_deleted(sides, "user", User.objects.all())
    return list(changes.values())


def _drop_deleted(sides: Iterable[dict[str, Value]], name: str, rows: QuerySet[Any]) -> None:
    keys = {side[name] for side in sides if side.get(name)}
    there = set(rows.filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    for side in sides:
        if side.get(name) and side[name] not in there:
            del side[name]


def _blocked_faces(batch: Batch, returning: Sequence[int]) -> list[int]:
    """Faces that a human has moved since, or that cannot go back to where they were."""
    parameters: dict[str, Value | list[int]] = {
        "batch": batch.pk,
        "matcher": AssignedBy.MATCHER,
        "returning": list(returning),
    }
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED, parameters)
        blocked = [row[0] for row in cursor.fetchall()]
    # given since to a person that the undo would say again they are not
    refused = batch.withdrawn_rejections.filter(face__person=F("person"))
    chosen = refused.exclude(face__assigned_by=AssignedBy.MATCHER)
    return [
        *blocked,
        *chosen.exclude(face__in=batch.events.values("face")).values_list("face", flat=True),
    ]


def _needed(batch: Batch, persons: Sequence[int], blocked: Collection[int]) -> set[int | None]:
    """Those persons of whom a human has since said something, or given them faces that stay."""
    if not persons:
        return set()
    chosen = Face.objects.filter(person__in=persons).exclude(assigned_by=AssignedBy.MATCHER)
    staying = Q(pk__in=blocked) | ~Q(pk__in=batch.events.values("face"))
    about = Batch.objects.standing_after(batch).filter(persons__in=persons).values("pk")
    return {
        *chosen.filter(staying).values_list("person", flat=True),
        *PersonEvent.objects.filter(batch__in=about, person__in=persons).values_list(
            "person", flat=True
        ),
        *Event.objects.filter(batch__in=about, person_to__in=persons)
        .values_list("person_to", flat=True)
        .distinct(),
    }


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
    away = [change.person for change in changes if change.takes_away]
    ledger.change_persons(inverse, [(person, {"is_removed": False}) for person in away])
    ledger.execute(
        BACK, undone=batch.pk, batch=inverse.pk, gallery=batch.gallery_id, blocked=list(blocked)
    )
    _restore_rules(batch, inverse, blocked)
    # what the matcher gave since to somebody who goes has to wait for somebody else
    brought = [change.person for change in changes if change.brings]
    guessed = Face.objects.filter(person__in=brought).values_list("pk", flat=True)
    ledger.move_faces(inverse, guessed, NOWHERE)
    ledger.change_persons(inverse, [(change.person, change.before) for change in changes])


def _restore_rules(batch: Batch, inverse: Batch, blocked: Sequence[int]) -> None:
    """Withdraw what the batch said, and say again what it withdrew."""
    about = {"batch": batch.pk, "inverse": inverse.pk, "gallery": batch.gallery_id}
    ledger.execute(WITHDRAW_REJECTIONS, **about, blocked=list(blocked))
    ledger.execute(WITHDRAW_DIFFERENCES, **about)
    ledger.execute(REJECT_AGAIN, **about, blocked=list(blocked))
    ledger.execute(TELL_APART_AGAIN, **about)
    # the matcher may have given them to the person while nobody spoke against it
    refused = Rejection.objects.standing().filter(restored_by=inverse, face__person=F("person"))
    ledger.move_faces(inverse, refused.values_list("face", flat=True), NOWHERE)
