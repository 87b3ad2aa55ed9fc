"""The log of searches, to be read by administrators who own the gallery."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from galleries.admin.base import NothingTyped, who
from search.models import SearchRecord


@admin.register(SearchRecord)
class SearchRecordAdmin(NothingTyped[SearchRecord], admin.ModelAdmin[SearchRecord]):
    list_display = ["searched_at", "user", "gallery", "kind", "strictness", "hits"]
    list_filter = ["kind", "searched_at"]
    list_select_related = ["user", "gallery"]
    search_fields = ["user__username"]
    search_help_text = "By who searched"
    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[SearchRecord]:
        return SearchRecord.objects.owned_by(who(request))
