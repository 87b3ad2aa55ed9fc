"""Faces and their vectors."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from pgvector.django import HalfVectorField

from accounts.models import User
from faceengine.faces import Box, Weakness
from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.model_version import ModelVersion
from galleries.models.person import Person
from galleries.models.photo import Photo


def list_weaknesses() -> list[tuple[str, str]]:
    """A function, so that a better word is no change of the schema."""
    return [(weakness.value, weakness.label) for weakness in Weakness]


class AssignedBy(models.TextChoices):
    """Who says which person a face is. A human always wins."""

    HUMAN = "human", "A human"
    MATCHER = "matcher", "The matcher"
    IMPORT = "import", "An import"


class Verdict(models.TextChoices):
    NOT_A_FACE = "not-a-face", "Not a face"


class FaceQuerySet(InGalleryQuerySet["Face"]):
    def real(self) -> Self:
        """Without what somebody said is no face."""
        return self.filter(verdict="")

    def shown_to(self, user: User | AnonymousUser) -> Self:
        """Visible ones; what is no face is only for those who may say that it is one after all."""
        is_editable = models.Q(gallery__in=Gallery.objects.editable_by(user))
        return self.visible_to(user).filter(models.Q(verdict="") | is_editable)

    def waiting(self) -> Self:
        """Faces of nobody yet."""
        return self.real().filter(person=None)

    def of(self, person: Person) -> Self:
        return self.filter(person=person)

    def strong(self) -> Self:
        """Good enough to open a person with."""
        return self.filter(weakness="")

    def newest_first(self) -> Self:
        """As their photos in a gallery; those of one photo from left to right."""
        return self.order_by("-photo_id", "left", "pk")

    def surest_first(self) -> Self:
        """What humans and imports said, then what the matcher found; the best pictures first."""
        is_guess = models.ExpressionWrapper(
            models.Q(assigned_by=AssignedBy.MATCHER), models.BooleanField()
        )
        return self.order_by(is_guess, "-quality", "pk")

    def least_sure_first(self) -> Self:
        """What the matcher found, the most doubtful first, then what humans and imports said."""
        return self.order_by(models.F("probability").asc(nulls_last=True), "-photo_id", "pk")


class Face(models.Model):
    """One face of a photo; box and landmarks are fractions of the upright picture."""

    class Source(models.TextChoices):
        DETECTED = "detected", "Found by the detector"
        DRAWN = "drawn", "Drawn by hand"

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="faces")
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="faces")
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="faces")
    assigned_by = models.CharField(
        max_length=10,
        choices=AssignedBy,
        blank=True,
        help_text="Who says so; empty without person.",
    )
    probability = models.FloatField(
        null=True, help_text="That it is this person, as far as the matcher knows."
    )
    verdict = models.CharField(max_length=20, choices=Verdict, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.DETECTED)
    left = models.FloatField()
    top = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    landmarks = ArrayField(
        models.FloatField(),
        size=10,
        help_text="x and y of left eye, right eye, nose, left and right corner of the mouth.",
    )
    score = models.FloatField(help_text="How sure the detector was, on its own scale.")
    quality = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    weakness = models.CharField(
        max_length=20,
        choices=list_weaknesses,
        blank=True,
        help_text="Why the face is too poor to open a person with; empty for a good one.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FaceQuerySet.as_manager()

    class Meta:
        ordering = ["left", "pk"]
        indexes = [models.Index(fields=["gallery", "person"], name="face_of_person")]

    def __str__(self) -> str:
        return f"face {self.pk} in photo {self.photo_id}"

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.width, self.height)


class FaceVector(models.Model):
    """A face's embedding by one model version, of unit length.

    Its foreign keys are kept by the code that deletes, not by the database: a table distributed
    by `gallery_id` cannot reference one that is not.
    """

    pk = models.CompositePrimaryKey("gallery_id", "face_id", "model_id")
    gallery = models.ForeignKey(
        Gallery, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    face = models.ForeignKey(
        Face, on_delete=models.CASCADE, related_name="vectors", db_constraint=False
    )
    model = models.ForeignKey(
        ModelVersion,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    vector = HalfVectorField()

    objects = InGalleryQuerySet["FaceVector"].as_manager()

    def __str__(self) -> str:
        return f"{self.model_id} of face {self.face_id}"
