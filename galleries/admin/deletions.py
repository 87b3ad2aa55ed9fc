"""What was deleted and can be brought back; for good it is deleted on the page of the gallery."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from galleries import tasks, trash
from galleries.admin.base import ModeratedAdmin, NothingTyped, counted, moment
from galleries.models import Deletion


@admin.register(Deletion)
class DeletionAdmin(NothingTyped[Deletion], ModeratedAdmin[Deletion]):
    list_display = ["photos", "first_names", "deleted_by", "deleted", "kept", "gallery"]
    list_select_related = ["user", "gallery"]
    ordering = ["-pk"]
    fields = ["photos", "first_names", "deleted_by", "deleted", "kept", "gallery"]
    actions = ["bring_back"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deletion]:
        """For editors alone, as the page is."""
        return Deletion.objects.editable_by(request.user).with_names()

    def has_bring_back_permission(self, request: HttpRequest) -> bool:
        """Deletions cannot be typed, so Django's own answer about changes is always no."""
        return request.user.has_perm("galleries.change_deletion")

    @admin.display(description="Photos", ordering="photo_count")
    def photos(self, deletion: Deletion) -> str:
        return counted(deletion.photo_count, "photo")

    @admin.display(description="Among them")
    def first_names(self, deletion: Deletion) -> str:
        return ", ".join(deletion.names)

    @admin.display(description="Deleted by", ordering="user__username")
    def deleted_by(self, deletion: Deletion) -> str:
        return str(deletion.user or "somebody")

    @admin.display(ordering="deleted_at")
    def deleted(self, deletion: Deletion) -> str:
        return moment(deletion.deleted_at)

    @admin.display(description="Kept until")
    def kept(self, deletion: Deletion) -> str:
        return moment(deletion.kept_until)

    @admin.action(description="Bring back", permissions=["bring_back"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[Deletion]) -> None:
        if deletions := self.chosen(request, queryset):
            count = sum(trash.bring_back(deletion) for deletion in deletions)
            tasks.ring_when_committed()
            self.message_user(request, f"Brought back: {counted(count, 'photo')}.")
