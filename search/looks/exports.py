"""Pages that take away what was found by looks."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from galleries.models import Photo
from search.exports import ExportError
from search.looks.asking import Asked
from search.looks.pictures import ask
from search.looks.probes import LookProbe, recall
from search.looks.tables import to_csv, to_zip
from search.looks.views import read
from search.reception import BusyError
from search.throttling import seconds_to_wait
from search.views.refusals import FORGOTTEN, busy, slow_down

Export = Callable[[HttpRequest, Asked], HttpResponseBase]


@require_safe
def answer_csv(request: SignedInRequest, token: str) -> HttpResponseBase:
    return _export_answer(request, token, csv_of)


@require_safe
def answer_zip(request: SignedInRequest, token: str) -> HttpResponseBase:
    return _export_answer(request, token, _zip)


@require_safe
def photos_csv(request: SignedInRequest) -> HttpResponseBase:
    return _export(request, None, csv_of)


@require_safe
def photos_zip(request: SignedInRequest) -> HttpResponseBase:
    return _export(request, None, _zip)


def csv_of(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    def address(photo: Photo) -> str:
        return request.build_absolute_uri(reverse("photo", args=[photo.pk]))

    return to_csv(asked, address)


def _zip(_request: HttpRequest, asked: Asked) -> HttpResponseBase:
    return to_zip(asked)


def _export_answer(request: SignedInRequest, token: str, export: Export) -> HttpResponseBase:
    probe = recall(token, request.user)
    if probe is None:
        return ask(request, request.GET, FORGOTTEN, status=410)
    return _export(request, probe, export)


def _export(request: SignedInRequest, probe: LookProbe | None, export: Export) -> HttpResponseBase:
    """The file, or back to the results with a sentence that says why not."""
    question = read(request, probe)
    if question.form.problem:
        raise Http404("This question cannot be asked.")
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    try:
        return export(request, question.asked)
    except BusyError as error:
        return busy(request, str(error))
    except ExportError as error:
        messages.error(request, str(error))
        return _back(request, probe)


def _back(request: SignedInRequest, probe: LookProbe | None) -> HttpResponse:
    page = reverse("looks-answer", args=[probe.token]) if probe else reverse("looks-photos")
    return redirect(f"{page}?{request.GET.urlencode()}")
