"""The review: one question after the other, answered by a key, a tap or a button."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import history, reversal
from galleries.decisions import IdentityError
from galleries.models import Batch, Face, Gallery, Person
from galleries.review.answers import Answer, Done, Reply, carry_out
from galleries.review.progress import progress_of
from galleries.review.questions import NONE_SKIPPED, SHOWN, Kind, Question
from galleries.review.queue import look_ahead, next_question
from galleries.undo import Outcome, UndoneAlreadyError
from galleries.views import notices
from galleries.views.lookup import editable_gallery
from galleries.views.people import find_called
from galleries.views.review_memory import Memory, Step

SKIP = "skip"


@require_safe
def review(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    return _show(request, editable_gallery(request.user, gallery_id), "galleries/review.html")


@require_POST
def answer(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Carry out an answer, or skip the question; answers htmx with the next one."""
    gallery = editable_gallery(request.user, gallery_id)
    memory = Memory(request.session, gallery)
    try:
        if request.POST.get("answer") == SKIP:
            memory.note(Step("Skipped.", skips=_question_of(request, gallery).skips))
        else:
            given = _reply(request, gallery)
            done = carry_out(gallery, given, request.user)
            said = _sentence(given, done)
            memory.note(Step(said, tuple(batch.pk for batch in done.batches)))
    except IdentityError as error:
        memory.say(str(error))
    return _go_on(request, gallery)


@require_POST
def take_back(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Undo the last answer of this user's session, or ask again what was skipped last."""
    gallery = editable_gallery(request.user, gallery_id)
    memory = Memory(request.session, gallery)
    step = memory.take_last()
    if step is None:
        memory.say("There is nothing to take back.")
    elif step.batches:
        memory.say(_undo(gallery, step, request))
    else:
        memory.say("Asked again.")
    return _go_on(request, gallery)


@require_POST
def ask_again(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Forget what was skipped."""
    gallery = editable_gallery(request.user, gallery_id)
    Memory(request.session, gallery).forget_skips()
    return _go_on(request, gallery)


@require_safe
def ahead(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """While somebody thinks: the crops of the question that follows, for the browser to fetch."""
    gallery = editable_gallery(request.user, gallery_id)
    look_ahead(gallery)
    skips = Memory(request.session, gallery).skips
    question = next_question(gallery, skips)
    following = next_question(gallery, skips | question.skips) if question else None
    faces = [*following.faces, *following.references] if following else []
    return render(request, "galleries/_review_ahead.html", {"faces": faces})


def _go_on(request: SignedInRequest, gallery: Gallery) -> HttpResponse:
    if request.htmx:
        return _show(request, gallery, "galleries/_review.html")
    return redirect("review", gallery.pk)


def _show(request: SignedInRequest, gallery: Gallery, template: str) -> HttpResponse:
    memory = Memory(request.session, gallery)
    context = {
        "gallery": gallery,
        "question": next_question(gallery, memory.skips),
        "progress": progress_of(gallery),
        "said": memory.take_sentence(),
        "may_take_back": memory.has_steps,
        "has_skipped": memory.skips != NONE_SKIPPED,
    }
    return render(request, template, context)


def _question_of(request: SignedInRequest, gallery: Gallery) -> Question:
    """The question that a form belongs to, as far as an answer needs it.

    Raises: IdentityError when it names nothing that is there.
    """
    kind = request.POST.get("kind", "")
    numbers = _numbers(request, "shown")[:SHOWN]
    faces = tuple(Face.objects.filter(gallery=gallery, pk__in=numbers).order_by("pk"))
    if kind not in list(Kind) or not faces:
        raise IdentityError("Somebody has changed this meanwhile. Here is what to ask now.")
    person = Person.objects.filter(gallery=gallery, pk__in=_numbers(request, "person")[:1]).first()
    return Question(Kind(kind), faces, len(faces), person)


def _reply(request: SignedInRequest, gallery: Gallery) -> Reply:
    """Raises: IdentityError when it makes no sense."""
    question = _question_of(request, gallery)
    word, _, number = request.POST.get("answer", "").partition(":")
    name = request.POST.get("name", "").strip()
    if word not in list(Answer):
        raise IdentityError("Choose one of the answers.")
    ticked = set(_numbers(request, "face"))
    if word == Answer.YES and number.isdigit():
        ticked = {int(number)}
    known = find_called(gallery, name) if word == Answer.NAME else _suggested(gallery, number)
    return Reply(
        question.kind,
        Answer(word),
        tuple(face for face in question.faces if face.pk in ticked),
        tuple(face for face in question.faces if face.pk not in ticked),
        question.person,
        known if word in (Answer.NAME, Answer.PERSON) else None,
        name,
    )


def _suggested(gallery: Gallery, number: str) -> Person | None:
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    return Person.objects.filter(gallery=gallery, pk=number).first()


def _numbers(request: SignedInRequest, field: str) -> list[int]:
    """What is no number is left out."""
    return [
        int(text)
        for text in request.POST.getlist(field)[:SHOWN]
        if text.isascii() and text.isdigit() and len(text) <= 18
    ]


def _sentence(given: Reply, done: Done) -> str:
    if not done.batches:
        return "That was so already."
    said = f"{history.describe(done.batches[0])}."
    if given.answer == Answer.NO:
        said = f"Not {given.person}."
    if done.followers:
        said += f" {notices.faces(done.followers)} that waited followed."
    return said


def _undo(gallery: Gallery, step: Step, request: SignedInRequest) -> str:
    """The answer itself; what followed from it is the matcher's, and goes with it if it can."""
    batches = Batch.objects.filter(gallery=gallery).in_bulk(step.batches)
    outcomes = [_undo_one(batches[pk], request) for pk in step.batches if pk in batches]
    if not outcomes or outcomes[0] is None:
        return "This was taken back already, or its photos are gone."
    if outcomes[0].batch is None:
        later = ", ".join(history.describe(batch) for batch in outcomes[0].obstacles[:1])
        return f"Not taken back, as something was decided later: {later}. See the history."
    return f"Taken back: {step.sentence}"


def _undo_one(batch: Batch, request: SignedInRequest) -> Outcome | None:
    try:
        return reversal.take_back(batch, request.user)
    except UndoneAlreadyError:
        return None
