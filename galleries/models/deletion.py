"""Photos that were deleted and can still be brought back.

Their rows are gone from every table, so that no page, search or count can show them by mistake.
What is needed to write them again lies here as text; vectors are not kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from galleries.models.gallery import Gallery, InGalleryQuerySet


class DeletionQuerySet(InGalleryQuerySet["Deletion"]):
    def newest_first(self) -> Self:
        return self.select_related("user").order_by("-pk")

    def older_than(self, moment: datetime) -> Self:
        return self.filter(deleted_at__lt=moment)


class Deletion(models.Model):
    """Photos that one user deleted in one go, and that come back in one go."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="deletions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    photo_count = models.PositiveIntegerField()
    places = ArrayField(
        models.BigIntegerField(),
        default=list,
        help_text="In albums, of photos that stayed in place of these; taken back with them.",
    )
    covers = models.JSONField(
        default=dict, help_text="Faces of these photos that stand for persons, by the person."
    )
    deleted_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = DeletionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.photo_count} photos deleted from {self.gallery_id}"


class DeletedPhoto(models.Model):
    """One of them: where its files lie, and its rows."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    rows = models.JSONField(help_text="As Django's serializer writes them.")

    objects = InGalleryQuerySet["DeletedPhoto"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "sha256"], name="one_deleted_photo_per_content"
            )
        ]

    def __str__(self) -> str:
        return self.name
