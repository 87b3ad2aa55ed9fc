"""Photos and the work on them; those that could not be read say why, and can be tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from galleries import analysis, tasks, trash
from galleries.admin.base import (
    ModeratedAdmin,
    NothingTyped,
    counted,
    image,
    link,
    may_edit,
    moment,
    who,
)
from galleries.models import Analysis, Photo
from galleries.models.analysis import AnalysisQuerySet, Reason
from galleries.trash import PhotosGoneError


class ReasonFilter(admin.SimpleListFilter):
    """By short names: what the users read are sentences."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, code.replace("-", " ").capitalize()) for code in Reason.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Analysis]) -> QuerySet[Analysis]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@admin.register(Photo)
class PhotoAdmin(NothingTyped[Photo], ModeratedAdmin[Photo]):
    list_display = ["picture", "name", "state", "gallery", "uploaded"]
    list_filter = ["analyses__state"]
    search_fields = ["name", "sha256"]
    ordering = ["-pk"]
    fields = [
        "picture", "name", "gallery", "sha256", "media_type", "byte_size", "width", "height",
        "taken_at", "camera", "albums", "uploaded_by", "uploaded", "state", "compared_by",
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

    class Media:
        css = {"all": ["css/moderation.css"]}

    @admin.display(description="Picture")
    def picture(self, photo: Photo) -> SafeString:
        return image(reverse("thumbnail", args=[photo.pk]), photo.name)

    @admin.display
    def state(self, photo: Photo) -> str:
        row = photo.analysis
        if row is None:
            return "-"
        reason = row.get_reason_display()
        return f"{row.get_state_display()}: {reason}" if reason else row.get_state_display()

    @admin.display(description="Compared by what it shows")
    def compared_by(self, photo: Photo) -> str:
        look = photo.looks.select_related("model").first()
        if look is None:
            return "not looked at yet"
        return f"by {look.model}" if look.model else "by its colours only"

    @admin.display(ordering="uploaded_at")
    def uploaded(self, photo: Photo) -> str:
        return moment(photo.uploaded_at)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("galleries.change_photo")

    @admin.action(description="Try to read the selected photos again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        if photos := self.chosen(request, queryset):
            retry(self, request, Analysis.objects.filter(photo__in=photos))

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        self._throw_away(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        rows = list(queryset)
        for gallery in {photo.gallery_id for photo in rows}:
            self._throw_away(request, [photo for photo in rows if photo.gallery_id == gallery])

    def _throw_away(self, request: HttpRequest, photos: list[Photo]) -> None:
        """As on the pages, and a link to what brings them back."""
        try:
            deletion = trash.throw_away(photos, who(request))
        except PhotosGoneError as error:
            self.refuse(request, str(error))
            return
        text = format_html(
            "They can be brought back until {}: {}.",
            moment(deletion.kept_until),
            link("deletion", deletion.pk, str(deletion)),
        )
        self.message_user(request, text, level="WARNING")


@admin.register(Analysis)
class AnalysisAdmin(NothingTyped[Analysis], ModeratedAdmin[Analysis]):
    list_display = ["photo", "state", "reason", "attempts", "finished", "gallery"]
    list_filter = ["state", ReasonFilter, "model"]
    list_select_related = ["photo", "gallery"]
    ordering = ["-pk"]
    actions = ["try_again"]

    class Media:
        css = {"all": ["css/moderation.css"]}

    @admin.display(ordering="finished_at")
    def finished(self, row: Analysis) -> str:
        return moment(row.finished_at) if row.finished_at else "-"

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
