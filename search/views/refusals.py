"""What the search pages say when a question is not answered now."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.requests import SignedInRequest

FORGOTTEN = "That picture is forgotten by now: it is kept for 15 minutes only. Choose it again."
BUSY_SECONDS = 5


def slow_down(request: SignedInRequest, seconds: int) -> HttpResponse:
    template = "search/_slow_down.html" if request.htmx else "429.html"
    response = render(request, template, {"seconds": seconds}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def busy(request: SignedInRequest, sentence: str) -> HttpResponse:
    response = render(request, "503.html", {"sentence": sentence}, status=503)
    response.headers["Retry-After"] = str(BUSY_SECONDS)
    return response
