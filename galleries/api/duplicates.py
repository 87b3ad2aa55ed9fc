"""Photos that are the same picture: listed in groups, and decided about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from accounts.paging import Numbered
from galleries import duplicates
from galleries.api.access import find_deletion, find_editable_gallery
from galleries.api.decisions import ConflictError
from galleries.duplicates import MOST_GROUPS, Choice, NotCopiesError
from galleries.models import Gallery, Photo
from galleries.serializers import (
    DuplicatesSerializer,
    KeepAllSerializer,
    KeepBestSerializer,
    KeepOneSerializer,
    KeptSerializer,
)


class GroupPages(Numbered):
    page_size = max_page_size = MOST_GROUPS


class DuplicateList(generics.GenericAPIView[Photo]):
    queryset = Photo.objects.none()
    serializer_class = DuplicatesSerializer
    pagination_class = GroupPages

    @extend_schema(
        summary="List the duplicates of a gallery", responses=DuplicatesSerializer(many=True)
    )
    def get(self, request: Request, pk: int) -> Response:
        """For editors: photos that are the same picture in another size, format or quality."""
        gallery = find_editable_gallery(request, pk)
        page = self.paginate_queryset(duplicates.groups_of(gallery))
        groups = duplicates.find_groups(gallery.photos.with_details(), page or [])
        return self.get_paginated_response(self.get_serializer(groups, many=True).data)


class KeepOne(APIView):
    @extend_schema(
        summary="Keep one of a group of duplicates",
        request=KeepOneSerializer,
        responses=KeptSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. The others are deleted, and the one takes their places in albums.

        409 when these photos are not copies of one picture.
        """
        gallery = find_editable_gallery(request, pk)
        asked = KeepOneSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        kept = asked.validated_data["kept"]
        with _refusals():
            photos = duplicates.find_copies(gallery, asked.validated_data["photos"])
        if kept not in photos:
            raise ValidationError({"kept": ["Choose the photo that stays."]})
        others = [photo for key, photo in photos.items() if key != kept]
        return _keep(request, gallery, [Choice(photos[kept], others)])


class KeepBest(APIView):
    @extend_schema(
        summary="Keep the best of several groups of duplicates",
        request=KeepBestSerializer,
        responses=KeptSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. Only of groups that are sure; all others stay as they are."""
        gallery = find_editable_gallery(request, pk)
        asked = KeepBestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        choices = duplicates.sure_choices(gallery, asked.validated_data["groups"])
        return _keep(request, gallery, choices)


class KeepAll(APIView):
    @extend_schema(
        summary="Keep all of a group of duplicates",
        request=KeepAllSerializer,
        responses={204: None},
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. They are not shown as duplicates of each other again.

        409 when these photos are not copies of one picture.
        """
        gallery = find_editable_gallery(request, pk)
        asked = KeepAllSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with _refusals():
            photos = duplicates.find_copies(gallery, asked.validated_data["photos"])
        duplicates.keep_all(gallery, list(photos.values()))
        return Response(status=status.HTTP_204_NO_CONTENT)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NotCopiesError as error:
        raise ConflictError(str(error)) from error


def _keep(request: Request, gallery: Gallery, choices: Sequence[Choice]) -> Response:
    deletion = duplicates.keep_best(gallery, choices, user_of(request))
    shown = find_deletion(request, deletion.pk) if deletion else None
    return Response(KeptSerializer({"deletion": shown}).data)
