"""Search by photo: show a picture, choose among its faces, get the photos that show them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import User
from accounts.requests import SignedInRequest
from faceengine.packs import Strictness
from galleries.models import Face
from search.asking import Answer, Asked
from search.asking import answer as answer_to
from search.forms import LEVELS, PictureForm, QuestionForm, offered_galleries
from search.probes import Probe, ProbeError, from_face, look_at, recall
from search.reception import is_too_large, keep_in_memory, too_large_sentence
from search.throttling import seconds_to_wait

FORGOTTEN = "That picture is forgotten by now: it is kept for 15 minutes only. Choose it again."


@dataclass(frozen=True, slots=True)
class Level:
    """A strictness as the page offers it."""

    value: str
    title: str
    meaning: str
    strangers: int
    is_chosen: bool


# nothing may read the body before `keep_in_memory`: the token is checked by `_receive`
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _ask(request)
    keep_in_memory(request)
    if is_too_large(request):
        return _ask(request, too_large_sentence(), status=413)
    return _receive(request)


@csrf_protect
def _receive(request: SignedInRequest) -> HttpResponse:
    if wait := seconds_to_wait(request.user):
        return _slow_down(request, wait)
    form = PictureForm(request.user, request.POST, request.FILES)
    if not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return _ask(request, " ".join(sentences), status=400)
    try:
        probe = look_at(form.cleaned_data["photo"].read(), request.user)
    except ProbeError as error:
        return _ask(request, str(error), status=400)
    return _to_answer(probe, [gallery.pk for gallery in form.cleaned_data["gallery"]])


@require_safe
def search_face(request: SignedInRequest, face_id: int) -> HttpResponse:
    """Ask with a face that is stored already."""
    faces = Face.objects.visible_to(request.user).real().select_related("photo")
    face = get_object_or_404(faces, pk=face_id)
    if wait := seconds_to_wait(request.user):
        return _slow_down(request, wait)
    return _to_answer(from_face(face, request.user), [])


@never_cache
@require_safe
def answer(request: SignedInRequest, token: str) -> HttpResponse:
    """The faces of a probe and the photos that show the chosen ones.

    htmx asks for the results alone, or for the next of them.
    """
    probe = recall(token, request.user)
    if probe is None:
        return HttpResponseClientRefresh() if request.htmx else _ask(request, FORGOTTEN, status=410)
    form = QuestionForm(request.user, probe, request.GET)
    if not form.is_valid():
        raise Http404("This question cannot be asked.")
    asked = form.asked()
    if asked.is_complete and (wait := seconds_to_wait(request.user)):
        return _slow_down(request, wait)
    found = answer_to(asked) if asked.is_complete else None
    context = _context(request.user, probe, asked) | {
        "answer": found,
        "more": _more(request, found),
    }
    return render(request, _template(request, asked), context)


def _template(request: SignedInRequest, asked: Asked) -> str:
    if not request.htmx or request.htmx.history_restore_request:
        return "search/answer.html"
    return "search/_matches.html" if asked.cursor else "search/_results.html"


def _context(user: User, probe: Probe, asked: Asked) -> dict[str, object]:
    return {
        "probe": probe,
        "usable_count": sum(face.is_usable for face in probe.faces),
        "chosen": {face.number for face in asked.faces},
        "levels": _levels(asked.strictness),
        "galleries": offered_galleries(user),
        "chosen_galleries": asked.scope.filters.galleries,
    }


def _levels(chosen: Strictness) -> list[Level]:
    return [
        Level(
            value=level.value,
            title=LEVELS[level][0],
            meaning=LEVELS[level][1],
            strangers=round(1 / level.false_match_rate),
            is_chosen=level == chosen,
        )
        for level in Strictness
    ]


def _more(request: SignedInRequest, found: Answer | None) -> str:
    """The same question from the next match on; empty at the end."""
    if found is None or found.page.next is None:
        return ""
    question = request.GET.copy()
    question["cursor"] = found.page.next.to_text()
    return f"{request.path}?{question.urlencode()}"


def _ask(request: SignedInRequest, problem: str = "", status: int = 200) -> HttpResponse:
    galleries = offered_galleries(request.user)
    asked = request.GET.getlist("gallery")
    context = {
        "galleries": galleries,
        "chosen_galleries": [gallery.pk for gallery in galleries if str(gallery.pk) in asked],
        "problem": problem,
    }
    return render(request, "search/search.html", context, status=status)


def _to_answer(probe: Probe, gallery_ids: list[int]) -> HttpResponse:
    question = QueryDict(mutable=True)
    question.setlist("gallery", [str(pk) for pk in gallery_ids])
    address = reverse("search-answer", args=[probe.token])
    return redirect(f"{address}?{question.urlencode()}" if gallery_ids else address)


def _slow_down(request: SignedInRequest, seconds: int) -> HttpResponse:
    template = "search/_slow_down.html" if request.htmx else "429.html"
    response = render(request, template, {"seconds": seconds}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
