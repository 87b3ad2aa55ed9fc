"""Identities inside one gallery."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower

from accounts.models import User
from galleries.models.gallery import Gallery, InGalleryQuerySet, count_of

if TYPE_CHECKING:
    from galleries.models.face import Face


class PersonQuerySet(InGalleryQuerySet["Person"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return super().visible_to(user).present()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        return super().editable_by(user).present()

    def present(self) -> Self:
        """Without those that were merged into others or deleted, and may come back by undo."""
        return self.filter(is_removed=False)

    def listed(self) -> Self:
        """Those that the pages show: neither hidden nor strangers."""
        return self.present().filter(is_hidden=False, is_stranger=False)

    def named(self) -> Self:
        return self.exclude(name="")

    def unnamed(self) -> Self:
        return self.filter(name="")

    def set_aside(self) -> Self:
        """Those that `listed` leaves out, though they exist."""
        return self.present().filter(Q(is_hidden=True) | Q(is_stranger=True))

    def called(self, text: str) -> Self:
        """Those whom somebody may mean by a typed name, whatever its case.

        "Unnamed 7" is one person, and so is "Anna #7" where several are called Anna.
        """
        text = _without_nul(text)
        meant = Q(name__iexact=text.strip()) & ~Q(name="")
        if found := re.fullmatch(r"\s*(unnamed |.+#)(\d{1,18})\s*", text, re.IGNORECASE):
            name = found[1].rstrip("# ")
            meant |= Q(pk=found[2], name__iexact="" if name.lower() == "unnamed" else name)
        return self.filter(meant)

    def matching(self, text: str) -> Self:
        """Those whose name contains a text, or whom it means; all where there is none."""
        text = _without_nul(text).strip()
        return self.filter(name__icontains=text) | self.called(text) if text else self

    def with_faces(self) -> Self:
        """Fill `face_count` and `portrait_id`: the cover, or else the best face."""
        # subqueries, so that each takes its own index and none multiplies the rows of another
        faces = apps.get_model("galleries", "Face").objects
        own = faces.filter(person=models.OuterRef("pk"))
        best = own.order_by("-quality", "pk").values("pk")[:1]
        return self.annotate(
            face_count=count_of(own),
            portrait_id=Coalesce("cover_id", models.Subquery(best)),
        )

    def noticeable(self) -> Self:
        """After `with_faces`: named, or with faces; one without either says nothing to anybody."""
        return self.exclude(name="", face_count=0)

    def named_first(self) -> Self:
        """After `with_faces`: those with a name by name, then the others, the largest first."""
        unnamed = models.ExpressionWrapper(Q(name=""), models.BooleanField())
        return self.order_by(unnamed, Lower("name"), "-face_count", "pk")

    def largest_first(self) -> Self:
        """After `with_faces`."""
        return self.order_by("-face_count", "pk")


def _without_nul(text: str) -> str:
    """PostgreSQL refuses a text with NUL, so no name has one."""
    return text.replace("\0", "")


class Person(models.Model):
    """Somebody whose faces were recognised as alike; named by a human, or not yet.

    No row is deleted when persons are merged or removed: undo brings it back. Only the code in
    `galleries.ledger` writes these fields, so that every change is in the log.
    """

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="persons")
    name = models.CharField(max_length=200, blank=True)
    cover: models.ForeignKey[Face | None, Face | None] = models.ForeignKey(
        "galleries.Face", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    notes = models.TextField(blank=True)
    born_on = models.DateField(
        null=True, blank=True, help_text="Photos taken before are never matched."
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="persons",
        help_text="The account of this person.",
    )
    is_hidden = models.BooleanField(default=False, help_text="Known, but not shown in the lists.")
    is_stranger = models.BooleanField(
        default=False, help_text="Nobody to be named: faces join, and nobody is asked about them."
    )
    is_removed = models.BooleanField(default=False, help_text="Merged into another, or deleted.")
    created_at = models.DateTimeField(auto_now_add=True)

    # filled by `with_faces`
    face_count: int
    portrait_id: int | None

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name or f"Unnamed {self.pk}"

    def was_born_by(self, day: date | None) -> bool:
        """Whether a photo of that day can show the person; of an unknown day it can."""
        return self.born_on is None or day is None or self.born_on <= day
