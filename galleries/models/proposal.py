"""A whole regrouping as a proposal: what it would change, line by line, until somebody accepts it.

The row is the ledger of the work as well: a message to a worker says only "look at the proposals".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models

from galleries.models.face import Face
from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.ledger import Batch
from galleries.models.model_version import ModelVersion
from galleries.models.person import Person

#: Attempts that may break off before a proposal is given up.
MAX_PROPOSAL_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """What accepting a whole proposal would do."""

    new: int
    merges: int
    splits: int
    joining: int
    named: int

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.merges or self.splits or self.joining)

    def __str__(self) -> str:
        return ", ".join(
            (
                _count(self.new, "new person"),
                _count(self.merges, "merge"),
                _count(self.splits, "suspected split"),
                f"{_count(self.joining, 'face')} join{'s' if self.joining == 1 else ''}",
                f"{_count(self.named, 'named person')} touched",
            )
        )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class ProposalQuerySet(InGalleryQuerySet["Proposal"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Proposal.State.WAITING, Proposal.State.RUNNING])

    def claimable(self, now: datetime) -> Self:
        """Waiting ones, and those whose worker let the lease run out."""
        return self.filter(
            models.Q(state=Proposal.State.WAITING)
            | models.Q(state=Proposal.State.RUNNING, leased_until__lt=now)
        )

    def newest_of(self, gallery: Gallery) -> Proposal | None:
        return self.filter(gallery=gallery).select_related("model", "batch").order_by("pk").last()


class Proposal(models.Model):
    """All faces of a gallery grouped anew, compared with its persons. Changes nothing by itself."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being computed"
        READY = "ready", "Ready"
        FAILED = "failed", "Broken off"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"
        OUTDATED = "outdated", "Outdated"

    OPEN_STATES = (State.WAITING, State.RUNNING, State.READY)

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="proposals")
    model = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease = models.UUIDField(null=True, help_text="The claim that may write the result.")
    leased_until = models.DateTimeField(null=True)
    face_count = models.PositiveIntegerField(default=0, help_text="Faces that were compared.")
    batch = models.ForeignKey(
        Batch, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Accepted as."
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["gallery"],
                condition=models.Q(state__in=["waiting", "running", "ready"]),
                name="one_open_proposal",
            )
        ]

    def __str__(self) -> str:
        return f"regrouping of {self.gallery_id}: {self.state}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)


class LineQuerySet(InGalleryQuerySet["Line"]):
    def standing(self) -> Self:
        """Those that nobody has answered with no."""
        return self.filter(outcome="")

    def ticked(self) -> Self:
        return self.filter(is_ticked=True)

    def in_order(self) -> Self:
        """Doubtful ones first, and the largest of a kind."""
        return self.select_related("person", "other").order_by("pk")

    def summary(self) -> Summary:
        kinds = self.order_by().values_list("kind")
        counts: dict[str, int] = dict(kinds.annotate(n=models.Count("pk")))
        joining = self.filter(kind=Line.Kind.JOIN).aggregate(n=models.Sum("face_count"))["n"]
        doubtful = self.filter(kind__in=[Line.Kind.MERGE, Line.Kind.SPLIT])
        named = Person.objects.named().filter(
            models.Q(pk__in=doubtful.values("person")) | models.Q(pk__in=doubtful.values("other"))
        )
        return Summary(
            new=counts.get(Line.Kind.NEW, 0),
            merges=counts.get(Line.Kind.MERGE, 0),
            splits=counts.get(Line.Kind.SPLIT, 0),
            joining=joining or 0,
            named=named.count(),
        )


class Line(models.Model):
    """One change that a proposal suggests; taken or left by itself.

    What `person` and `other` are: MERGE, the one who stays and the one who becomes part of it;
    SPLIT, whose faces leave and who gets them, None for somebody new; JOIN, who gets them.
    """

    class Kind(models.TextChoices):
        MERGE = "merge", "Merges"
        SPLIT = "split", "Suspected splits"
        NEW = "new", "New persons"
        JOIN = "join", "Faces that join"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        SKIPPED = "skipped", "Decided otherwise meanwhile"
        REFUSED = "refused", "Answered with no"

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind)
    person = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    face_count = models.PositiveIntegerField(default=0, help_text="Faces that would move.")
    is_ticked = models.BooleanField(default=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.face_count} faces"


class LineFace(models.Model):
    """A face that a line would move, with the probability that it belongs there."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="places")
    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField(help_text="Within the line, the surest first.")
    probability = models.FloatField()

    objects = InGalleryQuerySet["LineFace"].as_manager()

    class Meta:
        ordering = ["line", "position"]
        indexes = [models.Index(fields=["line", "position"], name="face_of_line")]

    def __str__(self) -> str:
        return f"face {self.face_id} of line {self.line_id}"
