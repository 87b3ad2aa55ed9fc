"""What may be said about faces of a person: each decision is one batch, one sentence, one undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import SignedInRequest
from galleries import identities
from galleries.decisions import IdentityError
from galleries.forms import Decision, FacesForm
from galleries.models import Batch, Face, Gallery, Person
from galleries.models.face import FaceQuerySet
from galleries.views import notices
from galleries.views.lookup import visible_gallery
from galleries.views.people import find_called


@dataclass(frozen=True, slots=True)
class Question:
    """Some faces of a person, and who they are instead if somebody typed it."""

    gallery: Gallery
    person: Person
    faces: FaceQuerySet
    name: str
    actor: User


@dataclass(frozen=True, slots=True)
class Answer:
    """What was done, and whom faces that wait may follow now."""

    batch: Batch
    sentence: str
    leader: Person | None = None


@require_POST
def decide(request: SignedInRequest, person_id: int) -> HttpResponse:
    person = get_object_or_404(Person.objects.editable_by(request.user), pk=person_id)
    form = FacesForm(request.POST)
    if form.is_valid():
        gallery = visible_gallery(request.user, person.gallery_id)
        faces, name = _chosen(person, form), form.cleaned_data["name"]
        question = Question(gallery, person, faces, name, request.user)
        _carry_out(request, Decision(form.cleaned_data["decision"]), question)
    else:
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(sentences))
    return notices.back(request, reverse("person", args=[person_id]))


def _chosen(person: Person, form: FacesForm) -> FaceQuerySet:
    """The ticked faces that are this person's still, or all of them: too many to be fetched."""
    faces = Face.objects.of(person)
    return faces if form.cleaned_data["is_all"] else faces.filter(pk__in=form.cleaned_data["face"])


def _carry_out(request: SignedInRequest, decision: Decision, question: Question) -> None:
    try:
        if not question.faces.exists():
            raise IdentityError("Tick the faces first that this is about.")
        answer = DECISIONS[decision](question)
    except IdentityError as error:
        messages.error(request, str(error))
        return
    sentence = answer.sentence
    if answer.leader:
        sentence += notices.let_follow(answer.leader, question.gallery)
    notices.tell(request, sentence, answer.batch)


def _confirm(question: Question) -> Answer:
    batch = identities.move_faces(question.faces, question.person, question.actor)
    sentence = f"{notices.faces(batch.face_count)} of {question.person} confirmed."
    return Answer(batch, sentence, question.person)


def _reject(question: Question) -> Answer:
    batch = identities.reject_faces(question.faces, question.person, question.actor)
    count = notices.faces(batch.face_count)
    return Answer(batch, f"{count} taken out: not {question.person}, and never again.")


def _move(question: Question) -> Answer:
    """To the person whom the name means, or to a new one of that name."""
    if not question.name.strip():
        raise IdentityError("Type the name of the person whose faces these are.")
    target = find_called(question.gallery, question.name)
    if target is None:
        return _split(question)
    batch = identities.move_faces(question.faces, target, question.actor)
    return Answer(batch, f"{notices.faces(batch.face_count)} given to {target}.", target)


def _split(question: Question) -> Answer:
    batch, newcomer = identities.split_person(
        question.person, question.faces, question.actor, question.name
    )
    count = notices.faces(batch.face_count)
    return Answer(batch, f"{count} split off, as {newcomer}.", newcomer)


def _mark_as_no_faces(question: Question) -> Answer:
    batch = identities.mark_as_no_faces(question.faces, question.actor)
    return Answer(batch, f"{notices.faces(batch.face_count)} marked as no face.")


def _set_cover(question: Question) -> Answer:
    if question.faces.count() != 1:
        raise IdentityError("Tick one face only to use it as the cover.")
    batch = identities.set_cover(question.person, question.faces.get(), question.actor)
    return Answer(batch, f"{question.person} has a new cover.")


DECISIONS: dict[Decision, Callable[[Question], Answer]] = {
    Decision.CONFIRM: _confirm,
    Decision.REJECT: _reject,
    Decision.MOVE: _move,
    Decision.SPLIT: _split,
    Decision.NOT_A_FACE: _mark_as_no_faces,
    Decision.COVER: _set_cover,
}
