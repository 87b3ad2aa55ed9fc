"""What every photo looks like without any backbone: its colours and its hash."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from pgvector.django import HalfVectorField

from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.photo import Photo
from galleries.models.scene import SceneModel


class PhotoLookQuerySet(InGalleryQuerySet["PhotoLook"]):
    def behind(self, model: SceneModel) -> Self:
        """Those that this model has not looked at yet."""
        return self.filter(self._behind(model))

    @staticmethod
    def _behind(model: SceneModel) -> models.Q:
        # ranges of an index, where "is distinct from" would read the whole table
        return models.Q(model=None) | models.Q(model__lt=model.pk) | models.Q(model__gt=model.pk)

    def waiting_for(self, model: SceneModel | None, layout: str) -> Self:
        """Those that a model, if there is one, is to look at, or whose colours are to be counted
        in another layout."""
        other = models.Q(layout__lt=layout) | models.Q(layout__gt=layout)
        return self.filter(self._behind(model) | other if model else other)

    def unclaimed(self, now: datetime) -> Self:
        return self.filter(models.Q(claimed_until=None) | models.Q(claimed_until__lt=now))

    def hashed(self) -> Self:
        return self.exclude(hash=None)


class PhotoLook(models.Model):
    """One photo's colours, hash and sharpness, and which scene model has looked at it.

    The rows are the ledger of the work as well: one whose `model` is not the present one waits.
    Colours and hash are empty only for photos from before there were any.
    """

    pk = models.CompositePrimaryKey("gallery_id", "photo_id")
    gallery = models.ForeignKey(
        Gallery, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    photo = models.ForeignKey(
        Photo, on_delete=models.CASCADE, related_name="looks", db_constraint=False
    )
    colours = HalfVectorField(null=True, help_text="A histogram that sums to one.")
    layout = models.CharField(max_length=30, blank=True, help_text="Of the histogram.")
    hash = models.BigIntegerField(null=True, help_text="64 bits, with a sign as PostgreSQL has.")
    sharpness = models.FloatField(default=0.0, help_text="Only compared within one motif.")
    model = models.ForeignKey(
        SceneModel,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
        help_text="The last one that looked at it.",
    )
    claimed_until = models.DateTimeField(null=True, help_text="A worker is looking at it.")

    objects = PhotoLookQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["layout"], name="look_of_layout"),
        ]

    def __str__(self) -> str:
        return f"look of photo {self.photo_id}"


class DistinctPair(models.Model):
    """Two photos that look the same and are both wanted. `one` has the smaller key."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    one = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")

    objects = InGalleryQuerySet["DistinctPair"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="one_distinction_of_two"),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="distinction_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"photo {self.one_id} is not photo {self.other_id}"
