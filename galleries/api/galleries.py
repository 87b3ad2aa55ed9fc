"""Galleries, their albums and the state of the work on them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from accounts.paging import ByName
from galleries import removal, tasks
from galleries.api.access import find_editable_gallery, find_gallery, find_own_gallery
from galleries.models import Album, Analysis, Gallery
from galleries.serializers import (
    AlbumSerializer,
    GalleryNameSerializer,
    GallerySerializer,
    ProgressSerializer,
)


def shown_galleries(request: Request) -> QuerySet[Gallery]:
    """The galleries of the user with all that their representation needs."""
    user = user_of(request)
    visible = Gallery.objects.visible_to(user).with_role_of(user)
    return visible.with_cover().select_related("model", "measured")


@extend_schema_view(get=extend_schema(summary="List my galleries"))
class GalleryList(generics.ListAPIView[Gallery]):
    """The galleries that you are a member of."""

    queryset = Gallery.objects.none()
    serializer_class = GallerySerializer
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Gallery]:
        return shown_galleries(self.request)

    @extend_schema(summary="Create a gallery", responses={201: GallerySerializer})
    def post(self, request: Request) -> Response:
        """You become its owner."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        created = Gallery.create_owned_by(user_of(request), **asked.validated_data)
        answer = self.get_serializer(self.get_queryset().get(pk=created.pk))
        return Response(answer.data, status=status.HTTP_201_CREATED)


class GalleryDetail(APIView):
    @extend_schema(summary="Show a gallery", responses=GallerySerializer)
    def get(self, request: Request, pk: int) -> Response:
        find_gallery(request, pk)
        return self._show(request, pk)

    @extend_schema(
        summary="Change a gallery", request=GallerySerializer, responses=GallerySerializer
    )
    def patch(self, request: Request, pk: int) -> Response:
        """For its owners."""
        gallery = find_own_gallery(request, pk)
        asked = GallerySerializer(gallery, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        asked.save()
        return self._show(request, pk)

    @extend_schema(
        summary="Delete a gallery",
        request=GalleryNameSerializer,
        responses={202: None},
    )
    @transaction.atomic
    def delete(self, request: Request, pk: int) -> Response:
        """For its owners, for all members and for good: photos, files, persons and all the rest.

        Nobody sees it from now on; what is in it is removed in the background.
        """
        gallery = find_own_gallery(request, pk)
        asked = GalleryNameSerializer(gallery, data=request.data)
        asked.is_valid(raise_exception=True)
        removal.ask(gallery, user_of(request))
        transaction.on_commit(tasks.ring_for_removals)
        return Response(status=status.HTTP_202_ACCEPTED)

    def _show(self, request: Request, pk: int) -> Response:
        gallery = shown_galleries(request).get(pk=pk)
        return Response(GallerySerializer(gallery, context={"request": request}).data)


class AlbumList(generics.ListAPIView[Album]):
    """The albums of a gallery."""

    queryset = Album.objects.none()
    serializer_class = AlbumSerializer
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[Album]:
        gallery = find_gallery(self.request, self.kwargs["pk"])
        return gallery.albums.with_cover()

    @extend_schema(summary="List the albums of a gallery")
    def get(self, request: Request, pk: int) -> Response:
        return self.list(request)

    @extend_schema(
        summary="Create an album", responses={201: AlbumSerializer, 200: AlbumSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors. A name that the gallery has already gives the album of that name (200)."""
        gallery = find_editable_gallery(request, pk)
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        album, is_new = gallery.albums.get_or_create(name=asked.validated_data["name"])
        answer = self.get_serializer(gallery.albums.with_cover().get(pk=album.pk))
        return Response(
            answer.data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


class GalleryAnalysis(APIView):
    @extend_schema(summary="Show how far the photos of a gallery are", responses=ProgressSerializer)
    def get(self, request: Request, pk: int) -> Response:
        progress = Analysis.objects.progress(find_gallery(request, pk))
        return Response(ProgressSerializer(progress).data)
