"""What was found, as a table or as a zip of the photos."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from search.api.base import SearchView, find_probe
from search.api.questions import asked_with, checked
from search.asking import Asked
from search.exports import MAX_BYTES, MAX_PHOTOS, page_of_photo, to_csv, to_zip
from search.serializers import ExportQuestionSerializer, PersonsExportQuestionSerializer

CSV = {(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "UTF-8, one line a photo.")}
ZIP = {(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The original files.")}
ZIP_LIMITS = f"At most {MAX_PHOTOS:,} photos and {MAX_BYTES // 10**9} GB; 400 when they are more."


class ExportView(SearchView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002 - REST framework's signature
        """Whoever asks for text/csv, which no renderer of ours claims, is not answered 406."""
        return super().perform_content_negotiation(request, force=True)


class ProbeCsv(ExportView):
    @extend_schema(
        summary="Fetch all matches as a table",
        parameters=[ExportQuestionSerializer],
        responses=CSV,
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        """The same question as of `/probes/{token}/matches`, whole."""
        return to_csv(_with_probe(request, token), page_of_photo(request))


class ProbeZip(ExportView):
    @extend_schema(
        summary="Fetch the photos of all matches",
        description=ZIP_LIMITS,
        parameters=[ExportQuestionSerializer],
        responses=ZIP,
    )
    def get(self, request: Request, token: str) -> HttpResponseBase:
        return to_zip(_with_probe(request, token))


class PersonsCsv(ExportView):
    @extend_schema(
        summary="Fetch the matches of persons as a table",
        parameters=[PersonsExportQuestionSerializer],
        responses=CSV,
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The same question as of `/matches`, whole."""
        return to_csv(_with_persons(request), page_of_photo(request))


class PersonsZip(ExportView):
    @extend_schema(
        summary="Fetch the photos of persons",
        description=ZIP_LIMITS,
        parameters=[PersonsExportQuestionSerializer],
        responses=ZIP,
    )
    def get(self, request: Request) -> HttpResponseBase:
        return to_zip(_with_persons(request))


def _with_probe(request: Request, token: str) -> Asked:
    probe = find_probe(request, token)
    words = checked(ExportQuestionSerializer(data=request.query_params))
    return asked_with(request, words, probe)


def _with_persons(request: Request) -> Asked:
    words = checked(PersonsExportQuestionSerializer(data=request.query_params))
    return asked_with(request, words, None)
