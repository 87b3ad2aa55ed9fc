"""The photos that answer a question, one by one or by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api import user_of
from faceengine.packs import Strictness
from galleries.models import Person
from search.api.base import SearchView, find_probe
from search.api.questions import address, asked_with, checked, with_cursor
from search.asking import NOBODY, answer, answer_in_groups
from search.grouping import Group
from search.pages import Cursor, Match
from search.probes import Probe, look_at
from search.serializers import (
    AnswerSerializer,
    GroupsQuestionSerializer,
    GroupsSerializer,
    MatchesSerializer,
    PersonsGroupsQuestionSerializer,
    PersonsQuestionSerializer,
    QuestionSerializer,
    SearchSerializer,
    Words,
)


@dataclass(frozen=True, slots=True)
class MatchesPage:
    """Some matches with the addresses of those before and after them."""

    next: str | None
    previous: str | None
    total: int
    strictness: Strictness
    nearest: Sequence[Match]
    matches: Sequence[Match]


@dataclass(frozen=True, slots=True)
class LinkedGroup:
    """A group with the address of all its matches."""

    person: Person | None
    photo_count: int
    best: Sequence[Match]
    matches: str


@dataclass(frozen=True, slots=True)
class GroupsPage:
    next: str | None
    previous: str | None
    total: int
    strictness: Strictness
    groups: Sequence[LinkedGroup]


class ProbeMatches(SearchView):
    @extend_schema(
        summary="Find the photos that show the chosen faces",
        parameters=[QuestionSerializer],
        responses=MatchesSerializer,
    )
    def get(self, request: Request, token: str) -> Response:
        """Likeliest first. An empty list is a proper answer: nobody here looks like that."""
        probe = find_probe(request, token)
        words = checked(QuestionSerializer(data=request.query_params))
        page = _find_matches(request, words, probe)
        return Response(MatchesSerializer(page, context={"request": request}).data)


class ProbeGroups(SearchView):
    @extend_schema(
        summary="Find whom the photos show",
        parameters=[GroupsQuestionSerializer],
        responses=GroupsSerializer,
    )
    def get(self, request: Request, token: str) -> Response:
        """The same matches by person, faces of nobody yet last.

        A photo that answers by faces of two persons is in both groups.
        """
        probe = find_probe(request, token)
        words = checked(GroupsQuestionSerializer(data=request.query_params))
        page = _find_groups(request, words, probe)
        return Response(GroupsSerializer(page, context={"request": request}).data)


class PersonsMatches(SearchView):
    @extend_schema(
        summary="Find the photos that show persons",
        parameters=[PersonsQuestionSerializer],
        responses=MatchesSerializer,
    )
    def get(self, request: Request) -> Response:
        """Without a picture: by all that is known of at least one person."""
        words = checked(PersonsQuestionSerializer(data=request.query_params))
        page = _find_matches(request, words, None)
        return Response(MatchesSerializer(page, context={"request": request}).data)


class PersonsGroups(SearchView):
    @extend_schema(
        summary="Find who is recognised when persons are looked for",
        parameters=[PersonsGroupsQuestionSerializer],
        responses=GroupsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The same matches by person, faces of nobody yet last."""
        words = checked(PersonsGroupsQuestionSerializer(data=request.query_params))
        page = _find_groups(request, words, None)
        return Response(GroupsSerializer(page, context={"request": request}).data)


class Search(SearchView):
    @extend_schema(
        summary="Search with a photo in one step",
        request={"multipart/form-data": SearchSerializer},
        responses=AnswerSerializer,
    )
    def post(self, request: Request) -> Response:
        """With all usable faces of the picture: photos of any of them, or of all together.

        To choose among the faces, ask `/probes/{token}/matches` with the token that comes back.
        """
        words = dict(checked(SearchSerializer(data=request.data)))
        probe = look_at(words.pop("photo").read(), user_of(request))
        found = {"probe": probe, "matches": _find_matches(request, words, probe)}
        return Response(AnswerSerializer(found, context={"request": request}).data)


def _find_matches(request: Request, words: Words, probe: Probe | None) -> MatchesPage:
    asked = asked_with(request, words, probe)
    found = answer(asked)
    return MatchesPage(
        next=_link(request, "matches", words, probe, found.page.next),
        previous=_link(request, "matches", words, probe, found.page.previous),
        total=found.page.total,
        strictness=asked.strictness,
        nearest=found.nearest,
        matches=found.page.matches,
    )


def _find_groups(request: Request, words: Words, probe: Probe | None) -> GroupsPage:
    asked = asked_with(request, words, probe)
    found = answer_in_groups(asked)
    return GroupsPage(
        next=_link(request, "groups", words, probe, found.next),
        previous=_link(request, "groups", words, probe, found.previous),
        total=found.total,
        strictness=asked.strictness,
        groups=[_with_link(request, group, words, probe) for group in found.groups],
    )


def _with_link(request: Request, group: Group, words: Words, probe: Probe | None) -> LinkedGroup:
    kept = {key: words[key] for key in words if key not in {"cursor", "page_size"}}
    kept["group"] = group.person.pk if group.person else NOBODY
    address = _address(request, "matches", kept, probe)
    return LinkedGroup(group.person, group.photo_count, group.best, address)


def _link(
    request: Request, form: str, words: Words, probe: Probe | None, cursor: Cursor | None
) -> str | None:
    """The address of another page of the same question."""
    return _address(request, form, with_cursor(words, cursor), probe) if cursor else None


def _address(request: Request, form: str, words: Words, probe: Probe | None) -> str:
    name, args = (f"api-probe-{form}", [probe.token]) if probe else (f"api-{form}", [])
    return address(reverse(name, args=args, request=request), words)
