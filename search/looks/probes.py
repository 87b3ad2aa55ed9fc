"""The picture whose likes are looked for: described in memory, remembered for a quarter of an hour.

As with faces, it is decoded in a guarded child, never written to disk, and bound to its user.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace

import numpy as np
from django.core.files.storage import default_storage
from django.urls import reverse
from numpy.typing import NDArray

from accounts.models import User
from faceengine.faces import Box
from faceengine.pictures import Image, decode, to_jpeg
from faceengine.scenes.hashing import perceptual_hash
from faceengine.scenes.swatches import Swatch, find_swatches
from galleries import derivatives, scenes
from galleries.engine import WORKING_SIDE
from galleries.looks import Example, Scene
from galleries.models import Photo, PhotoLook, SceneModel
from search import probes
from search.kept_pictures import KeptPictures
from search.kept_probes import KeptProbes
from search.probe_faces import data_uri
from search.probes import BUSY, FORGOTTEN, PREVIEW_SIDE, ProbeError
from search.reception import looking_room

PICTURES = KeptPictures("look")
SWATCHES = 6
#: In pixels of the working size; smaller parts show nothing that a backbone knows.
LEAST_REGION = 24
UNREADY = "This photo has not been looked at yet, or cannot be. Try again in a minute."
TOO_SMALL = "This part of the picture is too small. Draw a larger box."
WHOLE_FIRST = "This is a part of a picture already. Go back to the whole picture first."


@dataclass(frozen=True, slots=True, eq=False)
class LookProbe:
    """What a picture looks like. Width and height in pixels, of what is shown.

    `vector` is by the scene model of id `model`; both are None where no backbone could look.
    `stored_photo` is the id of the photo that it is, or is a part of; `whole` is the token of the
    picture that it is a part of.
    """

    token: str
    preview: bytes
    width: int
    height: int
    colours: NDArray[np.float32]
    vector: NDArray[np.float32] | None
    model: int | None
    hash: int | None
    swatches: tuple[Swatch, ...]
    stored_photo: int | None = None
    whole: str = ""
    made_at: float = field(default_factory=time.time)

    @property
    def preview_uri(self) -> str:
        if self.stored_photo and not self.whole:
            return reverse("preview", args=[self.stored_photo])
        return data_uri(self.preview)

    @property
    def example(self) -> Example:
        """By colours alone once searches use another model than the one that looked."""
        present = SceneModel.objects.default()
        if self.vector is None or present is None or present.pk != self.model:
            return Example(self.colours)
        return Example(self.colours, Scene(self.vector, present))


PROBES: KeptProbes[LookProbe] = KeptProbes("look")


def look_at(data: bytes, user: User) -> LookProbe:
    """Describe a picture of the user's own.

    Raises: ProbeError; BusyError when too many pictures are looked at.
    """
    with looking_room().place(BUSY):
        picture = probes.read(data)
        probe = _describe(picture.image)
    PICTURES.keep(probe.token, user, picture.image)
    return PROBES.keep(replace(probe, width=picture.width, height=picture.height), user)


def from_photo(photo: Photo, user: User) -> LookProbe:
    """Ask with a stored photo, by what is known of it. Raises: ProbeError before that is."""
    example = scenes.example_of_photo(photo)
    if photo.width is None or photo.height is None or example is None:
        raise ProbeError(UNREADY)
    known = PhotoLook.objects.filter(gallery=photo.gallery_id, photo=photo)
    vector, model = _seen_by(example.scene)
    probe = LookProbe(
        token=secrets.token_urlsafe(24),
        preview=b"",
        width=photo.width,
        height=photo.height,
        colours=example.colours,
        vector=vector,
        model=model,
        hash=known.values_list("hash", flat=True).first(),
        swatches=find_swatches(_read(derivatives.thumbnail_name(photo)), SWATCHES),
        stored_photo=photo.pk,
    )
    return PROBES.keep(probe, user)


def from_probe(probe: probes.Probe, user: User) -> LookProbe:
    """Ask with the picture of a search for faces. Raises: ProbeError, BusyError."""
    return look_at(to_jpeg(probes.picture_of(probe, user), WORKING_SIDE), user)


def faces_of(probe: LookProbe, user: User) -> probes.Probe:
    """And back: ask with the faces of the same picture. Raises: ProbeError, BusyError."""
    return probes.look_at(to_jpeg(picture_of(probe, user), WORKING_SIDE), user)


def part_of(whole: LookProbe, box: Box, user: User) -> LookProbe:
    """Ask with a part of a picture; the box in fractions of it. Raises: ProbeError, BusyError."""
    if whole.whole:
        raise ProbeError(WHOLE_FIRST)
    image = picture_of(whole, user)
    height, width = image.shape[:2]
    left, top = round(box.left * width), round(box.top * height)
    right, bottom = round((box.left + box.width) * width), round((box.top + box.height) * height)
    part = image[top:bottom, left:right]
    if min(part.shape[:2]) < LEAST_REGION:
        raise ProbeError(TOO_SMALL)
    with looking_room().place(BUSY):
        probe = _describe(np.ascontiguousarray(part))
    return PROBES.keep(
        replace(probe, stored_photo=whole.stored_photo, whole=whole.token, made_at=whole.made_at),
        user,
    )


def picture_of(probe: LookProbe, user: User) -> Image:
    """The whole picture at working size. Raises: ProbeError."""
    if probe.stored_photo:
        photo = Photo.objects.visible_to(user).filter(pk=probe.stored_photo).first()
        if photo is None:
            raise ProbeError(FORGOTTEN)
        return _read(derivatives.preview_name(photo))
    content = PICTURES.get(probe.whole or probe.token, user)
    if content is None:
        raise ProbeError(FORGOTTEN)
    return decode(content, WORKING_SIDE).image


def recall(token: str, user: User) -> LookProbe | None:
    """The probe of a token, unless it expired or is another user's.

    One of a stored photo lasts no longer than that, and the user's sight of it.
    """
    probe = PROBES.get(token, user)
    if probe is None or len(probe.colours) != scenes.layout().dimensions:
        return None
    return probe


def _describe(image: Image) -> LookProbe:
    example = scenes.example_of(image)
    vector, model = _seen_by(example.scene)
    height, width = image.shape[:2]
    return LookProbe(
        token=secrets.token_urlsafe(24),
        preview=to_jpeg(image, PREVIEW_SIDE),
        width=width,
        height=height,
        colours=example.colours,
        vector=vector,
        model=model,
        hash=perceptual_hash(image),
        swatches=find_swatches(image, SWATCHES),
    )


def _seen_by(scene: Scene | None) -> tuple[NDArray[np.float32] | None, int | None]:
    """The vector, and the id of the model that it is by."""
    return (scene.vector, scene.model.pk) if scene else (None, None)


def _read(name: str) -> Image:
    with default_storage.open(name) as file:
        return decode(file.read(), WORKING_SIDE).image
