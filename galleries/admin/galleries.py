"""Galleries, their members and albums, and the versions of the models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from galleries import removal, tasks
from galleries.admin.base import (
    Doomed,
    ModeratedAdmin,
    NothingTyped,
    ReadOnlyAdmin,
    moment,
    who,
)
from galleries.forms import AlbumForm
from galleries.models import Album, AlbumPhoto, Gallery, Membership, ModelVersion, SceneModel


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


@admin.register(SceneModel)
class SceneModelAdmin(NothingTyped[SceneModel]):
    """Which one searches use is said by LIKENESS_SCENES."""

    list_display = ["key", "backbone", "dimensions", "is_default", "usable"]
    fields = ["key", "backbone", "dimensions", "is_default", "usable", "registered_at"]

    @admin.display(description="Can be used on this machine", boolean=True)
    def usable(self, model: SceneModel) -> bool:
        return model.is_usable


@admin.register(Gallery)
class GalleryAdmin(admin.ModelAdmin[Gallery]):
    list_display = ["name", "model", "photo_count", "created"]
    list_select_related = ["model"]
    search_fields = ["name"]
    readonly_fields = ["model", "created"]
    inlines = [MembershipInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Gallery]:
        galleries = super().get_queryset(request).filter(removed_at=None)
        return galleries.annotate(photo_count=Count("photos"))

    def get_deleted_objects(self, objs: Iterable[Gallery], request: HttpRequest) -> Doomed:
        """Name the galleries only: listing every photo and face in them would have no bound."""
        names = [f"{gallery}, with {gallery.photos.count()} photos" for gallery in objs]
        return names, {"galleries": len(names)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Gallery) -> None:
        removal.ask(obj, who(request))
        transaction.on_commit(tasks.ring_for_removals)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Gallery]) -> None:
        for gallery in queryset:
            self.delete_model(request, gallery)

    @admin.display(description="Photos", ordering="photo_count")
    def photo_count(self, gallery: Any) -> int:
        return int(gallery.photo_count)

    @admin.display(ordering="created_at")
    def created(self, gallery: Gallery) -> str:
        return moment(gallery.created_at)


@admin.register(Album)
class AlbumAdmin(ModeratedAdmin[Album]):
    form = AlbumForm
    list_display = ["name", "gallery", "created_at"]
    list_select_related = ["gallery"]
    search_fields = ["name"]
    readonly_fields = ["gallery"]


@admin.register(AlbumPhoto)
class AlbumPhotoAdmin(ReadOnlyAdmin[AlbumPhoto]):
    list_display = ["album", "photo", "gallery"]
    list_select_related = ["album", "photo", "gallery"]
    ordering = ["-pk"]
