"""Who searched in which gallery: for its owners. Of the picture and its vectors nothing is kept."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import User
from faceengine.packs import Strictness
from galleries.models import Gallery


class Kind(models.TextChoices):
    """What somebody searched with."""

    PICTURE = "picture", "A picture of their own"
    FACE = "face", "A face of a photo"
    PHOTO = "photo", "A photo of a gallery"
    PERSONS = "persons", "People by name"
    LOOKS = "looks", "Photos that look alike"


def list_strictness() -> list[tuple[str, str]]:
    """A function, so that a better word is no change of the schema."""
    return [(word.value, word.value.capitalize()) for word in Strictness]


class SearchRecordQuerySet(models.QuerySet["SearchRecord"]):
    def owned_by(self, user: User) -> Self:
        """Those of the user's own galleries: other members do not see who searched."""
        return self.filter(gallery__in=Gallery.objects.owned_by(user))

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class SearchRecord(models.Model):
    """One question in one gallery, however many pages of its answer were looked at."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(max_length=10, choices=Kind, help_text="What was searched with.")
    strictness = models.CharField(
        max_length=10, choices=list_strictness, blank=True, help_text="Of a search for faces."
    )
    hits = models.PositiveIntegerField(help_text="Photos of this gallery that were found.")
    searched_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = SearchRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "search"
        verbose_name_plural = "searches"
        indexes = [models.Index(fields=["gallery", "-id"], name="search_newest_first")]

    def __str__(self) -> str:
        return f"search {self.pk} in gallery {self.gallery_id}"
