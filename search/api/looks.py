"""Photos that look like a picture, or that have some colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api import user_of
from galleries import scenes
from galleries.api.access import find_photo
from search.api.base import SearchView, known
from search.api.exports import CSV, ZIP, ZIP_LIMITS, ExportView
from search.api.questions import address, checked, drawn_box, filters_of, to_cursor, with_cursor
from search.exports import page_of_photo
from search.looks.asking import Asked, Match, answer
from search.looks.probes import LookProbe, from_photo, look_at, part_of, recall
from search.looks.tables import to_csv, to_zip
from search.pages import Cursor
from search.scope import Scope
from search.serializers import DrawnBoxSerializer, Words
from search.serializers.looks import (
    LookExportQuestionSerializer,
    LookMatchesSerializer,
    LookPictureSerializer,
    LookQuestionSerializer,
    LookSerializer,
    StoredLookSerializer,
)


@dataclass(frozen=True, slots=True)
class LookMatchesPage:
    """Some matches with the address of those after them."""

    next: str | None
    problem: str
    matches: Sequence[Match]


class LookList(SearchView):
    @extend_schema(
        summary="Show a picture whose likes are looked for",
        request={
            "multipart/form-data": LookPictureSerializer,
            "application/json": StoredLookSerializer,
        },
        responses={201: LookSerializer},
    )
    def post(self, request: Request) -> Response:
        """Never written to disk; forgotten after 15 minutes, with all that was seen in it.

        503 when too many pictures are looked at: send it again after `Retry-After`.
        """
        probe = _make(request, checked(LookPictureSerializer(data=request.data)))
        return Response(LookSerializer(probe).data, status=status.HTTP_201_CREATED)


class LookPart(SearchView):
    @extend_schema(
        summary="Ask with a part of a picture",
        request=DrawnBoxSerializer,
        responses={201: LookSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """A box around it, in fractions of the picture. The answer has a token of its own."""
        whole = find_look(request, token)
        probe = part_of(whole, drawn_box(request), user_of(request))
        return Response(LookSerializer(probe).data, status=status.HTTP_201_CREATED)


class LookMatches(SearchView):
    @extend_schema(
        summary="Find the photos that look most like a picture",
        parameters=[LookQuestionSerializer],
        responses=LookMatchesSerializer,
    )
    def get(self, request: Request, token: str) -> Response:
        """The most alike first: by what they show, by their colours, or by both."""
        return _find(request, find_look(request, token))


class PhotoMatches(SearchView):
    @extend_schema(
        # the name that it would get is that of the matches of one picture
        operation_id="looks_photos_retrieve",
        summary="Find photos by colours and by what is known of them",
        parameters=[LookQuestionSerializer],
        responses=LookMatchesSerializer,
    )
    def get(self, request: Request) -> Response:
        """Without a picture: photos of some colours first, without colours the newest."""
        return _find(request, None)


class LookCsv(ExportView):
    @extend_schema(
        summary="Fetch the photos that look alike as a table",
        parameters=[LookExportQuestionSerializer],
        responses=CSV,
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        """The same question as of `/looks/{token}/matches`: the most alike, at most 480."""
        return to_csv(_asked(request, find_look(request, token)), page_of_photo(request))


class LookZip(ExportView):
    @extend_schema(
        summary="Fetch the photos that look alike",
        description=ZIP_LIMITS,
        parameters=[LookExportQuestionSerializer],
        responses=ZIP,
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        return to_zip(_asked(request, find_look(request, token)))


def find_look(request: Request, token: str) -> LookProbe:
    """Raises: NotFound."""
    return known(recall(token, user_of(request)))


def _make(request: Request, asked: Words) -> LookProbe:
    """Raises: NotFound, ProbeError, BusyError."""
    if "photo" in asked:
        return look_at(asked["photo"].read(), user_of(request))
    return from_photo(find_photo(request, asked["photo_id"]), user_of(request))


def _asked(request: Request, probe: LookProbe | None) -> Asked:
    """Raises: NotFound for what the user does not see, ValidationError."""
    serializer = LookQuestionSerializer(data=request.query_params)
    words = checked(serializer)
    return Asked(
        Scope(user_of(request), filters_of(request, {"least_face": 0, **words})),
        probe=probe,
        palette=serializer.palette,
        weight=words["weight"],
        cursor=to_cursor(words.get("cursor", "")),
        limit=words["page_size"],
    )


def _find(request: Request, probe: LookProbe | None) -> Response:
    asked = _asked(request, probe)
    found = answer(asked)
    is_without = probe is not None and probe.example.scene is None
    page = LookMatchesPage(
        next=_link(request, probe, found.next) if found.next else None,
        problem=scenes.problem() if is_without else "",
        matches=found.matches,
    )
    return Response(LookMatchesSerializer(page, context={"request": request}).data)


def _link(request: Request, probe: LookProbe | None, cursor: Cursor) -> str:
    """The address of another page of the same question."""
    name, args = ("api-look-matches", [probe.token]) if probe else ("api-looks-photos", [])
    said = dict(request.query_params.lists())
    return address(reverse(name, args=args, request=request), with_cursor(said, cursor))
