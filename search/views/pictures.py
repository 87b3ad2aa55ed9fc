"""Where a search begins: a picture is shown, a photo or a face of one is taken, a face is drawn."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries.face_forms import BoxForm
from galleries.models import Face, Photo
from search.forms import KEPT
from search.looks import probes as look_probes
from search.probes import Probe, ProbeError, add_face, from_face, from_photo, look_at, recall
from search.views.entries import Entry, ask, draw, enter, look
from search.views.refusals import FORGOTTEN


def _with_the_only_face(probe: Probe, question: QueryDict) -> QueryDict:
    """It needs no choosing."""
    if len(probe.usable_faces) == 1:
        question["face"] = str(probe.usable_faces[0].number)
    return question


FACES = Entry(
    tab="faces",
    template="search/search.html",
    answer="search-answer",
    answer_without="search-people",
    kept=KEPT,
    look_at=look_at,
    recall=recall,
    begin=_with_the_only_face,
)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: SignedInRequest) -> HttpResponse:
    return enter(request, FACES)


@require_safe
def search_face(request: SignedInRequest, face_id: int) -> HttpResponse:
    """Ask with a face that is stored already."""
    faces = Face.objects.visible_to(request.user).real().select_related("photo")
    face = get_object_or_404(faces, pk=face_id)
    return look(request, FACES, lambda: from_face(face, request.user))


@require_safe
def search_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """Ask with all faces of a photo that is stored already."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), pk=photo_id)
    return look(request, FACES, lambda: from_photo(photo, request.user))


@require_safe
def search_look(request: SignedInRequest, token: str) -> HttpResponse:
    """The same picture as of a search by looks."""
    probe = look_probes.recall(token, request.user)
    if probe is None:
        return ask(request, FACES, request.GET, FORGOTTEN, status=410)
    if probe.stored_photo:
        return search_photo(request, probe.stored_photo)
    return look(request, FACES, lambda: look_probes.faces_of(probe, request.user))


@require_POST
def draw_face(request: SignedInRequest, token: str) -> HttpResponse:
    """Add a face that was not found in the picture, and look for it too."""

    def add(probe: Probe, form: BoxForm, question: QueryDict) -> Probe:
        if not form.is_valid():
            raise ProbeError("This is no box within the picture. Draw it around the face.")
        probe = add_face(probe, form.box.clipped(), request.user)
        drawn = probe.faces[-1]
        if not drawn.is_usable:
            raise ProbeError(drawn.problem)
        question.appendlist("face", str(drawn.number))
        return probe

    return draw(request, FACES, token, add)
