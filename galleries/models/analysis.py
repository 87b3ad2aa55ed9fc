"""The ledger of background work: PostgreSQL is the queue of record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import models

from faceengine.errors import SENTENCES
from faceengine.errors import Reason as PictureReason
from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.model_version import ModelVersion
from galleries.models.photo import Photo

MAX_ATTEMPTS = 3


class Reason(models.TextChoices):
    """Why an analysis failed, as the user reads it: what is wrong and what to do."""

    EMPTY = PictureReason.EMPTY.value, SENTENCES[PictureReason.EMPTY]
    NOT_A_PICTURE = PictureReason.NOT_A_PICTURE.value, SENTENCES[PictureReason.NOT_A_PICTURE]
    UNSUPPORTED = PictureReason.UNSUPPORTED.value, SENTENCES[PictureReason.UNSUPPORTED]
    DAMAGED = PictureReason.DAMAGED.value, SENTENCES[PictureReason.DAMAGED]
    TOO_LARGE = PictureReason.TOO_LARGE.value, SENTENCES[PictureReason.TOO_LARGE]
    TOO_SLOW = PictureReason.TOO_SLOW.value, SENTENCES[PictureReason.TOO_SLOW]
    CRASHED = PictureReason.CRASHED.value, SENTENCES[PictureReason.CRASHED]
    FILE_MISSING = "file-missing", "The original file is gone from the disk. Upload it again."
    WORKER_LOST = (
        "worker-lost",
        (
            "The work on this picture broke off three times. Try again; if it keeps failing, "
            "save the picture as JPEG and upload that."
        ),
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the photos of a gallery are, by the model version that it uses now."""

    total: int
    done: int
    failed: int
    faces: int

    @property
    def unfinished(self) -> int:
        return self.total - self.done - self.failed

    @property
    def settled(self) -> int:
        return self.done + self.failed


def list_reasons() -> list[tuple[str, str]]:
    """A function, so that a better sentence is no change of the schema."""
    return Reason.choices


class AnalysisQuerySet(InGalleryQuerySet["Analysis"]):
    def of_gallery(self, gallery: Gallery) -> Self:
        """Those by the model version that the gallery uses now."""
        return self.filter(gallery=gallery, model=gallery.model_id)

    def progress(self, gallery: Gallery) -> Progress:
        rows = self.of_gallery(gallery).order_by().values("state").annotate(n=models.Count("pk"))
        counts = {row["state"]: row["n"] for row in rows}
        return Progress(
            total=sum(counts.values()),
            done=counts.get(Analysis.State.DONE, 0),
            failed=counts.get(Analysis.State.FAILED, 0),
            faces=gallery.faces.real().count(),
        )

    def unfinished(self) -> Self:
        return self.filter(state__in=[Analysis.State.QUEUED, Analysis.State.RUNNING])

    def quarantined(self) -> Self:
        return self.filter(state=Analysis.State.FAILED)

    def newest_first(self) -> Self:
        """With their photos, the last uploaded first."""
        return self.select_related("photo").order_by("-photo")

    def claimable(self, now: datetime) -> Self:
        """Waiting rows, and rows whose worker let the lease run out."""
        return self.filter(
            models.Q(state=Analysis.State.QUEUED)
            | models.Q(state=Analysis.State.RUNNING, leased_until__lt=now)
        )


class Analysis(models.Model):
    """One photo's way through one model version: state, stage, attempts, lease, reason, timings."""

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being read"
        DONE = "done", "Done"
        FAILED = "failed", "Not readable"

    class Stage(models.TextChoices):
        WAITING = "waiting", "waiting"
        DECODING = "decoding", "reading the file"
        DETECTING = "detecting", "finding faces"
        STORING = "storing", "storing"
        FINISHED = "finished", "finished"

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="analyses")
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="analyses")
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, help_text="The claim that may write the result.")
    leased_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=20, choices=list_reasons, blank=True)
    decode_ms = models.PositiveIntegerField(null=True)
    engine_ms = models.PositiveIntegerField(null=True)
    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "analyses"
        constraints = [
            models.UniqueConstraint(fields=["photo", "model"], name="one_analysis_per_model")
        ]
        indexes = [
            models.Index(
                fields=["attempts", "id"],
                condition=models.Q(state__in=["queued", "running"]),
                name="analysis_unfinished",
            ),
            models.Index(fields=["gallery", "state"], name="analysis_of_gallery"),
        ]

    def __str__(self) -> str:
        return f"{self.model} of photo {self.photo_id}: {self.state}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in (Analysis.State.QUEUED, Analysis.State.RUNNING)
