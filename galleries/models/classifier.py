"""A classifier of a gallery's own persons or albums: what it learnt from, how good it is, and
which version is in use.

The row is the ledger of the work as well: a message to a worker says only "look at the
classifiers". The weights lie in a file, which no page hands out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models

from galleries.models.gallery import Album, Gallery, InGalleryQuerySet
from galleries.models.person import Person

#: Attempts that may break off before a training is given up.
MAX_TRAINING_ATTEMPTS = 3


class ClassifierQuerySet(InGalleryQuerySet["Classifier"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Classifier.State.QUEUED, Classifier.State.RUNNING])

    def claimable(self, now: datetime) -> Self:
        """Queued ones, and those whose worker let the lease run out."""
        return self.filter(
            models.Q(state=Classifier.State.QUEUED)
            | models.Q(state=Classifier.State.RUNNING, leased_until__lt=now)
        )

    def done(self) -> Self:
        return self.filter(state=Classifier.State.DONE)

    def promoted(self) -> Self:
        """Those in use: one of a gallery's for each task at most."""
        return self.exclude(promoted_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-pk")


class Classifier(models.Model):
    """One training, and what came of it. `figures` and `curve` are as `galleries.training` writes
    them; they know classes by number only, never by name."""

    class Task(models.TextChoices):
        FACES = "faces", "People"
        IMAGES = "images", "Albums"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being trained"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        ERASED = "erased", "Removed"

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="classifiers")
    task = models.CharField(max_length=10, choices=Task)
    version = models.PositiveIntegerField(help_text="Counted in the gallery, for each task.")
    made_of = models.CharField(
        max_length=80, blank=True, help_text="The model version whose vectors it judges."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_compared = models.BooleanField(
        default=False, help_text="The classic way is tried on the same photos, too."
    )
    is_to_be_promoted = models.BooleanField(
        default=False, help_text="It takes the place of one that had to be removed."
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    problem = models.CharField(max_length=500, blank=True, help_text="Why it failed.")
    percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, help_text="The claim that may write the result.")
    leased_until = models.DateTimeField(null=True)
    curve = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    example_count = models.PositiveIntegerField(default=0)
    label_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the classes and examples it learnt from."
    )
    file = models.CharField(max_length=200, blank=True, help_text="Its weights, in the storage.")
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    promoted_at = models.DateTimeField(null=True, help_text="In use since.")

    objects = ClassifierQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gallery", "task", "version"], name="one_classifier_of_a_version"
            ),
            models.UniqueConstraint(
                fields=["gallery", "task"],
                condition=models.Q(promoted_at__isnull=False),
                name="one_promoted_classifier",
            ),
            models.UniqueConstraint(
                fields=["gallery", "task"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_open_training",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_task_display()}, version {self.version}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def is_promoted(self) -> bool:
        return self.promoted_at is not None

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def accuracy(self) -> float | None:
        """Of the linear head on the test part, or on the validation part where that is empty."""
        ways = self.figures.get("ways")
        if not ways:
            return None
        of_part = ways[0]["accuracy"]
        shown: float | None = of_part["validation"] if of_part["test"] is None else of_part["test"]
        return shown


class ClassifierLabelQuerySet(InGalleryQuerySet["ClassifierLabel"]):
    def worst_first(self) -> Self:
        """Those with most wrong answers about them; the largest of the others first."""
        wrong = models.F("examples") + models.F("answers") - 2 * models.F("right")
        return self.order_by(wrong.desc(), "-learnt_from", "number")


class ClassifierLabel(models.Model):
    """A class of a classifier and how well it is told apart, on examples it did not learn from.

    A person or an album; neither once the album is gone. With a purged person its row goes.
    """

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    classifier = models.ForeignKey(Classifier, on_delete=models.CASCADE, related_name="labels")
    number = models.PositiveIntegerField(help_text="Of its row in the weights.")
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    album = models.ForeignKey(Album, null=True, on_delete=models.SET_NULL, related_name="+")
    learnt_from = models.PositiveIntegerField()
    examples = models.PositiveIntegerField(help_text="That it was asked about.")
    answers = models.PositiveIntegerField(help_text="How often this class was the answer.")
    right = models.PositiveIntegerField()

    objects = ClassifierLabelQuerySet.as_manager()

    class Meta:
        ordering = ["classifier", "number"]
        constraints = [
            models.UniqueConstraint(fields=["classifier", "number"], name="one_label_of_a_number")
        ]

    def __str__(self) -> str:
        return f"class {self.number} of classifier {self.classifier_id}"

    @property
    def name(self) -> str:
        return str(self.person or self.album or "A removed album")

    @property
    def precision(self) -> float | None:
        return self.right / self.answers if self.answers else None

    @property
    def recall(self) -> float | None:
        return self.right / self.examples if self.examples else None
