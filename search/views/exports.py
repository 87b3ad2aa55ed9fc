"""Taking away what a page of results shows, whole."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from search.asking import Asked
from search.exports import ExportError, page_of_photo, to_csv, to_zip
from search.forms import QuestionForm
from search.probes import Probe
from search.reception import BusyError
from search.throttling import seconds_to_wait
from search.views.entries import with_probe
from search.views.pictures import FACES
from search.views.refusals import busy, slow_down


@require_safe
def answer_csv(request: SignedInRequest, token: str = "") -> HttpResponseBase:
    return _export(request, token, lambda asked: to_csv(asked, page_of_photo(request)))


@require_safe
def answer_zip(request: SignedInRequest, token: str = "") -> HttpResponseBase:
    return _export(request, token, to_zip)


def hand_out(
    request: SignedInRequest, make: Callable[[], HttpResponseBase], results: str
) -> HttpResponseBase:
    """The file, or back to the address of the results with a sentence that says why not."""
    if wait := seconds_to_wait(request.user):
        return slow_down(request, wait)
    try:
        return make()
    except BusyError as error:
        return busy(request, str(error))
    except ExportError as error:
        messages.error(request, str(error))
        return redirect(results)


def _export(
    request: SignedInRequest, token: str, make: Callable[[Asked], HttpResponseBase]
) -> HttpResponseBase:
    def export(probe: Probe | None) -> HttpResponseBase:
        form = QuestionForm(request.user, request.GET, probe.faces if probe else ())
        if not form.is_valid() or not form.asked().is_complete:
            raise Http404("This question cannot be asked.")
        results = FACES.address(probe, request.GET)
        return hand_out(request, lambda: make(form.asked()), results)

    return with_probe(request, FACES, token, export)
