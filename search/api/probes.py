"""Pictures to search with."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import user_of
from galleries.api.access import find_face, find_photo
from search.api.base import SearchView, find_probe
from search.api.questions import checked, drawn_box
from search.probes import Probe, add_face, from_face, from_photo, look_at
from search.serializers import (
    DrawnBoxSerializer,
    PictureSerializer,
    ProbeSerializer,
    StoredPictureSerializer,
    Words,
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
        probe = _make(request, checked(PictureSerializer(data=request.data)))
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
        probe = add_face(probe, drawn_box(request), user_of(request))
        return Response(ProbeSerializer(probe).data, status=status.HTTP_201_CREATED)


def _make(request: Request, asked: Words) -> Probe:
    """Raises: NotFound, ProbeError, BusyError."""
    user = user_of(request)
    if "photo" in asked:
        return look_at(asked["photo"].read(), user)
    if "face" in asked:
        return from_face(find_face(request, asked["face"]), user)
    return from_photo(find_photo(request, asked["photo_id"]), user)
