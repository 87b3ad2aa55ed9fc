"""Photos: listing, uploading, looking at one, deleting."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from accounts.paging import NewestFirst
from galleries import analysis, tasks, trash, uploads
from galleries.api.access import (
    find_deletion,
    find_editable_gallery,
    find_editable_photo,
    find_gallery,
    find_photo,
    find_photo_with_faces,
)
from galleries.models import Photo
from galleries.serializers import (
    DeletionSerializer,
    DigestsSerializer,
    KnownPhotosSerializer,
    PhotoFilterSerializer,
    PhotoSerializer,
    PhotoWithFacesSerializer,
    UploadSerializer,
)
from galleries.trash import PhotosGoneError


class NothingToRetryError(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "This photo did not fail, so there is nothing to try again."
    default_code = "nothing_to_retry"


class PhotoList(generics.ListAPIView[Photo]):
    """The photos of a gallery."""

    queryset = Photo.objects.none()
    serializer_class = PhotoSerializer
    pagination_class = NewestFirst
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[Photo]:
        gallery = find_gallery(self.request, self.kwargs["pk"])
        asked = PhotoFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        photos = gallery.photos.with_details()
        if "album" in asked.validated_data:
            photos = photos.filter(albums=asked.validated_data["album"])
        if "state" in asked.validated_data:
            photos = photos.in_state(asked.validated_data["state"])
        return photos

    @extend_schema(
        summary="List the photos of a gallery",
        parameters=[PhotoFilterSerializer],
        responses=PhotoSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Newest first."""
        return self.list(request)

    @extend_schema(
        summary="Upload a photo",
        request={"multipart/form-data": UploadSerializer},
        responses={201: PhotoSerializer, 200: PhotoSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors; one file a request. 201 when it was added, 200 when the gallery had it.

        Faces are found in the background: follow `analysis` of the photo or of the gallery.
        """
        gallery = find_editable_gallery(request, pk)
        asked = UploadSerializer(data=request.data, context={"albums": gallery.albums.all()})
        asked.is_valid(raise_exception=True)
        album = asked.validated_data.get("album")
        upload = uploads.add_photo(
            gallery, asked.validated_data["file"], user_of(request), album=album
        )
        if upload.photo is None:
            raise ValidationError(upload.sentence)
        is_new = upload.outcome is uploads.Outcome.ADDED
        return Response(
            self.get_serializer(find_photo(request, upload.photo.pk)).data,
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )


class PhotoCheck(APIView):
    @extend_schema(
        summary="Ask which files need not be sent",
        request=DigestsSerializer,
        responses=KnownPhotosSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Which of up to 500 files the gallery has already, by their SHA-256."""
        gallery = find_gallery(request, pk)
        asked = DigestsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        digests = [digest.lower() for digest in asked.validated_data["sha256"]]
        known = list(gallery.photos.of_contents(digests))
        found = {photo.sha256 for photo in known}
        missing = [digest for digest in dict.fromkeys(digests) if digest not in found]
        answer = {"known": known, "missing": missing}
        return Response(KnownPhotosSerializer(answer).data)


class PhotoDetail(APIView):
    @extend_schema(summary="Show a photo with its faces", responses=PhotoWithFacesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        photo = find_photo_with_faces(request, pk)
        answer = PhotoWithFacesSerializer(photo, context={"request": request})
        return Response(answer.data)

    @extend_schema(summary="Delete a photo", responses={200: DeletionSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        """For editors. It is shown and found nowhere, and can be brought back by the deletion.

        An owner deletes it for good by `DELETE /deletions/{id}`.
        """
        try:
            deletion = trash.throw_away([find_editable_photo(request, pk)], user_of(request))
        except PhotosGoneError as error:
            raise NotFound(str(error)) from error
        return Response(DeletionSerializer(find_deletion(request, deletion.pk)).data)


class PhotoRetry(APIView):
    @extend_schema(
        summary="Try again to read a photo", request=None, responses={202: PhotoSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors, when the analysis has failed (409 when it has not)."""
        photo = find_editable_photo(request, pk)
        if not analysis.retry(photo.analyses.all()):
            raise NothingToRetryError
        tasks.ring_when_committed()
        answer = PhotoSerializer(find_photo(request, pk), context={"request": request})
        return Response(answer.data, status=status.HTTP_202_ACCEPTED)
