"""Where a search by looks begins: a picture is shown, a stored photo taken, a part drawn."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from faceengine.pictures import to_jpeg
from galleries import scenes
from galleries.engine import WORKING_SIDE
from galleries.face_forms import BoxForm
from galleries.models import Photo
from search import offers
from search import probes as face_probes
from search.forms import FILTERS, PictureForm
from search.looks.probes import (
    LookProbe,
    from_photo,
    from_probe,
    look_at,
    part_of,
    picture_of,
    recall,
)
from search.probes import ProbeError
from search.reception import BusyError, is_too_large, keep_in_memory, too_large_sentence
from search.throttling import seconds_to_wait
from search.views.questions import address, choose
from search.views.refusals import FORGOTTEN, busy, slow_down

#: What is kept when another picture is shown.
KEPT = (*(name for name in FILTERS if name not in {"gallery", "least_face"}), "weight")


# nothing may read the body before `keep_in_memory`: the token is checked by `_receive`
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def looks(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return ask(request, request.GET)
    keep_in_memory(request)
    if is_too_large(request):
        return ask(request, request.GET, too_large_sentence(), status=413)
    return _receive(request)


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponse:
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    form = PictureForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return ask(request, request.POST, " ".join(sentences), status=400)
    picture = form.cleaned_data["photo"]
    return _look(request, request.POST, lambda: look_at(picture.read(), request.user))


@require_safe
def looks_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """More photos that look like one that is stored."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), pk=photo_id)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    return _look(request, request.GET, lambda: from_photo(photo, request.user))


@require_safe
def looks_of_faces(request: SignedInRequest, token: str) -> HttpResponse:
    """The same picture as of a search for faces."""
    probe = face_probes.recall(token, request.user)
    if probe is None:
        return ask(request, request.GET, FORGOTTEN, status=410)
    if probe.stored_photo:
        return looks_photo(request, probe.stored_photo)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    return _look(request, request.GET, lambda: from_probe(probe, request.user))


@require_safe
def faces_of_look(request: SignedInRequest, token: str) -> HttpResponse:
    """And back: the faces of a picture whose likes were looked for."""
    probe = recall(token, request.user)
    if probe is None:
        return ask(request, request.GET, FORGOTTEN, status=410)
    if probe.stored_photo:
        return redirect("search-photo", probe.stored_photo)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    try:
        picture = to_jpeg(picture_of(probe, request.user), WORKING_SIDE)
        found = face_probes.look_at(picture, request.user)
    except BusyError as error:
        return busy(request, str(error))
    except ProbeError as error:
        return ask(request, request.GET, str(error), status=400)
    return redirect("search-answer", found.token)


@require_POST
def part(request: SignedInRequest, token: str) -> HttpResponse:
    """Ask with what was drawn around."""
    whole = recall(token, request.user)
    if whole is None:
        return ask(request, request.POST, FORGOTTEN, status=410)
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    form = BoxForm(request.POST)
    try:
        return _to_answer(_cut_out(whole, form, request), request.POST)
    except BusyError as error:
        return busy(request, str(error))
    except ProbeError as error:
        messages.error(request, str(error))
        return _to_answer(whole, request.POST)


def _cut_out(whole: LookProbe, form: BoxForm, request: SignedInRequest) -> LookProbe:
    """Raises: ProbeError, BusyError."""
    if not form.is_valid():
        raise ProbeError("This is no box within the picture. Draw it around a part of it.")
    return part_of(whole, form.box.clipped(), request.user)


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
        "backbone_problem": scenes.problem() if galleries else "",
    }
    return render(request, "search/looks/ask.html", context, status=status)


def _look(
    request: SignedInRequest, asked: QueryDict, look: Callable[[], LookProbe]
) -> HttpResponse:
    try:
        return _to_answer(look(), asked)
    except BusyError as error:
        return busy(request, str(error))
    except ProbeError as error:
        return ask(request, asked, str(error), status=400)


def _to_answer(probe: LookProbe, asked: QueryDict) -> HttpResponse:
    question = choose(asked, "gallery", *KEPT)
    return redirect(address(reverse("looks-answer", args=[probe.token]), question))
