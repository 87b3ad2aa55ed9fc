"""The log of everything that was decided about identities, append-only, and what follows from it.

A batch is one action of a user or of the matcher. Its events say what each face and each person was
before and after, so that undo is the exact inverse; its rejections and differences are remembered
as long as no later batch withdraws them.
"""

from __future__ import annotations

from typing import Self, TypeVar

from django.conf import settings
from django.db import models

from galleries.models.face import AssignedBy, Face, Verdict
from galleries.models.gallery import Gallery, InGalleryQuerySet
from galleries.models.model_version import ModelVersion
from galleries.models.person import Person

RuleT = TypeVar("RuleT", bound="Rule")


class Action(models.TextChoices):
    """What was done; the label completes "Anna …"."""

    ASSIGN = "assign", "recognised"
    NAME = "name", "named"
    CONFIRM = "confirm", "confirmed"
    MERGE = "merge", "merged"
    SPLIT = "split", "split off"
    MOVE = "move", "moved"
    REJECT = "reject", "took out"
    NOT_A_FACE = "not-a-face", "marked as no face"
    STRANGER = "stranger", "marked as a stranger"
    DIFFERENT = "different", "told apart"
    DRAW = "draw", "drew"
    EDIT = "edit", "changed"
    COVER = "cover", "chose the cover of"
    HIDE = "hide", "hid"
    SHOW = "show", "showed again"
    DELETE = "delete", "deleted"
    REGROUP = "regroup", "regrouped"
    IMPORT = "import", "imported"
    UNDO = "undo", "took back"


def list_actions() -> list[tuple[str, str]]:
    """A function, so that a better word is no change of the schema."""
    return Action.choices


class BatchQuerySet(InGalleryQuerySet["Batch"]):
    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def about(self, person: Person) -> Self:
        return self.filter(persons=person)

    def about_face(self, face: Face) -> Self:
        """Also those that moved it nowhere, but said who it is not."""
        moved = Event.objects.filter(face=face).values("batch")
        rejected = Rejection.objects.filter(face=face).values("batch")
        return self.filter(models.Q(pk__in=moved) | models.Q(pk__in=rejected))

    def decided(self) -> Self:
        """Those of humans and imports, without the matcher's."""
        return self.exclude(source=AssignedBy.MATCHER)

    def standing_after(self, batch: Batch) -> Self:
        """Later decisions in its gallery that are in force; undoing a later one is none itself."""
        later = self.decided().filter(gallery=batch.gallery_id, pk__gt=batch.pk, is_undone=False)
        return later.exclude(undoes__isnull=False, undoes__gt=batch.pk)

    def with_details(self) -> Self:
        # an undo says what it took back and who had done that; a redo, two steps of it
        return self.select_related("actor", "undoes__actor", "undoes__undoes__actor")

    def with_standing_undo(self) -> Self:
        """Fill `standing_undo_id`: the batch to undo so that this one is in force again."""
        standing = Batch.objects.filter(undoes=models.OuterRef("pk"), is_undone=False)
        return self.annotate(standing_undo_id=models.Subquery(standing.values("pk")[:1]))

    def older_than(self, batch_id: int | None) -> Self:
        """What follows a batch in `newest_first`; all of it where there is none."""
        return self if batch_id is None else self.filter(pk__lt=batch_id)


class Batch(models.Model):
    """One action: its events happened together, and are undone together."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="batches")
    action = models.CharField(max_length=20, choices=list_actions)
    source = models.CharField(max_length=10, choices=AssignedBy)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    model = models.ForeignKey(
        ModelVersion,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Matched by.",
    )
    subject = models.CharField(
        max_length=250, blank=True, help_text="Who it was about, by the name of that time."
    )
    target = models.CharField(
        max_length=250, blank=True, help_text="Who the faces went to, by the name of that time."
    )
    face_count = models.PositiveIntegerField(default=0)
    persons = models.ManyToManyField(Person, related_name="batches")
    undoes = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="undone_by"
    )
    is_undone = models.BooleanField(default=False, help_text="By a batch that still stands.")
    created_at = models.DateTimeField(auto_now_add=True)

    # filled by `with_standing_undo`
    standing_undo_id: int | None

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "batches"
        indexes = [models.Index(fields=["gallery", "-id"], name="batch_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.subject}".strip()


class Event(models.Model):
    """What became of one face in a batch."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="events")
    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="events")
    person_from = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    person_to = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    assigned_by_from = models.CharField(max_length=10, choices=AssignedBy, blank=True)
    assigned_by_to = models.CharField(max_length=10, choices=AssignedBy, blank=True)
    probability_from = models.FloatField(null=True)
    probability_to = models.FloatField(null=True)
    verdict_from = models.CharField(max_length=20, choices=Verdict, blank=True)
    verdict_to = models.CharField(max_length=20, choices=Verdict, blank=True)

    objects = InGalleryQuerySet["Event"].as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"face {self.face_id}: {self.person_from_id} → {self.person_to_id}"


class PersonEvent(models.Model):
    """What became of one person in a batch: only the fields that changed."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="person_events")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="events")
    before = models.JSONField()
    after = models.JSONField()

    objects = InGalleryQuerySet["PersonEvent"].as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"person {self.person_id}: {self.before} → {self.after}"


class RuleQuerySet(InGalleryQuerySet[RuleT]):
    def standing(self) -> Self:
        return self.filter(withdrawn_by=None)


class Rule(models.Model):
    """What is remembered about two rows until a batch withdraws it."""

    class Meta:
        abstract = True


class Rejection(Rule):
    """Somebody said that this face is not this person. Never assigned again while it stands."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="rejections")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="rejections")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejections")
    withdrawn_by = models.ForeignKey(
        Batch, null=True, on_delete=models.SET_NULL, related_name="withdrawn_rejections"
    )
    restored_by = models.ForeignKey(
        Batch,
        null=True,
        on_delete=models.SET_NULL,
        related_name="restored_rejections",
        help_text="The undo that said again what `batch` had said.",
    )

    objects = RuleQuerySet["Rejection"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["face", "person"],
                condition=models.Q(withdrawn_by=None),
                name="one_standing_rejection",
            )
        ]

    def __str__(self) -> str:
        return f"face {self.face_id} is not person {self.person_id}"


class Difference(Rule):
    """Somebody said that these are two people. `one` has the smaller key."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    one = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="differences")
    withdrawn_by = models.ForeignKey(
        Batch, null=True, on_delete=models.SET_NULL, related_name="withdrawn_differences"
    )
    restored_by = models.ForeignKey(
        Batch,
        null=True,
        on_delete=models.SET_NULL,
        related_name="restored_differences",
        help_text="The undo that said again what `batch` had said.",
    )

    objects = RuleQuerySet["Difference"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["one", "other"],
                condition=models.Q(withdrawn_by=None),
                name="one_standing_difference",
            ),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="difference_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.one_id} is not person {self.other_id}"
