"""What all doors of the search have in common: its budget, and pictures that stay in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from django.http import HttpRequest
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, Throttled, ValidationError
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.api import user_of
from search.exports import ExportError
from search.probes import FORGOTTEN, Probe, ProbeError, recall
from search.reception import (
    RETRY_AFTER_SECONDS,
    BusyError,
    is_too_large,
    keep_in_memory,
    too_large_sentence,
)
from search.throttling import seconds_to_wait

ProbeT = TypeVar("ProbeT")


class PictureTooLargeError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class NoRoomError(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"
    # REST framework makes the header Retry-After of it
    wait = RETRY_AFTER_SECONDS


#: What the search refuses with a sentence, which stays.
REFUSALS: Mapping[type[Exception], type[APIException]] = {
    BusyError: NoRoomError,
    ProbeError: ValidationError,
    ExportError: ValidationError,
}


class SearchThrottle(BaseThrottle):
    """The budget that a user's searches by page and by API share."""

    def allow_request(self, request: Request, _view: APIView) -> bool:
        self.seconds = seconds_to_wait(user_of(request))
        return not self.seconds

    def wait(self) -> float:
        return self.seconds


class SearchView(APIView):
    throttle_classes: Sequence[type[BaseThrottle]] = (SearchThrottle,)
    parser_classes = (MultiPartParser, JSONParser, FormParser)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Before anything reads the body, or a large picture would pass through the disk."""
        keep_in_memory(request)
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if is_too_large(request):
            raise PictureTooLargeError(too_large_sentence())
        super().initial(request, *args, **kwargs)

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        raise Throttled(wait, "These are too many searches in one minute.")

    def handle_exception(self, error: Exception) -> Response:
        refusal = REFUSALS.get(type(error))
        return super().handle_exception(refusal(str(error)) if refusal else error)


def find_probe(request: Request, token: str) -> Probe:
    """Raises: NotFound."""
    return known(recall(token, user_of(request)))


def known(probe: ProbeT | None) -> ProbeT:
    """Raises: NotFound."""
    if probe is None:
        raise NotFound(FORGOTTEN)
    return probe
