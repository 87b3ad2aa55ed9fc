"""Where a search by looks begins: a picture is shown, a stored photo taken, a part drawn."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import scenes
from galleries.face_forms import BoxForm
from galleries.models import Photo
from search import probes as face_probes
from search.forms import FILTERS
from search.looks.probes import LookProbe, from_photo, from_probe, look_at, part_of, recall
from search.probes import ProbeError
from search.views.entries import Entry, ask, draw, enter, look
from search.views.refusals import FORGOTTEN

LOOKS = Entry(
    tab="looks",
    template="search/looks/ask.html",
    answer="looks-answer",
    answer_without="looks-photos",
    kept=(*(name for name in FILTERS if name != "least_face"), "weight", "colour", "share"),
    look_at=look_at,
    recall=recall,
    remark=scenes.problem,
)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def looks(request: SignedInRequest) -> HttpResponse:
    return enter(request, LOOKS)


@require_safe
def looks_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """More photos that look like one that is stored."""
    photo = get_object_or_404(Photo.objects.visible_to(request.user), pk=photo_id)
    return look(request, LOOKS, lambda: from_photo(photo, request.user))


@require_safe
def looks_of_faces(request: SignedInRequest, token: str) -> HttpResponse:
    """The same picture as of a search for faces."""
    probe = face_probes.recall(token, request.user)
    if probe is None:
        return ask(request, LOOKS, request.GET, FORGOTTEN, status=410)
    if probe.stored_photo:
        return looks_photo(request, probe.stored_photo)
    return look(request, LOOKS, lambda: from_probe(probe, request.user))


@require_POST
def part(request: SignedInRequest, token: str) -> HttpResponse:
    """Ask with what was drawn around."""

    def cut_out(whole: LookProbe, form: BoxForm, _question: QueryDict) -> LookProbe:
        if not form.is_valid():
            raise ProbeError("This is no box within the picture. Draw it around a part of it.")
        return part_of(whole, form.box.clipped(), request.user)

    return draw(request, LOOKS, token, cut_out)
