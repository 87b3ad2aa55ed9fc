"""A face on the page of its photo: whose it is, what was said about it, and one that was missed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from faceengine.faces import Box
from galleries import analysis, derivatives, identities, photo_decisions, tasks
from galleries.decisions import DifferentPeopleError, IdentityError
from galleries.face_forms import BoxForm, FaceDecision, FaceForm
from galleries.models import Batch, Face, Gallery, Person, Photo
from galleries.views import notices
from galleries.views.history import entries_of
from galleries.views.lookup import editable_gallery, visible_gallery
from galleries.views.people import find_called

ENTRIES_OF_A_FACE = 30


@dataclass(frozen=True, slots=True)
class Question:
    """A face, whose it is so far, and the name that somebody typed, if any."""

    face: Face
    person: Person | None
    name: str
    gallery: Gallery
    actor: User


@dataclass(frozen=True, slots=True)
class Answer:
    """What was done, and whom faces that wait may follow now."""

    batch: Batch
    sentence: str
    leader: Person | None = None


@require_POST
def decide(request: SignedInRequest, face_id: int) -> HttpResponse:
    """Say who a face is or is not. `person` names whom the page showed when it was asked."""
    faces = Face.objects.editable_by(request.user).real().select_related("person")
    face = get_object_or_404(faces, pk=face_id)
    form = FaceForm(request.POST)
    if form.is_valid():
        gallery = editable_gallery(request.user, face.gallery_id)
        question = Question(face, face.person, form.cleaned_data["name"], gallery, request.user)
        _carry_out(request, question, form)
    else:
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        messages.error(request, " ".join(sentences))
    return notices.back(request, reverse("photo", args=[face.photo_id]))


@require_POST
def draw(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """Add a face that was missed; its box as fractions of the photo."""
    photos = Photo.objects.editable_by(request.user).exclude(width=None)
    photo = get_object_or_404(photos.select_related("gallery"), pk=photo_id)
    form = BoxForm(request.POST)
    if form.is_valid():
        _draw(request, photo, form.box)
    else:
        messages.error(request, "This is no box within the photo. Draw it around the face.")
    return notices.back(request, reverse("photo", args=[photo.pk]))


@require_safe
def history(request: SignedInRequest, face_id: int) -> HttpResponse:
    """What was decided about a face, the latest first; htmx asks for the list alone."""
    faces = Face.objects.visible_to(request.user).real().select_related("photo")
    face = get_object_or_404(faces, pk=face_id)
    about = Batch.objects.filter(gallery=face.gallery_id).about_face(face)
    context = {
        "gallery": visible_gallery(request.user, face.gallery_id),
        "face": face,
        "entries": entries_of(about.newest_first()[:ENTRIES_OF_A_FACE]),
    }
    template = "_face_history.html" if request.htmx else "face_history.html"
    return render(request, f"galleries/{template}", context)


def _draw(request: SignedInRequest, photo: Photo, box: Box) -> None:
    try:
        with transaction.atomic():
            derivatives.lock_files(photo)
            batch, face = photo_decisions.draw_face(photo, box, request.user)
            derivatives.write([derivatives.cut_from_preview(photo, face.box)])
            analysis.look_again(photo)
            tasks.ring_when_committed()
    except IdentityError as error:
        messages.error(request, str(error))
        return
    notices.tell(request, "The face is added, and searches find it once it was read.", batch)


def _carry_out(request: SignedInRequest, question: Question, form: FaceForm) -> None:
    try:
        if form.cleaned_data["person"] != question.face.person_id:
            raise IdentityError("Somebody else has decided about this face meanwhile: look again.")
        answer = DECISIONS[FaceDecision(form.cleaned_data["decision"])](question)
    except IdentityError as error:
        messages.error(request, str(error))
        return
    sentence = answer.sentence
    if answer.leader:
        sentence += notices.let_follow(answer.leader, question.gallery)
    notices.tell(request, sentence, answer.batch)


def _name(question: Question) -> Answer:
    """A person without a name gets it with all faces; of somebody known only this face moves."""
    if not question.name.strip():
        raise IdentityError("Type the name first.")
    target = find_called(question.gallery, question.name)
    person = question.person
    if target is None and person and not person.name:
        batch = photo_decisions.name_group(person, question.face, question.name, question.actor)
        return Answer(batch, f"This is {person}, with all faces of the same person.", person)
    if target is None:
        batch, newcomer = identities.open_person_of([question.face], question.actor, question.name)
        return Answer(batch, f"This is {newcomer}.", newcomer)
    if person and not person.name and person != target:
        return _join(question, person, target)
    batch = identities.move_faces([question.face], target, question.actor)
    return Answer(batch, f"This is {target}.", target)


def _join(question: Question, person: Person, target: Person) -> Answer:
    """The whole unnamed person, unless somebody said that these are two: then the face alone."""
    try:
        batch = photo_decisions.merge_group(person, question.face, target, question.actor)
    except DifferentPeopleError:
        batch = identities.move_faces([question.face], target, question.actor)
        return Answer(batch, f"This is {target}; the other faces of {person} are not.", target)
    return Answer(batch, f"{person} is {target}: {notices.faces(batch.face_count)}.", target)


def _confirm(question: Question) -> Answer:
    person = _known(question)
    batch = identities.move_faces([question.face], person, question.actor)
    return Answer(batch, f"Confirmed: this is {person}.", person)


def _reject(question: Question) -> Answer:
    person = _known(question)
    batch = identities.reject_faces([question.face], person, question.actor)
    return Answer(batch, f"This is not {person}, and never will be taken for them again.")


def _mark_as_no_face(question: Question) -> Answer:
    batch = identities.mark_as_no_faces([question.face], question.actor)
    return Answer(batch, "This is not a face: it is shown nowhere any more.")


def _mark_as_stranger(question: Question) -> Answer:
    """An unnamed person whole; of somebody named, only this face is a stranger's."""
    person = question.person
    if person and not person.name:
        batch = identities.mark_as_stranger(person, question.actor)
        return Answer(batch, "This is a stranger: nobody will be asked about them.")
    batch = identities.mark_faces_as_stranger([question.face], question.actor)
    return Answer(batch, "This is a stranger: nobody will be asked about this face.")


def _known(question: Question) -> Person:
    if question.person is None:
        raise IdentityError("This face is nobody's yet. Type a name.")
    return question.person


DECISIONS: dict[FaceDecision, Callable[[Question], Answer]] = {
    FaceDecision.NAME: _name,
    FaceDecision.CONFIRM: _confirm,
    FaceDecision.REJECT: _reject,
    FaceDecision.NOT_A_FACE: _mark_as_no_face,
    FaceDecision.STRANGER: _mark_as_stranger,
}
