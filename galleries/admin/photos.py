"""Photos and the work on them; those that could not be read say why, and can be tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from galleries import analysis, tasks, uploads
from galleries.admin.base import (
    ModeratedAdmin,
    NothingTyped,
    counted,
    image,
    may_edit,
)
from galleries.models import Analysis, Photo
from galleries.models.analysis import AnalysisQuerySet


@admin.register(Photo)
class PhotoAdmin(NothingTyped[Photo], ModeratedAdmin[Photo]):
    list_display = ["picture", "name", "gallery", "uploaded_by", "uploaded_at", "state"]
    list_filter = ["analyses__state"]
    search_fields = ["name", "sha256"]
    ordering = ["-pk"]
    fields = [
        "picture", "name", "gallery", "sha256", "media_type", "byte_size", "width", "height",
        "taken_at", "camera", "albums", "uploaded_by", "uploaded_at", "state",
    ]  # fmt: skip
    # Django refuses a relation with its own table among fields that could be edited
    readonly_fields = ["albums"]
    actions = ["try_again"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may_delete = request.user.has_perm("galleries.delete_photo")
        return may_delete and (obj is None or may_edit(request, obj))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        photos = Photo.objects.visible_to(request.user).with_analysis()
        return photos.select_related("gallery", "uploaded_by")

    @admin.display(description="")
    def picture(self, photo: Photo) -> SafeString:
        return image(reverse("thumbnail", args=[photo.pk]), photo.name)

    @admin.display
    def state(self, photo: Photo) -> str:
        row = photo.analysis
        return f"{row.get_state_display()} {row.get_reason_display()}" if row else "-"

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("galleries.change_photo")

    @admin.action(description="Try to read the selected photos again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        if photos := self.chosen(request, queryset):
            retry(self, request, Analysis.objects.filter(photo__in=photos))

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        uploads.remove_photos([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        uploads.remove_photos(queryset)


@admin.register(Analysis)
class AnalysisAdmin(NothingTyped[Analysis], ModeratedAdmin[Analysis]):
    list_display = [
        "photo", "gallery", "model", "state", "stage", "attempts", "reason", "decode_ms",
        "engine_ms", "finished_at",
    ]  # fmt: skip
    list_filter = ["state", "reason", "model"]
    list_select_related = ["photo", "gallery", "model"]
    ordering = ["-pk"]
    actions = ["try_again"]

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("galleries.change_analysis")

    @admin.action(description="Try to read the photos again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Analysis]) -> None:
        if rows := self.chosen(request, queryset):
            retry(self, request, Analysis.objects.filter(pk__in=[row.pk for row in rows]))


def retry(page: admin.ModelAdmin[Any], request: HttpRequest, rows: AnalysisQuerySet) -> None:
    count = analysis.retry(rows)
    tasks.ring_when_committed()
    page.message_user(request, f"Queued again: {counted(count, 'photo')}.")
