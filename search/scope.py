"""Where a search looks: galleries that the user sees, narrowed by what is known of the photos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast, Greatest

from accounts.models import User
from faceengine.packs import Calibration
from faceengine.places import Place
from galleries.models import AlbumPhoto, Face, Gallery, ModelVersion, Photo
from galleries.models.face import FaceQuerySet
from galleries.models.photo import PhotoQuerySet
from galleries.models.place import is_near

#: How far around a place is looked, unless it is said.
USUAL_KILOMETRES = 10


@dataclass(frozen=True, slots=True)
class Around:
    """Within a distance of a place."""

    place: Place
    kilometres: int = USUAL_KILOMETRES


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions on photos; those that are empty say nothing. Days are inclusive.

    `face_pixels` is the least longer side of a face, in pixels of the original.
    """

    galleries: tuple[int, ...] = ()
    albums: tuple[int, ...] = ()
    taken_from: date | None = None
    taken_until: date | None = None
    camera: str = ""
    name: str = ""
    face_pixels: int = 0
    around: Around | None = None

    def narrow(self, faces: FaceQuerySet) -> FaceQuerySet:
        """Those of `faces` that meet the conditions.

        Of an undated photo no day is right, and of one without a position no place.
        """
        conditions = self._of_photos("photo__")
        if self.face_pixels:
            faces = faces.annotate(side=_LONGER_SIDE)
            conditions &= Q(side__gte=self.face_pixels)
        return faces.filter(conditions)

    def narrow_photos(self, photos: PhotoQuerySet) -> PhotoQuerySet:
        """As `narrow`, without what is said of faces."""
        return photos.filter(self._of_photos())

    def _of_photos(self, photo: str = "") -> Q:
        """`photo` leads to the photo, as `photo__`."""
        conditions = Q()
        if self.albums:
            places = AlbumPhoto.objects.filter(album__in=self.albums).values("photo")
            conditions &= Q((f"{photo}pk__in", places))
        if self.taken_from:
            conditions &= Q((f"{photo}taken_at__date__gte", self.taken_from))
        if self.taken_until:
            conditions &= Q((f"{photo}taken_at__date__lte", self.taken_until))
        if self.camera:
            conditions &= Q((f"{photo}camera", self.camera))
        if self.name:
            conditions &= Q((f"{photo}name__icontains", self.name))
        if self.around:
            conditions &= is_near(self.around.place, self.around.kilometres, photo)
        return conditions


_LONGER_SIDE = Greatest(
    F("width") * Cast(F("photo__width"), FloatField()),
    F("height") * Cast(F("photo__height"), FloatField()),
)


@dataclass(frozen=True, slots=True)
class Realm:
    """Galleries that are compared by one model, each with what a similarity means in it."""

    model: ModelVersion
    calibrations: Mapping[int, Calibration]

    @property
    def gallery_ids(self) -> list[int]:
        return list(self.calibrations)


@dataclass(frozen=True)
class Scope:
    """What a user looks through; for one answer, as the galleries are read once."""

    user: User
    filters: Filters = Filters()

    @cached_property
    def realms(self) -> list[Realm]:
        """Galleries whose model this machine lacks are left out."""
        visible = Gallery.objects.visible_to(self.user).select_related("model", "measured")
        if self.filters.galleries:
            visible = visible.filter(pk__in=self.filters.galleries)
        by_model: dict[ModelVersion, dict[int, Calibration]] = {}
        usable: dict[ModelVersion, bool] = {}
        for gallery in visible:
            model = gallery.model
            if usable.setdefault(model, model.is_usable):
                by_model.setdefault(model, {})[gallery.pk] = gallery.calibration
        return [Realm(model, calibrations) for model, calibrations in by_model.items()]

    def faces(self) -> FaceQuerySet:
        """What may be found: what the user sees, and is a face for all that was said."""
        faces = Face.objects.visible_to(self.user).real()
        if self.filters.galleries:
            faces = faces.filter(gallery__in=self.filters.galleries)
        return self.filters.narrow(faces)

    def photos(self) -> PhotoQuerySet:
        """What may be found by what it looks like: what the user sees, and was read."""
        photos = Photo.objects.visible_to(self.user).exclude(width=None)
        if self.filters.galleries:
            photos = photos.filter(gallery__in=self.filters.galleries)
        return self.filters.narrow_photos(photos)
