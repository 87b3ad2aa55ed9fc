"""Taking away what a page of results shows, whole."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from galleries.models import Photo
from search.asking import Asked
from search.exports import ExportError, to_csv, to_zip
from search.forms import QuestionForm
from search.probes import Probe, recall
from search.reception import BusyError
from search.throttling import seconds_to_wait
from search.views.pictures import ask
from search.views.refusals import FORGOTTEN, busy, slow_down

Export = Callable[[HttpRequest, Asked], HttpResponseBase]


@require_safe
def answer_csv(request: SignedInRequest, token: str) -> HttpResponseBase:
    return _export_answer(request, token, _csv)


@require_safe
def answer_zip(request: SignedInRequest, token: str) -> HttpResponseBase:
    return _export_answer(request, token, _zip)


@require_safe
def people_csv(request: SignedInRequest) -> HttpResponseBase:
    return _export(request, None, _csv)


@require_safe
def people_zip(request: SignedInRequest) -> HttpResponseBase:
    return _export(request, None, _zip)


def _export_answer(request: SignedInRequest, token: str, export: Export) -> HttpResponseBase:
    probe = recall(token, request.user)
    if probe is None:
        return ask(request, request.GET, FORGOTTEN, status=410)
    return _export(request, probe, export)


def _export(request: SignedInRequest, probe: Probe | None, export: Export) -> HttpResponseBase:
    """The file, or back to the results with a sentence that says why not."""
    form = QuestionForm(request.user, request.GET, probe.faces if probe else ())
    if not form.is_valid() or not form.asked().is_complete:
        raise Http404("This question cannot be asked.")
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    try:
        return export(request, form.asked())
    except BusyError as error:
        return busy(request, str(error))
    except ExportError as error:
        messages.error(request, str(error))
        return _back(request, probe)


def _csv(request: HttpRequest, asked: Asked) -> HttpResponseBase:
    def address(photo: Photo) -> str:
        return request.build_absolute_uri(reverse("photo", args=[photo.pk]))

    return to_csv(asked, address)


def _zip(_request: HttpRequest, asked: Asked) -> HttpResponseBase:
    return to_zip(asked)


def _back(request: SignedInRequest, probe: Probe | None) -> HttpResponse:
    page = reverse("search-answer", args=[probe.token]) if probe else reverse("search-people")
    return redirect(f"{page}?{request.GET.urlencode()}")
