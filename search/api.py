"""Searching by token: a picture becomes a probe, a probe gives matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode

from django.core.files.base import File
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, Throttled, ValidationError
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from accounts.api import user_of
from faceengine.packs import Strictness
from galleries.api.access import find_face
from galleries.models import Gallery
from search.asking import Asked, answer
from search.pages import Cursor, CursorError, Match
from search.probes import Probe, ProbeError, ProbeFace, from_face, look_at, recall
from search.reception import is_too_large, keep_in_memory, too_large_sentence
from search.scope import Filters, Scope
from search.serializers import (
    AnswerSerializer,
    MatchesSerializer,
    PictureSerializer,
    ProbeSerializer,
    QuestionSerializer,
    SearchSerializer,
    StoredFaceSerializer,
)
from search.throttling import seconds_to_wait


class PictureTooLargeError(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


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


@dataclass(frozen=True, slots=True)
class MatchesPage:
    """Some matches with the addresses of those before and after them."""

    next: str | None
    previous: str | None
    total: int
    nearest: Sequence[Match]
    matches: Sequence[Match]


class ProbeList(SearchView):
    @extend_schema(
        summary="Show a picture to search with",
        request={
            "multipart/form-data": PictureSerializer,
            "application/json": StoredFaceSerializer,
        },
        responses={201: ProbeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Find every face in a picture, so that the user can choose whom to look for.

        The picture is never stored; what was seen in it is forgotten after 15 minutes.
        """
        asked = PictureSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        if "face" in asked.validated_data:
            probe = from_face(find_face(request, asked.validated_data["face"]), user_of(request))
        else:
            probe = _look_at(request, asked.validated_data["photo"])
        return Response(ProbeSerializer(probe).data, status=status.HTTP_201_CREATED)


class ProbeDetail(SearchView):
    # looking at the answer again is no search
    throttle_classes = ()

    @extend_schema(summary="Show the faces of a probe", responses=ProbeSerializer)
    def get(self, request: Request, token: str) -> Response:
        return Response(ProbeSerializer(_recall(request, token)).data)


class ProbeMatches(SearchView):
    @extend_schema(
        summary="Find the photos that show the chosen faces",
        parameters=[QuestionSerializer],
        responses=MatchesSerializer,
    )
    def get(self, request: Request, token: str) -> Response:
        """Best first. An empty list is a proper answer: nobody here looks like that."""
        asked = QuestionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = _find_matches(request, _recall(request, token), asked.validated_data)
        return Response(MatchesSerializer(page, context={"request": request}).data)


class Search(SearchView):
    @extend_schema(
        summary="Search with a photo in one step",
        request={"multipart/form-data": SearchSerializer},
        responses=AnswerSerializer,
    )
    def post(self, request: Request) -> Response:
        """Photos that show any of the usable faces of the picture.

        To choose among the faces, ask `/probes/{token}/matches` with the token that comes back.
        """
        asked = SearchSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        scope = {key: asked.validated_data[key] for key in asked.validated_data if key != "photo"}
        probe = _look_at(request, asked.validated_data["photo"])
        answer = {"probe": probe, "matches": _find_matches(request, probe, scope)}
        return Response(AnswerSerializer(answer, context={"request": request}).data)


def _look_at(request: Request, photo: File[bytes]) -> Probe:
    try:
        return look_at(photo.read(), user_of(request))
    except ProbeError as error:
        raise ValidationError(str(error)) from error


def _recall(request: Request, token: str) -> Probe:
    probe = recall(token, user_of(request))
    if probe is None:
        raise NotFound("This picture is forgotten: it is kept for 15 minutes only. Send it again.")
    return probe


def _find_matches(request: Request, probe: Probe, asked: Mapping[str, Any]) -> MatchesPage:
    filters = Filters(galleries=_choose_galleries(request, asked.get("gallery")))
    found = answer(
        Asked(
            Scope(user_of(request), filters),
            _choose_faces(probe, asked.get("face")),
            strictness=Strictness(asked["strictness"]),
            cursor=_to_cursor(asked.get("cursor", "")),
            limit=asked["page_size"],
        )
    )
    return MatchesPage(
        next=_link(request, probe, asked, found.page.next),
        previous=_link(request, probe, asked, found.page.previous),
        total=found.page.total,
        nearest=found.nearest,
        matches=found.page.matches,
    )


def _choose_faces(probe: Probe, numbers: Sequence[int] | None) -> list[ProbeFace]:
    """The faces of these numbers; without numbers all that are usable."""
    if numbers is None:
        return [face for face in probe.faces if face.is_usable]
    by_number = {face.number: face for face in probe.faces}
    for number in numbers:
        if number not in by_number:
            raise ValidationError({"face": [f"The picture has no face of number {number}."]})
        if not by_number[number].is_usable:
            raise ValidationError({"face": [by_number[number].problem]})
    return [by_number[number] for number in dict.fromkeys(numbers)]


def _choose_galleries(request: Request, ids: Sequence[int] | None) -> tuple[int, ...]:
    """Empty is everywhere."""
    if ids is None:
        return ()
    chosen = Gallery.objects.visible_to(user_of(request)).filter(pk__in=ids)
    if chosen.count() < len(set(ids)):
        raise NotFound("There is no such gallery, or you are not a member of it.")
    return tuple(ids)


def _link(
    request: Request, probe: Probe, asked: Mapping[str, Any], cursor: Cursor | None
) -> str | None:
    """The address of another page of the same question."""
    if cursor is None:
        return None
    address = reverse("api-probe-matches", args=[probe.token], request=request)
    return f"{address}?{urlencode({**asked, 'cursor': cursor.to_text()}, doseq=True)}"


def _to_cursor(text: str) -> Cursor | None:
    try:
        return Cursor.from_text(text) if text else None
    except CursorError as error:
        sentence = "Use the cursor as it came in “next” or “previous”."
        raise ValidationError({"cursor": [sentence]}) from error
