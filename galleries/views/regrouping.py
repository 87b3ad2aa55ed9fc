"""A regrouping as a proposal: asked for, looked through, accepted or put away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import tasks
from galleries.decisions import IdentityError
from galleries.models import Batch, Face, Gallery, Line, LineFace, Proposal
from galleries.regrouping import answers, work
from galleries.regrouping.answers import Accepted, ProposalGoneError
from galleries.views import notices
from galleries.views.lookup import editable_gallery

LINES_PER_PAGE = 20
#: Faces that a line shows of those that would move, and of each person concerned.
MOVING_SHOWN, OWN_SHOWN = 12, 6


@dataclass(frozen=True, slots=True)
class Row:
    """A line with the faces that show what it is about, by their ids."""

    line: Line
    moving: Sequence[int]
    person: Sequence[int]
    other: Sequence[int]

    @property
    def hidden_count(self) -> int:
        """Faces that would move and are not shown."""
        return self.line.face_count - len(self.moving)


@require_safe
def regroup(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    return render(request, "galleries/regroup.html", _context(request, gallery))


@require_safe
def state(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """How far the comparison is; once it ends, htmx loads the page anew."""
    gallery = editable_gallery(request.user, gallery_id)
    proposal = Proposal.objects.newest_of(gallery)
    if proposal and proposal.is_unfinished:
        context = {"gallery": gallery, "proposal": proposal}
        return render(request, "galleries/_regroup_state.html", context)
    return HttpResponse(headers={"HX-Refresh": "true"})


@require_POST
@transaction.atomic
def ask(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    work.ask(gallery, request.user)
    transaction.on_commit(tasks.ring_for_proposals)
    return redirect("regroup", gallery.pk)


@require_POST
def answer(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """The form around the lines: its ticks are kept, then its button is carried out.

    htmx sends it without a button whenever a tick changes, and gets the buttons back.
    """
    gallery = editable_gallery(request.user, gallery_id)
    proposal = _named_proposal(gallery, request)
    _keep_ticks(request, proposal)
    if request.htmx:
        context = _counts(proposal) | {"gallery": gallery, "proposal": proposal}
        return render(request, "galleries/_regroup_bar.html", context)
    page = reverse("regroup", args=[gallery.pk])
    try:
        match request.POST.get("do", ""):
            case "all" | "chosen" as which:
                _tell(request, answers.accept(proposal, request.user, only_ticked=which != "all"))
            case "dismiss":
                answers.dismiss(proposal)
                messages.info(request, "The proposal is put away. Nothing has changed.")
            case number if number.isascii() and number.isdigit():
                page += f"?page={int(number)}"
    except ProposalGoneError as error:
        messages.error(request, str(error))
    return redirect(page)


@require_POST
def refuse(request: SignedInRequest, line_id: int) -> HttpResponse:
    """No to one line, for ever."""
    lines = Line.objects.editable_by(request.user).standing()
    line = get_object_or_404(
        lines.select_related("proposal__gallery", "person", "other"), pk=line_id
    )
    _keep_ticks(request, line.proposal)
    try:
        batch = answers.refuse(line, request.user)
        if batch:
            notices.tell(request, _refused(line, batch), batch)
    except (IdentityError, ProposalGoneError) as error:
        messages.error(request, str(error))
    page = request.POST.get("page", "")
    number = f"?page={int(page)}" if page.isascii() and page.isdigit() else ""
    return redirect(reverse("regroup", args=[line.gallery_id]) + number)


def _context(request: SignedInRequest, gallery: Gallery) -> dict[str, object]:
    proposal = Proposal.objects.newest_of(gallery)
    context: dict[str, object] = {"gallery": gallery, "proposal": proposal}
    if proposal is None or proposal.state != Proposal.State.READY:
        return context
    lines = proposal.lines.standing().in_order()
    page = Paginator(lines, LINES_PER_PAGE).get_page(request.GET.get("page"))
    is_outdated = proposal.model_id != gallery.model_id
    own = {"page": page, "rows": _rows(page), "is_outdated": is_outdated}
    return context | _counts(proposal) | own


def _counts(proposal: Proposal) -> dict[str, object]:
    lines = proposal.lines.standing()
    return {"summary": lines.summary(), "ticked": lines.ticked().count(), "lines": lines.count()}


def _rows(page: Page[Line]) -> list[Row]:
    lines = list(page)
    moving: dict[int, list[int]] = {}
    shown = LineFace.objects.filter(line__in=lines, position__lt=MOVING_SHOWN)
    for line, face in shown.order_by("line", "position").values_list("line", "face"):
        moving.setdefault(line, []).append(face)
    persons = {key for line in lines for key in (line.person_id, line.other_id) if key}
    own = _best_faces(persons, {face for faces in moving.values() for face in faces})
    return [
        Row(
            line,
            moving.get(line.pk, []),
            own.get(line.person_id or 0, [])[:OWN_SHOWN],
            own.get(line.other_id or 0, [])[:OWN_SHOWN],
        )
        for line in lines
    ]


def _best_faces(persons: Iterable[int], without: Iterable[int]) -> dict[int, list[int]]:
    """A few of the best faces of each person, in one query."""
    place = Window(RowNumber(), partition_by=F("person"), order_by=[F("quality").desc(), "pk"])
    faces = Face.objects.real().filter(person__in=persons).exclude(pk__in=without)
    best = faces.annotate(place=place).filter(place__lte=OWN_SHOWN)
    found: dict[int, list[int]] = {}
    for person, face in best.order_by("person", "place").values_list("person", "pk"):
        found.setdefault(person or 0, []).append(face)
    return found


def _named_proposal(gallery: Gallery, request: SignedInRequest) -> Proposal:
    """The proposal that the form was made for, whatever has become of it since."""
    (number,) = _numbers([request.POST.get("proposal", "")]) or [0]
    proposals = Proposal.objects.filter(gallery=gallery).select_related("gallery", "model")
    return get_object_or_404(proposals, pk=number)


def _keep_ticks(request: SignedInRequest, proposal: Proposal) -> None:
    """Of the lines that the form showed; those of other pages stay as they are."""
    shown = proposal.lines.standing().filter(pk__in=_numbers(request.POST.getlist("shown")))
    answers.tick(shown, _numbers(request.POST.getlist("line")))


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]


def _tell(request: SignedInRequest, accepted: Accepted) -> None:
    passed_over = ""
    if accepted.skipped:
        lines = "1 line was" if accepted.skipped == 1 else f"{accepted.skipped:,} lines were"
        passed_over = f" {lines} left out: somebody has decided otherwise meanwhile."
    if not accepted.done:
        messages.info(request, f"Nothing has changed.{passed_over}")
        return
    done = "1 change is" if accepted.done == 1 else f"{accepted.done:,} changes are"
    moved = notices.faces(accepted.batch.face_count)
    notices.tell(request, f"{done} made, {moved} moved.{passed_over}", accepted.batch)


def _refused(line: Line, batch: Batch) -> str:
    if line.kind == Line.Kind.MERGE:
        return f"Remembered: {line.person} and {line.other} are two people."
    faces = notices.faces(batch.face_count or line.face_count)
    if line.kind == Line.Kind.SPLIT:
        return f"Remembered: {faces} stay with {line.person}."
    return f"Remembered: {faces} are not {line.person}."
