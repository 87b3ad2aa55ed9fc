"""What a similarity means in one gallery, refined from pairs of its own faces."""

from __future__ import annotations

from typing import Self

from django.db import models

from faceengine.packs import PRIOR, Calibration
from faceengine.refining import Refinement
from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.model_version import ModelVersion


class GalleryCalibrationQuerySet(InGalleryQuerySet["GalleryCalibration"]):
    def asked(self) -> Self:
        return self.exclude(asked_at=None)


class GalleryCalibration(models.Model):
    """How far the pack's numbers move in a gallery, and the pairs that this rests on.

    Only for the model that it was measured with. `last_photo` and `last_batch` say of which photos
    and decisions it knows.
    """

    gallery = models.OneToOneField(
        Gallery, on_delete=models.CASCADE, primary_key=True, related_name="measured"
    )
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    strict = models.FloatField(default=0.0)
    normal = models.FloatField(default=0.0)
    wide = models.FloatField(default=0.0)
    slope = models.FloatField(default=1.0, help_text="A factor; the others are added.")
    midpoint = models.FloatField(default=0.0)
    prior = models.FloatField(
        default=PRIOR, help_text="How often two faces of the gallery are one person's."
    )
    stranger_pairs = models.PositiveIntegerField(default=0)
    mate_pairs = models.PositiveIntegerField(default=0)
    error_before = models.FloatField(
        null=True, help_text="Expected calibration error of the pack's numbers on these pairs."
    )
    error_after = models.FloatField(null=True, help_text="The same when refined.")
    last_photo = models.BigIntegerField(default=0)
    last_batch = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True, help_text="Somebody waits for a new measurement.")

    objects = GalleryCalibrationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"calibration of {self.gallery_id}"

    @property
    def is_computed(self) -> bool:
        return self.computed_at is not None

    @property
    def rarity(self) -> int:
        """One in so many pairs of faces is of one person."""
        return round(1 / self.prior)

    def refine(self, calibration: Calibration) -> Calibration:
        """What the numbers of the pack are in this gallery."""
        return Refinement(
            *(self.strict, self.normal, self.wide), self.slope, self.midpoint, self.prior
        ).apply(calibration)
