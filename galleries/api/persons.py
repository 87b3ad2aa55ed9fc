"""Persons: listing, looking at one, and what may be decided about it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from accounts.models import User
from accounts.paging import ByName, NewestFirst
from galleries import identities
from galleries.api.access import (
    faces_in,
    find_editable_person,
    find_gallery,
    find_person,
    persons_in,
)
from galleries.api.decisions import answer, let_follow, refusals
from galleries.models import Batch, Face, Person
from galleries.serializers import (
    DecisionSerializer,
    DifferentSerializer,
    FaceOfPersonSerializer,
    FacesSerializer,
    KnownPersonSerializer,
    MergeSerializer,
    PersonEditSerializer,
    PersonFilterSerializer,
    SplitSerializer,
)


class PersonPages(NewestFirst):
    """Named persons by name; others as they were found, the newest first."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return ByName.ordering if request.query_params.get("filter") == "named" else ("-pk",)


class PersonList(generics.ListAPIView[Person]):
    """The persons of a gallery."""

    queryset = Person.objects.none()
    serializer_class = KnownPersonSerializer
    pagination_class = PersonPages

    def get_queryset(self) -> QuerySet[Person]:
        gallery = find_gallery(self.request, self.kwargs["pk"])
        asked = PersonFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        persons = Person.objects.filter(gallery=gallery)
        match asked.validated_data.get("filter"):
            case "hidden":
                persons = persons.set_aside()
            case "named":
                persons = persons.listed().named()
            case "unnamed":
                persons = persons.listed().unnamed()
            case _:
                persons = persons.listed()
        found = persons.matching(asked.validated_data.get("q", ""))
        return found.with_faces().noticeable().select_related("user")

    @extend_schema(
        summary="List the persons of a gallery",
        parameters=[PersonFilterSerializer],
        responses=KnownPersonSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Newest first; with `filter=named` by name."""
        return self.list(request)


class PersonDetail(APIView):
    @extend_schema(summary="Show a person", responses=KnownPersonSerializer)
    def get(self, request: Request, pk: int) -> Response:
        person = find_person(request, pk)
        shown = Person.objects.with_faces().select_related("user").get(pk=person.pk)
        return Response(KnownPersonSerializer(shown, context={"request": request}).data)

    @extend_schema(
        summary="Name or describe a person",
        request=PersonEditSerializer,
        responses=DecisionSerializer,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """For editors. What stays is left out; each kind of change is a decision of its own."""
        person = find_editable_person(request, pk)
        members = User.objects.filter(memberships__gallery=person.gallery_id)
        asked = PersonEditSerializer(data=request.data, context={"members": members})
        asked.is_valid(raise_exception=True)
        with refusals():
            batches = _edit(person, asked.validated_data, user_of(request))
        return answer(request, batches, person, joined=let_follow(person, person.gallery))

    @extend_schema(summary="Delete a person", responses={200: DecisionSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """For editors. The faces stay in their photos and wait for somebody."""
        person = find_editable_person(request, pk)
        with refusals():
            batch = identities.delete_person(person, user_of(request))
        return answer(request, [batch])


class PersonFaces(generics.ListAPIView[Face]):
    """The faces of a person."""

    queryset = Face.objects.none()
    serializer_class = FaceOfPersonSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Face]:
        person = find_person(self.request, self.kwargs["pk"])
        return Face.objects.of(person).select_related("person")

    @extend_schema(summary="List the faces of a person")
    def get(self, request: Request, pk: int) -> Response:
        """Newest first, each with the id of its photo."""
        return self.list(request)


class PersonMerge(APIView):
    @extend_schema(
        summary="Merge persons into one", request=MergeSerializer, responses=DecisionSerializer
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. All faces of `persons` go to this one; 409 if somebody told two apart."""
        person = find_editable_person(request, pk)
        asked = MergeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        others = persons_in(person.gallery, asked.validated_data["persons"], "persons")
        insist = asked.validated_data["even_if_different"]
        with refusals():
            batch = identities.merge_persons(
                others, person, user_of(request), even_if_different=insist
            )
        return answer(request, [batch], person, joined=let_follow(person, person.gallery))


class PersonSplit(APIView):
    @extend_schema(
        summary="Split faces off a person", request=SplitSerializer, responses=DecisionSerializer
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. The faces become a new person, which is remembered to be another."""
        person = find_editable_person(request, pk)
        asked = SplitSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        faces = faces_in(person.gallery, asked.validated_data["faces"])
        with refusals():
            batch, newcomer = identities.split_person(
                person, faces, user_of(request), asked.validated_data["name"]
            )
        return answer(request, [batch], newcomer, joined=let_follow(newcomer, person.gallery))


class PersonReject(APIView):
    @extend_schema(
        summary="Say that faces are not this person",
        request=FacesSerializer,
        responses=DecisionSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. Remembered for ever; the faces wait for somebody else."""
        person = find_editable_person(request, pk)
        asked = FacesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        faces = faces_in(person.gallery, asked.validated_data["faces"])
        with refusals():
            batch = identities.reject_faces(faces, person, user_of(request))
        return answer(request, [batch], person)


class PersonDifferent(APIView):
    @extend_schema(
        summary="Say that two are different people",
        request=DifferentSerializer,
        responses=DecisionSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. Nothing proposes to merge them again."""
        person = find_editable_person(request, pk)
        asked = DifferentSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        [other] = persons_in(person.gallery, [asked.validated_data["person"]], "person")
        if other.pk == person.pk:
            raise ValidationError({"person": ["This is the same person. Send another one's id."]})
        with refusals():
            batch = identities.tell_apart(person, other, user_of(request))
        return answer(request, [batch], person)


@transaction.atomic
def _edit(person: Person, asked: dict[str, Any], actor: User) -> list[Batch]:
    """The decisions that a client's changes are; all of them or none."""
    batches = []
    if "name" in asked:
        batches.append(identities.name_person(person, asked["name"], actor))
    if {"notes", "born_on", "user"} & {*asked}:
        batches.append(
            identities.edit_person(
                person,
                actor,
                notes=asked.get("notes", person.notes),
                born_on=asked.get("born_on", person.born_on),
                user=asked.get("user", person.user),
            )
        )
    if "cover" in asked:
        [face] = faces_in(person.gallery, [asked["cover"]])
        batches.append(identities.set_cover(person, face, actor))
    return batches + _set_aside(person, asked, actor)


def _set_aside(person: Person, asked: dict[str, Any], actor: User) -> list[Batch]:
    """Hide a person or call it a stranger; showing it takes both back at once."""
    wanted = {"hidden": person.is_hidden, "stranger": person.is_stranger} | {
        field: asked[field] for field in ("hidden", "stranger") if field in asked
    }
    batches = []
    if (person.is_hidden, person.is_stranger) != (wanted["hidden"], wanted["stranger"]):
        if person.is_hidden > wanted["hidden"] or person.is_stranger > wanted["stranger"]:
            batches.append(identities.show_person(person, actor))
        if wanted["hidden"] > person.is_hidden:
            batches.append(identities.hide_person(person, actor))
        if wanted["stranger"] > person.is_stranger:
            batches.append(identities.mark_as_stranger(person, actor))
    return batches
