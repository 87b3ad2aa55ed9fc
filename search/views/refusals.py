"""What the search pages say when a question is not answered now."""

from django.http import HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from accounts.requests import SignedInRequest

FORGOTTEN = "That picture is forgotten by now: it is kept for 15 minutes only. Choose it again."
BUSY_SECONDS = 5


def slow_down(request: SignedInRequest, seconds: int) -> HttpResponse:
    """Results stay as they are, with what belongs to the question among them."""
    response = render(request, _template(request), {"seconds": seconds}, status=429)
    response.headers["Retry-After"] = str(seconds)
    if request.htmx and "cursor" not in request.GET:
        return reswap(retarget(response, "#results-notice"), "innerHTML")
    return response


def _template(request: SignedInRequest) -> str:
    if not request.htmx:
        return "429.html"
    return "search/_more_later.html" if "cursor" in request.GET else "search/_slow_down.html"


def busy(request: SignedInRequest, sentence: str) -> HttpResponse:
    response = render(request, "503.html", {"sentence": sentence}, status=503)
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response
