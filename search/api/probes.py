"""Pictures to search with."""

from __future__ import annotations

from django.core.files.base import File
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import user_of
from galleries.api.access import find_face, find_photo
from search.api.base import SearchView, find_probe
from search.probes import Probe, ProbeError, add_face, from_face, from_photo, look_at
from search.serializers import (
    DrawnBoxSerializer,
    PictureSerializer,
    ProbeSerializer,
    StoredPictureSerializer,
)


class ProbeList(SearchView):
    @extend_schema(
        summary="Show a picture to search with",
        request={
            "multipart/form-data": PictureSerializer,
            "application/json": StoredPictureSerializer,
        },
        responses={201: ProbeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Find every face in a picture, so that the user can choose whom to look for.

        The picture is never written to disk; it is forgotten after 15 minutes, with all that was
        seen in it. 503 when too many pictures are looked at: send it again after `Retry-After`.
        """
        asked = PictureSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        probe = _make(request, asked)
        return Response(ProbeSerializer(probe).data, status=status.HTTP_201_CREATED)


class ProbeDetail(SearchView):
    # looking at the answer again is no search
    throttle_classes = ()

    @extend_schema(summary="Show the faces of a probe", responses=ProbeSerializer)
    def get(self, request: Request, token: str) -> Response:
        return Response(ProbeSerializer(find_probe(request, token)).data)


class ProbeFaces(SearchView):
    @extend_schema(
        summary="Mark a face by hand",
        request=DrawnBoxSerializer,
        responses={201: ProbeSerializer},
    )
    def post(self, request: Request, token: str) -> Response:
        """For a face that was not found: a box around it. The new face is the last one."""
        probe = find_probe(request, token)
        asked = DrawnBoxSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            probe = add_face(probe, asked.box, user_of(request))
        except ProbeError as error:
            raise ValidationError(str(error)) from error
        return Response(ProbeSerializer(probe).data, status=status.HTTP_201_CREATED)


def look(request: Request, photo: File[bytes]) -> Probe:
    """Raises: ValidationError, BusyError."""
    try:
        return look_at(photo.read(), user_of(request))
    except ProbeError as error:
        raise ValidationError(str(error)) from error


def _make(request: Request, asked: PictureSerializer) -> Probe:
    user, data = user_of(request), asked.validated_data
    if "face" in data:
        return from_face(find_face(request, data["face"]), user)
    if "photo" in data:
        return look(request, data["photo"])
    try:
        return from_photo(find_photo(request, data["photo_id"]), user)
    except ProbeError as error:
        raise ValidationError(str(error)) from error
