"""The wall between people: a gallery and its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models.functions import Coalesce

from accounts.models import User
from faceengine.packs import Calibration
from galleries.models.model_version import ModelVersion

if TYPE_CHECKING:
    from galleries.models.calibration import GalleryCalibration

RowT = TypeVar("RowT", bound=models.Model)
#: Of an album; that there are more is enough to know.
MOST_GUESSES = 100


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


EDITING_ROLES = (Role.OWNER, Role.EDITOR)


class GalleryQuerySet(models.QuerySet["Gallery"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Galleries that the user is a member of; being an administrator opens none."""
        return self.filter(pk__in=Membership.objects.filter(user=user.pk).values("gallery"))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(
            pk__in=Membership.objects.filter(user=user.pk, role__in=EDITING_ROLES).values("gallery")
        )

    def owned_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(
            pk__in=Membership.objects.filter(user=user.pk, role=Role.OWNER).values("gallery")
        )

    def with_role_of(self, user: User | AnonymousUser) -> Self:
        """Fill `role`, and with it `may_edit` and `is_owned`."""
        own = Membership.objects.filter(gallery=models.OuterRef("pk"), user=user.pk)
        return self.annotate(role=models.Subquery(own.values("role")))

    def removed(self) -> Self:
        """Those that are being deleted, the first one first; they have no members any more."""
        return self.exclude(removed_at=None).order_by("removed_at", "pk")

    def with_cover(self) -> Self:
        """Fill `cover_id`, the newest photo that can be shown, `photo_count`, `member_count`."""
        photos = apps.get_model("galleries", "Photo").objects.filter(gallery=models.OuterRef("pk"))
        members = Membership.objects.filter(gallery=models.OuterRef("pk"))
        # subqueries, so that each takes its own index and none multiplies the rows of another
        return self.annotate(
            cover_id=models.Subquery(photos.exclude(width=None).order_by("-pk").values("pk")[:1]),
            photo_count=count_of(photos),
            member_count=count_of(members),
        )


def count_of(rows: models.QuerySet[RowT]) -> Coalesce:
    """How many rows of a subquery there are for each row of the outer query."""
    counted = rows.order_by().annotate(every=models.Value(1)).values("every")
    return Coalesce(models.Subquery(counted.annotate(n=models.Count("*")).values("n")), 0)


class InGalleryQuerySet(models.QuerySet[RowT]):
    """Rows that carry `gallery_id`: whoever sees the gallery sees them."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(gallery__in=Gallery.objects.visible_to(user))

    def editable_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(gallery__in=Gallery.objects.editable_by(user))

    def owned_by(self, user: User | AnonymousUser) -> Self:
        return self.filter(gallery__in=Gallery.objects.owned_by(user))


class Gallery(models.Model):
    """The container of albums, photos and persons. All rows below carry its id."""

    name = models.CharField(max_length=200)
    model = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, help_text="The model its faces are compared with."
    )
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="galleries"
    )
    takes_names = models.BooleanField(
        "take over names written in the photos",
        default=True,
        help_text="By other programs, beside the faces; for photos that are added from now on.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(
        null=True, editable=False, help_text="Since then what is in it is being deleted."
    )

    # filled by `with_role_of`
    role: str

    objects = GalleryQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "galleries"

    def __str__(self) -> str:
        return self.name

    @property
    def may_edit(self) -> bool:
        return self.role in EDITING_ROLES

    @property
    def is_owned(self) -> bool:
        return self.role == Role.OWNER

    @property
    def refined_by(self) -> GalleryCalibration | None:
        """What was measured here with the present model, if anything was."""
        measured: GalleryCalibration | None = getattr(self, "measured", None)
        is_valid = measured and measured.is_computed and measured.model_id == self.model_id
        return measured if is_valid else None

    @property
    def calibration(self) -> Calibration:
        """What a similarity means here: the pack's numbers, refined by what was measured.

        Many are read with `select_related("model", "measured")`. Raises: CalibrationError.
        """
        of_pack = self.model.calibration
        return self.refined_by.refine(of_pack) if self.refined_by else of_pack

    @classmethod
    def create_owned_by(cls, user: User, name: str, *, takes_names: bool = True) -> Gallery:
        """Make a gallery with its first member; it uses the default model version."""
        with transaction.atomic():
            gallery = cls.objects.create(
                name=name, takes_names=takes_names, model=ModelVersion.objects.default()
            )
            Membership.objects.create(gallery=gallery, user=user, role=Role.OWNER)
        return gallery


class Membership(models.Model):
    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gallery", "user"], name="one_membership_per_user")
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.gallery}"


class AlbumQuerySet(InGalleryQuerySet["Album"]):
    def with_cover(self) -> Self:
        """Fill `cover_id`, the newest photo that can be shown, and `photo_count`."""
        places = apps.get_model("galleries", "AlbumPhoto").objects.filter(
            album=models.OuterRef("pk")
        )
        newest = places.exclude(photo__width=None).order_by("-photo").values("photo")[:1]
        return self.annotate(cover_id=models.Subquery(newest), photo_count=count_of(places))

    def with_guesses(self) -> Self:
        """Fill `guess_count`, photos that may belong there; at most MOST_GUESSES are counted."""
        guesses = apps.get_model("galleries", "AlbumGuess").objects
        of_album = guesses.filter(album=models.OuterRef("pk")).standing().values("pk")
        counted = ArraySubquery(of_album[:MOST_GUESSES])
        output = models.IntegerField()
        return self.annotate(
            guess_count=models.Func(counted, function="cardinality", output_field=output)
        )


class Album(models.Model):
    """A named set of photos inside one gallery: one upload, one event."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="albums")
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AlbumQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["gallery", "name"], name="one_album_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name
