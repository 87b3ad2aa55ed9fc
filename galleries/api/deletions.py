"""Photos that were deleted: listed, brought back, or deleted for good."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.paging import ByName, NewestFirst
from galleries import tasks, trash
from galleries.api.access import (
    find_deleted_photo,
    find_deletion,
    find_editable_gallery,
    find_own_gallery,
)
from galleries.models import DeletedPhoto, Deletion
from galleries.serializers import (
    BroughtBackSerializer,
    DeletedPhotoSerializer,
    DeletionSerializer,
)


class DeletionList(generics.ListAPIView[Deletion]):
    """What was deleted from a gallery, by whom and when."""

    queryset = Deletion.objects.none()
    serializer_class = DeletionSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Deletion]:
        gallery = find_editable_gallery(self.request, self.kwargs["pk"])
        return Deletion.objects.filter(gallery=gallery).select_related("user").with_names()

    @extend_schema(summary="List what was deleted from a gallery")
    def get(self, request: Request, pk: int) -> Response:
        """For editors, newest first: what can still be brought back."""
        return self.list(request)


class DeletionDetail(APIView):
    @extend_schema(summary="Show a deletion", responses=DeletionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """For editors."""
        return Response(DeletionSerializer(find_deletion(request, pk)).data)

    @extend_schema(summary="Delete for good", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """For owners. Nothing brings these photos back then: their files are deleted at once."""
        deletion = find_deletion(request, pk)
        find_own_gallery(request, deletion.gallery_id)
        trash.forget(Deletion.objects.filter(pk=deletion.pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeletionBringBack(APIView):
    @extend_schema(
        summary="Bring deleted photos back", request=None, responses=BroughtBackSerializer
    )
    @transaction.atomic
    def post(self, request: Request, pk: int) -> Response:
        """For editors. With their faces, names and places in albums; they are looked at anew."""
        count = trash.bring_back(find_deletion(request, pk))
        tasks.ring_when_committed()
        return Response(BroughtBackSerializer({"photo_count": count}).data)


class DeletionPhotos(generics.ListAPIView[DeletedPhoto]):
    """The photos of one deletion."""

    queryset = DeletedPhoto.objects.none()
    serializer_class = DeletedPhotoSerializer
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[DeletedPhoto]:
        return find_deletion(self.request, self.kwargs["pk"]).photos.named()

    @extend_schema(summary="List the photos of a deletion")
    def get(self, request: Request, pk: int) -> Response:
        """For editors, by name, to bring one of them back or delete it for good."""
        return self.list(request)


class DeletedPhotoDetail(APIView):
    @extend_schema(summary="Delete one deleted photo for good", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """For owners. The others of its deletion can still be brought back."""
        photo = find_deleted_photo(request, pk)
        find_own_gallery(request, photo.gallery_id)
        trash.forget_one(photo)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeletedPhotoBringBack(APIView):
    @extend_schema(
        summary="Bring one deleted photo back", request=None, responses=BroughtBackSerializer
    )
    @transaction.atomic
    def post(self, request: Request, pk: int) -> Response:
        """For editors. The others of its deletion stay deleted."""
        count = trash.bring_back_one(find_deleted_photo(request, pk))
        tasks.ring_when_committed()
        return Response(BroughtBackSerializer({"photo_count": count}).data)
