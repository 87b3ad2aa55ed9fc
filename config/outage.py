"""While Redis is away: searching and signing in say so, everything else goes on."""

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from redis.exceptions import ConnectionError as RedisConnectionError

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 10
SENTENCE = "The server cannot do this for the moment. Try again in a minute; nothing was lost."


class RedisOutageMiddleware:
    """Turns a lost Redis into 503 with a sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RedisConnectionError):
            return None
        logger.error("Redis cannot be reached: %s", error)
        response: HttpResponse
        if request.path.startswith("/api/"):
            response = JsonResponse({"detail": SENTENCE}, status=503)
        else:
            response = render(request, "503.html", {"sentence": SENTENCE}, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
