"""Where a search begins: a picture is shown, a photo or a face of one is taken, a face is drawn."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from galleries.face_forms import BoxForm
from galleries.models import Face, Photo
from search import offers
from search.forms import KEPT, PictureForm
from search.probes import Probe, ProbeError, add_face, from_face, from_photo, look_at, recall
from search.reception import BusyError, is_too_large, keep_in_memory, too_large_sentence
from search.throttling import seconds_to_wait
from search.views.questions import address, choose
from search.views.refusals import FORGOTTEN, busy, put_off, slow_down

LONGEST_QUESTION = 4000
TOO_OFTEN = "You searched very often within a minute. Wait for a moment, then choose it again."


# nothing may read the body before `keep_in_memory`: the token is checked by `_receive`
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return ask(request, request.GET)
    keep_in_memory(request)
    if is_too_large(request):
        return ask(request, request.GET, too_large_sentence(), status=413)
    return _receive(request)


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponse:
    if wait := seconds_to_wait(request.user):
        return put_off(ask(request, request.POST, TOO_OFTEN, status=429), wait)
    form = PictureForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return ask(request, request.POST, " ".join(sentences), status=400)
    picture = form.cleaned_data["photo"]
    return _look(request, request.POST, lambda: look_at(picture.read(), request.user))


@require_safe
def search_face(request: SignedInRequest, face_id: int) -> HttpResponse:
    """Ask with a face that is stored already."""
    faces = Face.objects.visible_to(request.user).real().select_related("photo")
    face = get_object_or_404(faces, pk=face_id)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    return _look(request, request.GET, lambda: from_face(face, request.user))


@require_safe
def search_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """Ask with all faces of a photo that is stored already."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), pk=photo_id)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    return _look(request, request.GET, lambda: from_photo(photo, request.user))


@require_POST
def draw_face(request: SignedInRequest, token: str) -> HttpResponse:
    """Add a face that was not found in the picture, and look for it too."""
    question = QueryDict(request.POST.get("question", "")[:LONGEST_QUESTION], mutable=True)
    question.pop("cursor", None)
    probe = recall(token, request.user)
    if probe is None:
        return ask(request, question, FORGOTTEN, status=410)
    answer = _address(probe, question)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait, again=answer)
    form = BoxForm(request.POST)
    try:
        return redirect(_address(_add_face(probe, form, request.user, question), question))
    except BusyError as error:
        return busy(request, str(error), again=answer)
    except ProbeError as error:
        messages.error(request, str(error))
        return redirect(answer)


def _add_face(probe: Probe, form: BoxForm, user: User, question: QueryDict) -> Probe:
    """Raises: ProbeError, BusyError."""
    if not form.is_valid():
        raise ProbeError("This is no box within the picture. Draw it around the face.")
    probe = add_face(probe, form.box.clipped(), user)
    drawn = probe.faces[-1]
    if not drawn.is_usable:
        raise ProbeError(drawn.problem)
    question.appendlist("face", str(drawn.number))
    return probe


def ask(
    request: SignedInRequest, question: QueryDict, problem: str = "", status: int = 200
) -> HttpResponse:
    """The page that asks for a picture, and keeps what else was asked."""
    galleries = offers.galleries(request.user)
    asked = question.getlist("gallery")
    context = {
        "galleries": galleries,
        "chosen_galleries": [gallery.pk for gallery in galleries if str(gallery.pk) in asked],
        "kept": [(key, value) for key in KEPT for value in question.getlist(key) if value],
        "problem": problem,
    }
    return render(request, "search/search.html", context, status=status)


def _look(request: SignedInRequest, asked: QueryDict, look: Callable[[], Probe]) -> HttpResponse:
    try:
        probe = look()
    except BusyError as error:
        if request.method == "POST":
            return put_off(ask(request, asked, str(error), status=503))
        return busy(request, str(error))
    except ProbeError as error:
        return ask(request, asked, str(error), status=400)
    question = choose(asked, "gallery", *KEPT)
    # the only face needs no choosing
    if len(probe.usable_faces) == 1:
        question["face"] = str(probe.usable_faces[0].number)
    return redirect(_address(probe, question))


def _address(probe: Probe, question: QueryDict) -> str:
    """Of the answer."""
    return address(reverse("search-answer", args=[probe.token]), question)
