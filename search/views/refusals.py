"""What the search pages say when a question is not answered now."""

from django.http import HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from accounts.requests import SignedInRequest

FORGOTTEN = "That picture is forgotten by now: it is kept for 15 minutes only. Choose it again."
BUSY_SECONDS = 5


def slow_down(request: SignedInRequest, seconds: int, again: str = "") -> HttpResponse:
    """Results stay as they are, with what belongs to the question among them.

    `again` is where to try again, for who sent something; others do so at the same address.
    """
    context = {"seconds": seconds, "again": again or _own_address(request)}
    response = put_off(render(request, _template(request), context, status=429), seconds)
    if request.htmx and "cursor" not in request.GET:
        return reswap(retarget(response, "#results-notice"), "innerHTML")
    return response


def busy(request: SignedInRequest, sentence: str, again: str = "") -> HttpResponse:
    """`again` as in `slow_down`."""
    context = {"sentence": sentence, "again": again or _own_address(request)}
    return put_off(render(request, "503.html", context, status=503), BUSY_SECONDS)


def put_off(response: HttpResponse, seconds: int = BUSY_SECONDS) -> HttpResponse:
    response.headers["Retry-After"] = str(seconds)
    return response


def _template(request: SignedInRequest) -> str:
    if not request.htmx:
        return "429.html"
    return "search/_more_later.html" if "cursor" in request.GET else "search/_slow_down.html"


def _own_address(request: SignedInRequest) -> str:
    return request.get_full_path() if request.method == "GET" else ""
