"""The log of decisions, and taking them back."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import user_of
from accounts.paging import NewestFirst
from galleries import history, reversal
from galleries.api.access import find_editable_batch, find_gallery
from galleries.api.decisions import ConflictError
from galleries.models import Batch, Person
from galleries.serializers import (
    BatchSerializer,
    HistoryFilterSerializer,
    UndoneSerializer,
    UndoSerializer,
)
from galleries.undo import Outcome, UndoneAlreadyError


class BatchList(generics.ListAPIView[Batch]):
    """All that was decided in a gallery about who is who."""

    queryset = Batch.objects.none()
    serializer_class = BatchSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Batch]:
        gallery = find_gallery(self.request, self.kwargs["pk"])
        asked = HistoryFilterSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        batches = Batch.objects.filter(gallery=gallery).with_details()
        if "person" not in asked.validated_data:
            return batches
        # also one that was merged or deleted: that is what a history is for
        person = Person.objects.filter(gallery=gallery, pk=asked.validated_data["person"]).first()
        if person is None:
            raise ValidationError({"person": ["This gallery has no such person."]})
        return batches.about(person)

    @extend_schema(
        summary="List what was decided in a gallery",
        parameters=[HistoryFilterSerializer],
        responses=BatchSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Newest first, with what the matcher did by itself."""
        return self.list(request)


class BatchUndo(APIView):
    @extend_schema(
        summary="Take a decision back",
        request=UndoSerializer,
        responses={200: UndoneSerializer, 409: UndoneSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        """For editors, whoever decided, at once or weeks later; undo an undo to do it again.

        409 where later decisions stand in the way: nothing was changed then. With `rest` all that
        they leave is taken back.
        """
        batch = find_editable_batch(request, pk)
        asked = UndoSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            outcome = reversal.take_back(batch, user_of(request), rest=asked.validated_data["rest"])
        except UndoneAlreadyError as error:
            raise ConflictError(str(error)) from error
        said = {
            "detail": _sentence(batch, outcome),
            "batches": [outcome.batch.pk] if outcome.batch else [],
            "face_count": outcome.face_count,
            "persons": [person.pk for person in outcome.persons],
            "obstacles": outcome.obstacles,
        }
        code = status.HTTP_200_OK if outcome.batch else status.HTTP_409_CONFLICT
        return Response(UndoneSerializer(said).data, status=code)


def _sentence(batch: Batch, outcome: Outcome) -> str:
    said = history.describe(batch)
    if outcome.batch is None and not outcome.obstacles:
        return f"Nothing is left of it that could be taken back: {said}."
    if outcome.batch is None:
        return f"Later decisions stand in the way, so this was not taken back: {said}."
    if outcome.face_count or outcome.persons:
        return f"Taken back as far as later decisions allow: {said}."
    return f"Taken back: {said}."
