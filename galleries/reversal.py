"""Taking back for the doors: the inverse of a batch, and what the worker has to do for it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from galleries import analysis, tasks, undo
from galleries.models import Batch, Face, FaceVector, Photo
from galleries.undo import Outcome


@transaction.atomic
def take_back(batch: Batch, actor: User, *, rest: bool = False) -> Outcome:
    """As `undo.undo`; faces that were none meanwhile, and were not read as such, are read now.

    Raises: UndoneAlreadyError.
    """
    outcome = undo.undo(batch, actor, rest=rest)
    unread = _photos_to_read(outcome.batch) if outcome.batch else []
    if unread:
        analysis.look_again(*unread)
        tasks.ring_when_committed()
    return outcome


def _photos_to_read(inverse: Batch) -> list[Photo]:
    """Photos of faces that came back by the batch, and that the gallery's model cannot compare."""
    returned = inverse.events.filter(verdict_to="").exclude(verdict_from="").values("face")
    known = FaceVector.objects.filter(
        gallery=OuterRef("gallery"), face=OuterRef("pk"), model=OuterRef("gallery__model")
    )
    unread = Face.objects.filter(~Exists(known), pk__in=returned)
    return list(Photo.objects.filter(pk__in=unread.values("photo")).select_related("gallery"))
