"""Classifiers of a gallery: trained, watched, put to use and taken back."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from accounts.paging import NewestFirst, Numbered
from galleries import tasks
from galleries.api.access import find_classifier, find_editable_gallery
from galleries.api.decisions import ConflictError
from galleries.api.media import FileView
from galleries.models import Classifier, ClassifierLabel
from galleries.serializers import (
    ClassifierFilterSerializer,
    ClassifierSerializer,
    ClassifierWithCurveSerializer,
    ClassSerializer,
    TrainSerializer,
)
from galleries.training import versions
from galleries.training.tables import table_response
from galleries.training.versions import VersionGoneError

CSV = {(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "UTF-8, for spreadsheets.")}


class ClassPages(Numbered):
    page_size, max_page_size = 50, 200


class ClassifierList(generics.ListAPIView[Classifier]):
    """The versions of the classifiers of a gallery."""

    queryset = Classifier.objects.none()
    serializer_class = ClassifierSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Classifier]:
        gallery = find_editable_gallery(self.request, self.kwargs["pk"])
        asked = ClassifierFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        own = Classifier.objects.filter(gallery=gallery, **asked.validated_data)
        return own.select_related("asked_by").defer("curve")

    @extend_schema(
        summary="List the classifiers of a gallery",
        parameters=[ClassifierFilterSerializer],
        responses=ClassifierSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """For editors, newest first, with their figures."""
        return self.list(request)

    @extend_schema(
        summary="Train a classifier",
        request=TrainSerializer,
        responses={202: ClassifierSerializer},
    )
    @transaction.atomic
    def post(self, request: Request, pk: int) -> Response:
        """For editors, in the background: ask for the classifier until it is done or failed.

        Where one is being trained for the same task, that one goes on.
        """
        gallery = find_editable_gallery(request, pk)
        asked = TrainSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        task, compare = (asked.validated_data[name] for name in ("task", "compare"))
        classifier = versions.ask(
            gallery, Classifier.Task(task), user_of(request), is_compared=compare
        )
        transaction.on_commit(tasks.ring_for_trainings)
        return Response(ClassifierSerializer(classifier).data, status=status.HTTP_202_ACCEPTED)


class ClassifierDetail(APIView):
    @extend_schema(summary="Show a classifier", responses=ClassifierWithCurveSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """For editors. Ask again in some seconds while its state is queued or running."""
        return Response(ClassifierWithCurveSerializer(find_classifier(request, pk)).data)


class ClassifierClasses(generics.GenericAPIView[ClassifierLabel]):
    queryset = ClassifierLabel.objects.none()
    serializer_class = ClassSerializer
    pagination_class = ClassPages

    @extend_schema(summary="List the classes of a classifier", responses=ClassSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """For editors. Those that are told apart worst come first."""
        labels = find_classifier(request, pk).labels.select_related("person", "album")
        page = self.paginate_queryset(labels.worst_first())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ClassifierClassesCsv(FileView):
    @extend_schema(summary="Fetch the classes of a classifier as a table", responses=CSV)
    def get(self, request: Request, pk: int) -> HttpResponse:
        return table_response(_find_done(request, pk), "classes")


class ClassifierConfusion(FileView):
    @extend_schema(summary="Fetch the confusion matrix of a classifier", responses=CSV)
    def get(self, request: Request, pk: int) -> HttpResponse:
        """One line for each pair of classes that occurred, and how often."""
        return table_response(_find_done(request, pk), "confusion")


class ClassifierPromote(APIView):
    @extend_schema(
        summary="Use this version of a classifier", request=None, responses=ClassifierSerializer
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors, newer or older than the one before. 409 when it is not there to be used."""
        answer = _decide(request, pk, versions.promote)
        tasks.ring_for_sorting()
        return answer


class ClassifierRetire(APIView):
    @extend_schema(summary="Use no classifier", request=None, responses=ClassifierSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """For editors: this version is not used any more, and no other takes its place."""
        return _decide(request, pk, versions.retire)


class ClassifierCancel(APIView):
    @extend_schema(summary="Cancel a training", request=None, responses=ClassifierSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """For editors. What is done already stays as it is."""
        return _decide(request, pk, versions.cancel)


def _decide(request: Request, pk: int, decide: Callable[[Classifier], None]) -> Response:
    try:
        decide(find_classifier(request, pk))
    except VersionGoneError as error:
        raise ConflictError(str(error)) from error
    return Response(ClassifierSerializer(find_classifier(request, pk)).data)


def _find_done(request: Request, pk: int) -> Classifier:
    classifier = find_classifier(request, pk)
    if not classifier.is_done:
        raise NotFound("There are no figures of this classifier (yet).")
    return classifier
