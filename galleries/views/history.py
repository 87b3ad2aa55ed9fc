"""The log as pages: who decided what, by day, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import history as sentences
from galleries import reversal
from galleries.models import Action, Batch, Gallery, Person
from galleries.models.ledger import BatchQuerySet
from galleries.undo import Outcome, UndoneAlreadyError
from galleries.views import notices
from galleries.views.lookup import number_of, visible_gallery

ENTRIES_PER_PAGE = 50
# of those that an undo had to leave as they are
NAMED_PERSONS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch as a line of the log."""

    batch: Batch
    sentence: str
    #: Undone by a button of this line; None where another line has it.
    undo_id: int | None

    @property
    def day(self) -> date:
        return timezone.localdate(self.batch.created_at)

    @property
    def is_redo(self) -> bool:
        """Whether the button does the batch again."""
        return self.batch.is_undone


@require_safe
def history(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Newest first; `?person=` for one person, `?all=1` with what the matcher did by itself."""
    gallery = visible_gallery(request.user, gallery_id)
    batches = Batch.objects.filter(gallery=gallery)
    number = number_of(request, "person")
    person = None if number is None else _person(gallery, number)
    if person:
        batches = batches.about(person)
    is_whole = "all" in request.GET
    if not is_whole:
        batches = batches.decided()
    rows = batches.newest_first().older_than(number_of(request, "before"))
    entries = entries_of(rows[: ENTRIES_PER_PAGE + 1])
    context = {
        "gallery": gallery,
        "person": person,
        "is_whole": is_whole,
        "entries": entries[:ENTRIES_PER_PAGE],
        "older": entries[-2].batch.pk if len(entries) > ENTRIES_PER_PAGE else None,
    }
    return render(request, "galleries/history.html", context)


@require_POST
def undo_batch(request: SignedInRequest, batch_id: int) -> HttpResponse:
    """Take a batch back; where later decisions stand in the way, ask what to do with the rest."""
    batches = Batch.objects.editable_by(request.user).with_details()
    batch = get_object_or_404(batches, pk=batch_id)
    page = reverse("history", args=[batch.gallery_id])
    try:
        outcome = reversal.take_back(batch, request.user, rest="rest" in request.POST)
    except UndoneAlreadyError as error:
        messages.error(request, str(error))
        return notices.back(request, page)
    if outcome.batch is None:
        context = {
            "gallery": visible_gallery(request.user, batch.gallery_id),
            "batch": batch,
            "sentence": sentences.describe(batch),
            "outcome": outcome,
            "obstacles": entries_of(Batch.objects.filter(pk__in=_keys(outcome.obstacles))),
            "back": notices.asking_page(request) or page,
        }
        return render(request, "galleries/undo.html", context, status=409)
    # a redo puts the first batch in force again: it is the one to take back next
    notices.tell(request, _said(batch, outcome), batch.undoes or outcome.batch)
    return notices.back(request, page)


def entries_of(batches: BatchQuerySet) -> list[Entry]:
    rows = batches.with_details().with_standing_undo()
    return [Entry(batch, sentences.describe(batch), _undo_id(batch)) for batch in rows]


def _undo_id(batch: Batch) -> int | None:
    """What undoes the batch, or if it is undone, what does it again."""
    if batch.action == Action.UNDO:
        return None
    return batch.standing_undo_id if batch.is_undone else batch.pk


def _said(batch: Batch, outcome: Outcome) -> str:
    if batch.undoes:
        said = f"Done again: {sentences.describe(batch.undoes)}."
    else:
        said = f"Taken back: {sentences.describe(batch)}."
    kept = [notices.faces(outcome.face_count)] if outcome.face_count else []
    kept += [str(person) for person in outcome.persons[:NAMED_PERSONS]]
    return f"{said} Left as decided since: {', '.join(kept)}." if kept else said


def _person(gallery: Gallery, number: int) -> Person:
    """Also one that was merged or deleted: that is what a history is for."""
    return get_object_or_404(Person.objects.filter(gallery=gallery), pk=number)


def _keys(batches: Iterable[Batch]) -> list[int]:
    return [batch.pk for batch in batches]
