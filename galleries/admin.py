"""Moderation. Photos and what is derived from them start at `visible_to`, here as everywhere.

An administrator sees all galleries and their members by name, but what is inside only as a member:
who needs to look adds a membership, and the gallery's owners can see it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, TypeVar

from django.contrib import admin
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from galleries import analysis, uploads
from galleries.forms import AlbumForm
from galleries.models import (
    Album,
    AlbumPhoto,
    Analysis,
    Face,
    Gallery,
    Membership,
    ModelVersion,
    Person,
    Photo,
)

RowT = TypeVar("RowT", bound=Model)
# what Django's confirmation page shows: names, counts, missing permissions, protected rows
Doomed: TypeAlias = tuple[list[str], dict[str, int], set[str], list[str]]


class VisibleRowsAdmin(admin.ModelAdmin[RowT]):
    """Rows of the galleries that the administrator is a member of."""

    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RowT]:
        return self.model.objects.visible_to(request.user)  # type: ignore[attr-defined, no-any-return]


class NothingTyped(admin.ModelAdmin[RowT]):
    """Rows that only the code writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(NothingTyped[RowT], VisibleRowsAdmin[RowT]):
    """Rows of one's galleries that only the engine writes."""


class MembershipInline(admin.TabularInline[Membership, Gallery]):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(ModelVersion)
class ModelVersionAdmin(NothingTyped[ModelVersion]):
    list_display = ["key", "pack", "dimensions", "is_default", "registered_at"]
    actions = ["use_for_new_galleries"]

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Rows cannot be typed, so Django's own answer about changes is always no."""
        return request.user.has_perm("galleries.change_modelversion")

    @admin.action(description="Use the selected version for new galleries", permissions=["switch"])
    def use_for_new_galleries(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        if queryset.count() != 1:
            self.message_user(request, "Select exactly one version.", level="ERROR")
        elif not (version := queryset.get()).is_usable:
            text = f"New galleries cannot use {version}. {version.remedy}"
            self.message_user(request, text, level="ERROR")
        else:
            version.make_default()


@admin.register(Gallery)
class GalleryAdmin(admin.ModelAdmin[Gallery]):
    list_display = ["name", "model", "photo_count", "created_at"]
    list_select_related = ["model"]
    search_fields = ["name"]
    readonly_fields = ["model", "created_at"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gallery]:
        return super().get_queryset(request).annotate(photo_count=Count("photos"))

    def get_deleted_objects(self, objs: Iterable[Gallery], request: HttpRequest) -> Doomed:
        """Name the galleries only: listing every photo and face in them would have no bound."""
        names = [f"{gallery}, with {gallery.photos.count()} photos" for gallery in objs]
        return names, {"galleries": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Gallery) -> None:
        uploads.remove_gallery(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Gallery]) -> None:
        for gallery in queryset:
            uploads.remove_gallery(gallery)

    @admin.display(ordering="photo_count")
    def photo_count(self, gallery: Any) -> int:
        return int(gallery.photo_count)


@admin.register(Album)
class AlbumAdmin(VisibleRowsAdmin[Album]):
    form = AlbumForm
    list_display = ["name", "gallery", "created_at"]
    list_select_related = ["gallery"]
    search_fields = ["name"]
    readonly_fields = ["gallery"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_deleted_objects(self, objs: Iterable[Album], request: HttpRequest) -> Doomed:
        """Name the albums only: places in them go with them, though none is deleted by itself."""
        names = [str(album) for album in objs]
        return names, {"albums": len(names)}, set(), []


@admin.register(AlbumPhoto)
class AlbumPhotoAdmin(ReadOnlyAdmin[AlbumPhoto]):
    list_display = ["album", "photo", "gallery"]
    list_select_related = ["album", "photo", "gallery"]
    ordering = ["-pk"]


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin[Photo]):
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
        return request.user.has_perm("galleries.delete_photo")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Photo]:
        photos = Photo.objects.visible_to(request.user).with_analysis()
        return photos.select_related("gallery", "uploaded_by")

    @admin.display(description="")
    def picture(self, photo: Photo) -> SafeString:
        return _image(reverse("thumbnail", args=[photo.pk]), photo.name)

    @admin.display
    def state(self, photo: Photo) -> str:
        row = photo.analysis
        return f"{row.get_state_display()} {row.get_reason_display()}" if row else "-"

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("galleries.change_photo")

    @admin.action(description="Try to read the selected photos again", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        count = analysis.retry(Analysis.objects.filter(photo__in=queryset))
        self.message_user(request, f"{count} photos are queued again.")

    def get_deleted_objects(self, objs: Iterable[Photo], request: HttpRequest) -> Doomed:
        """Name the photos only: what the engine made of them goes with them."""
        names = [str(photo) for photo in objs]
        return names, {"photos": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Photo) -> None:
        uploads.remove_photos([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Photo]) -> None:
        uploads.remove_photos(queryset)


@admin.register(Analysis)
class AnalysisAdmin(ReadOnlyAdmin[Analysis]):
    list_display = [
        "photo", "gallery", "model", "state", "stage", "attempts", "reason", "decode_ms",
        "engine_ms", "finished_at",
    ]  # fmt: skip
    list_filter = ["state", "reason", "model"]
    list_select_related = ["photo", "gallery", "model"]
    ordering = ["-pk"]


@admin.register(Face)
class FaceAdmin(ReadOnlyAdmin[Face]):
    list_display = [
        "crop", "photo", "gallery", "person", "source", "sureness", "usefulness", "weakness",
    ]  # fmt: skip
    list_filter = ["source", "weakness"]
    list_select_related = ["photo", "gallery", "person"]
    ordering = ["-pk"]
    fields = [
        "crop", "photo", "gallery", "person", "source", "left", "top", "width", "height",
        "landmarks", "score", "quality", "weakness", "models", "created_at",
    ]  # fmt: skip

    @admin.display(description="")
    def crop(self, face: Face) -> SafeString:
        return _image(reverse("face-crop", args=[face.pk]), str(face))

    @admin.display(description="Score", ordering="score")
    def sureness(self, face: Face) -> str:
        return f"{face.score:.2f}"

    @admin.display(description="Quality", ordering="quality")
    def usefulness(self, face: Face) -> str:
        return f"{face.quality:.2f}"

    @admin.display(description="Vectors of")
    def models(self, face: Face) -> str:
        return ", ".join(row.model.key for row in face.vectors.select_related("model"))


@admin.register(Person)
class PersonAdmin(VisibleRowsAdmin[Person]):
    list_display = ["__str__", "gallery", "face_count", "created_at"]
    list_select_related = ["gallery"]
    search_fields = ["name"]
    readonly_fields = ["gallery"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return Person.objects.visible_to(request.user).with_faces()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(ordering="face_count", description="Faces")
    def face_count(self, person: Person) -> int:
        return person.face_count


def _image(address: str, text: str) -> SafeString:
    return format_html('<img src="{}" alt="{}" height="80" loading="lazy">', address, text)
