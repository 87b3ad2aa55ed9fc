"""Bodies that a view did not read.

A server that answers and closes while a body is still arriving resets the connection. The client,
or nginx between, may lose the answer with it and report a broken server instead of "sign in first".
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError

CHUNK_BYTES = 64 * 1024
#: Of a larger rest the connection is reset after all: nobody may keep a server reading.
MOST_BYTES = 32 * 1024 * 1024


class ReadToTheEndMiddleware:
    """Reads what is left of a body, and forgets it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        try:
            left = MOST_BYTES
            while left > 0 and (chunk := request.read(CHUNK_BYTES)):
                left -= len(chunk)
        except UnreadablePostError:
            pass  # the client has gone, and with it whoever could miss the answer
        return response
