"""Pages that take away what was found by looks."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from search.exports import page_of_photo
from search.looks.asking import Asked
from search.looks.pictures import LOOKS
from search.looks.probes import LookProbe
from search.looks.tables import to_csv, to_zip
from search.looks.views import read
from search.views.entries import with_probe
from search.views.exports import hand_out


@require_safe
def answer_csv(request: SignedInRequest, token: str = "") -> HttpResponseBase:
    return _export(request, token, lambda asked: to_csv(asked, page_of_photo(request)))


@require_safe
def answer_zip(request: SignedInRequest, token: str = "") -> HttpResponseBase:
    return _export(request, token, to_zip)


def _export(
    request: SignedInRequest, token: str, make: Callable[[Asked], HttpResponseBase]
) -> HttpResponseBase:
    def export(probe: LookProbe | None) -> HttpResponseBase:
        question = read(request, probe)
        if question.form.problem:
            raise Http404("This question cannot be asked.")
        return hand_out(request, lambda: make(question.asked), LOOKS.address(probe, request.GET))

    return with_probe(request, LOOKS, token, export)
