"""What may be decided about faces, whoever they belong to."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from galleries import identities
from galleries.api.access import find_faces, persons_in
from galleries.api.decisions import answer, let_follow, refusals
from galleries.models import Face, Person
from galleries.serializers import DecisionSerializer, FacesSerializer, MoveSerializer


class FacesMove(APIView):
    @extend_schema(
        summary="Give faces to a person", request=MoveSerializer, responses=DecisionSerializer
    )
    def post(self, request: Request) -> Response:
        """For editors. It also confirms what the matcher guessed.

        To a `name` that somebody in the gallery has, they go to that person; else it is opened.
        """
        asked = MoveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        faces = find_faces(request, asked.validated_data["faces"])
        gallery, name = faces[0].gallery, asked.validated_data.get("name", "")
        if name:
            person = Person.objects.present().filter(gallery=gallery).called(name).first()
        else:
            [person] = persons_in(gallery, [asked.validated_data["person"]], "person")
        with refusals():
            if person:
                batch = identities.move_faces(faces, person, user_of(request))
            else:
                batch, person = identities.open_person_of(faces, user_of(request), name)
        return answer(request, [batch], person, joined=let_follow(person, gallery))


class FacesNotAFace(APIView):
    @extend_schema(
        summary="Say that these are not faces",
        request=FacesSerializer,
        responses=DecisionSerializer,
    )
    def post(self, request: Request) -> Response:
        """For editors. Remembered for ever: they are shown and found no more."""
        faces = _chosen(request)
        with refusals():
            batch = identities.mark_as_no_faces(faces, user_of(request))
        return answer(request, [batch])


class FacesStranger(APIView):
    @extend_schema(
        summary="Say that these are a stranger",
        request=FacesSerializer,
        responses=DecisionSerializer,
    )
    def post(self, request: Request) -> Response:
        """For editors. The faces become one person, which nobody is asked about again."""
        faces = _chosen(request)
        with refusals():
            batch = identities.mark_faces_as_stranger(faces, user_of(request))
        stranger = Person.objects.filter(events__batch=batch, is_stranger=True).first()
        joined = let_follow(stranger, faces[0].gallery) if stranger else 0
        return answer(request, [batch], stranger, joined=joined)


def _chosen(request: Request) -> list[Face]:
    asked = FacesSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return find_faces(request, asked.validated_data["faces"])
