"""Photos that were deleted and can still be brought back.

Their rows are gone from every table, so that no page, search or count can show them by mistake.
What is needed to write them again lies here as text; vectors are not kept.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from galleries.models.gallery import Gallery, InGalleryQuerySet

#: Photos of a deletion that are named where deletions are listed.
NAMES_SHOWN = 3


class DeletionQuerySet(InGalleryQuerySet["Deletion"]):
    def with_names(self) -> Self:
        """Fill `named_photos`: the first ones, without what is kept of them."""
        some = DeletedPhoto.objects.named().order_by("pk")[:NAMES_SHOWN]
        return self.prefetch_related(models.Prefetch("photos", some, to_attr="named_photos"))

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

    # filled by `with_names`
    named_photos: list[DeletedPhoto]

    objects = DeletionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"deletion {self.pk}"

    @property
    def names(self) -> list[str]:
        """Of the first photos."""
        return [photo.name for photo in self.named_photos]

    @property
    def unnamed_count(self) -> int:
        return self.photo_count - len(self.named_photos)

    @property
    def kept_until(self) -> datetime:
        """Some hours later it is deleted for good."""
        return self.deleted_at + timedelta(days=settings.LIKENESS_TRASH_DAYS)


class DeletedPhotoQuerySet(InGalleryQuerySet["DeletedPhoto"]):
    def named(self) -> Self:
        """Without what is kept of them, which may be long."""
        return self.defer("rows")


class DeletedPhoto(models.Model):
    """One of them: where its files lie, and its rows."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    rows = models.JSONField(help_text="As Django's serializer writes them.")

    objects = DeletedPhotoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "sha256"], name="one_deleted_photo_per_content"
            )
        ]

    def __str__(self) -> str:
        return self.name
