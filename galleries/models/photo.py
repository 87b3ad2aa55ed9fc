"""Pictures and the albums that they lie in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from faceengine.places import Place
from galleries.models.gallery import Album, Gallery, InGalleryQuerySet
from galleries.models.place import is_near

if TYPE_CHECKING:
    from galleries.models.analysis import Analysis


def original_path(photo: Photo, _name: str) -> str:
    """Where the original lies: by gallery, then by content."""
    return photo.original_name


class PhotoQuerySet(InGalleryQuerySet["Photo"]):
    def newest_first(self) -> Self:
        return self.order_by("-pk")

    def older_than(self, photo_id: int | None) -> Self:
        """What follows a photo in `newest_first`; all of it where there is none."""
        return self if photo_id is None else self.filter(pk__lt=photo_id)

    def newer_than(self, photo_id: int) -> Self:
        return self.filter(pk__gt=photo_id)

    def showable(self) -> Self:
        """Photos that were read, or still may be: not those that could never be read."""
        return self.exclude(width=None, analyses__state="failed")

    def settled(self) -> Self:
        """Photos that can be shown, or never will be: no work on them is outstanding."""
        return self.exclude(width=None, analyses__state__in=["queued", "running"])

    def with_analysis(self) -> Self:
        """Fetch the analyses and their models in one query each, for `Photo.analysis`."""
        return self.select_related("gallery").prefetch_related("analyses")

    def with_details(self) -> Self:
        """Fetch all that describes a photo, except its faces."""
        return self.with_analysis().select_related("uploaded_by").prefetch_related("albums")

    def in_state(self, state: str) -> Self:
        """By the state of the analysis that the gallery's present model makes."""
        return self.filter(analyses__state=state, analyses__model=models.F("gallery__model"))

    def placed(self) -> Self:
        """Those of which it is known where they were taken."""
        return self.exclude(latitude=None)

    def near(self, place: Place, kilometres: float) -> Self:
        return self.filter(is_near(place, kilometres))

    def of_contents(self, digests: Iterable[str]) -> Self:
        """Those whose files have these SHA-256 digests."""
        return self.filter(sha256__in=digests)


class Photo(models.Model):
    """One picture of a gallery. Width and height are those of the upright picture, in pixels."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="photos")
    albums = models.ManyToManyField(Album, through="AlbumPhoto", related_name="photos")
    sha256 = models.CharField(max_length=64, help_text="Of the original file, hexadecimal.")
    original = models.FileField(upload_to=original_path, max_length=200)
    name = models.CharField(max_length=255, help_text="The name of the file that was uploaded.")
    byte_size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=40, blank=True, help_text="By content.")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    taken_at = models.DateTimeField(null=True, help_text="By the camera's clock, read as UTC.")
    camera = models.CharField(max_length=100, blank=True)
    latitude = models.FloatField(null=True, help_text="In degrees, south is negative.")
    longitude = models.FloatField(null=True, help_text="In degrees, west is negative.")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)
    # both until the photo is read: names are taken over once, and not again after an undo
    takes_names = models.BooleanField(
        default=False, help_text="Names in the file are still to be taken over."
    )
    named_after = models.CharField(
        max_length=200, blank=True, help_text="The name that its only face is still to be given."
    )

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gallery", "sha256"], name="one_photo_per_content")
        ]
        indexes = [
            models.Index(fields=["gallery", "-id"], name="photo_newest_first"),
            models.Index(
                fields=["gallery", "latitude"],
                name="photo_place",
                condition=models.Q(latitude__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def analysis(self) -> Analysis | None:
        """The analysis by the model version that the gallery uses now."""
        return next(
            (row for row in self.analyses.all() if row.model_id == self.gallery.model_id), None
        )

    @property
    def place(self) -> Place | None:
        """Where it was taken, if its camera knew."""
        if self.latitude is None or self.longitude is None:
            return None
        return Place(self.latitude, self.longitude)

    @property
    def original_name(self) -> str:
        """Where the original lies in the storage."""
        return f"{self.folder}/original"

    @property
    def folder(self) -> str:
        """The storage folder of the original and everything derived from it."""
        return f"{self.gallery_id}/{self.sha256[:2]}/{self.sha256}"


class AlbumPhoto(models.Model):
    """A photo's place in an album; one photo may lie in several albums of its gallery."""

    gallery = models.ForeignKey(Gallery, on_delete=models.CASCADE, related_name="+")
    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="+")
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="+")

    objects = InGalleryQuerySet["AlbumPhoto"].as_manager()

    class Meta:
        verbose_name = "place in an album"
        verbose_name_plural = "places in albums"
        constraints = [
            models.UniqueConstraint(fields=["album", "photo"], name="one_place_in_an_album")
        ]

    def __str__(self) -> str:
        return f"photo {self.photo_id} in album {self.album_id}"
