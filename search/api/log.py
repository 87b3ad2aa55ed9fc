"""Who searched in a gallery."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import user_of
from accounts.paging import NewestFirst
from galleries.models import Gallery
from search.models import SearchRecord
from search.serializers import SearchRecordSerializer


class SearchRecordList(generics.ListAPIView[SearchRecord]):
    """The searches by face in a gallery."""

    queryset = SearchRecord.objects.none()
    serializer_class = SearchRecordSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SearchRecord]:
        user, gallery = user_of(self.request), self.kwargs["pk"]
        if not Gallery.objects.owned_by(user).filter(pk=gallery).exists():
            raise NotFound("There is no such gallery, or you are not its owner.")
        return SearchRecord.objects.filter(gallery=gallery).select_related("user")

    @extend_schema(
        summary="List who searched in a gallery", responses=SearchRecordSerializer(many=True)
    )
    def get(self, request: Request, pk: int) -> Response:
        """For owners, newest first. Of the picture and its vectors nothing is kept."""
        return self.list(request)
