"""Pictures by token: the files that the pages show, for clients without a session."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from galleries import media
from galleries.api.access import find_face, find_photo


def _picture(media_type: str, description: str) -> dict[tuple[int, str], OpenApiResponse]:
    return {(200, media_type): OpenApiResponse(OpenApiTypes.BINARY, description)}


class FileView(APIView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002 - REST framework's signature
        """Never answer 406: no renderer of ours claims image/* or text/csv, as clients ask for."""
        return super().perform_content_negotiation(request, force=True)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """What a client keeps for one token must not be shown to another."""
        patch_vary_headers(response, ["Authorization"])
        return super().finalize_response(request, response, *args, **kwargs)


class PhotoThumbnail(FileView):
    @extend_schema(
        summary="Fetch a photo's thumbnail",
        responses=_picture(media.WEBP, "WebP, at most 480 pixels; 404 until the photo was read."),
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return media.thumbnail_of(request, find_photo(request, pk))


class PhotoPreview(FileView):
    @extend_schema(
        summary="Fetch a photo's preview",
        responses=_picture(media.WEBP, "WebP, at most 2048 pixels; 404 until the photo was read."),
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return media.preview_of(request, find_photo(request, pk))


class PhotoOriginal(FileView):
    @extend_schema(
        summary="Fetch the file as it was uploaded",
        responses=_picture("application/octet-stream", "The file, byte for byte."),
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return media.original_of(request, find_photo(request, pk))


class FaceCrop(FileView):
    @extend_schema(
        summary="Fetch a face cut out of its photo",
        responses=_picture(media.WEBP, "WebP, at most 192 pixels."),
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return media.crop_of(request, find_face(request, pk))
