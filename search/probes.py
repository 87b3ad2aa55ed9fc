"""The picture that is asked with: looked at in memory, remembered for a quarter of an hour.

The field calls it the probe. It is decoded in a guarded child and never written to disk; a copy at
working size and what the engine saw in it are kept in Redis, bound to the user who asked, for as
long as a search may take.
"""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db.models import Prefetch, prefetch_related_objects
from django.urls import reverse

from accounts.models import User
from faceengine.faces import Box
from faceengine.pictures import Image, PictureError, decode, to_jpeg
from galleries import derivatives
from galleries.engine import WORKING_SIDE, engine_for, guard
from galleries.models import Face, FaceVector, Gallery, ModelVersion, Photo
from search.models import Kind
from search.probe_faces import ProbeFace, data_uri, join, of_stored
from search.reception import looking_room

__all__ = [
    "Probe",
    "ProbeError",
    "ProbeFace",
    "add_face",
    "from_face",
    "from_photo",
    "look_at",
    "recall",
]

LIFETIME_SECONDS = 15 * 60
PREVIEW_SIDE = 1024
#: Of so many pictures of a user a copy is kept in which faces can be marked.
KEPT_PICTURES = 10
UNREADY = (
    "This photo has not been read yet, or cannot be. Try again later, or ask with another one."
)
FORGOTTEN = "This picture is forgotten: it is kept for 15 minutes only. Send it again."
NO_PICTURE = "This picture is forgotten by now, so nothing can be marked in it. Send it again."
SINGLE_FACE = "Nothing more can be marked on a single face. Ask with the whole photo instead."
NOWHERE = "There is no gallery yet in which this face could be looked for."
BUSY = "Many people are searching at this moment. Try again in a few seconds."
#: The most faces that are marked by hand in one picture.
MAX_DRAWN = 20
TOO_MANY_DRAWN = f"You have marked {MAX_DRAWN} faces already. Begin again with the picture."


class ProbeError(Exception):
    """The picture cannot be asked with; str() is the sentence for the user."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A picture and every face in it. Width and height in pixels, of the upright original.

    `stored_face` is the id of the face that it was cut from, `stored_photo` that of the photo that
    it is; their previews are files. Both are None for a picture of the user's own.
    """

    token: str
    preview: bytes
    width: int
    height: int
    faces: tuple[ProbeFace, ...]
    stored_face: int | None = None
    stored_photo: int | None = None
    made_at: float = field(default_factory=time.time)

    @property
    def preview_uri(self) -> str:
        if self.stored_face:
            return reverse("face-crop", args=[self.stored_face])
        if self.stored_photo:
            return reverse("preview", args=[self.stored_photo])
        return data_uri(self.preview)

    @property
    def usable_faces(self) -> list[ProbeFace]:
        return [face for face in self.faces if face.is_usable]


def look_at(data: bytes, user: User) -> Probe:
    """Find every face of a picture, with each model that the user's galleries use.

    Raises: ProbeError; BusyError when too many pictures are looked at.
    """
    with looking_room().place(BUSY):
        try:
            picture = guard().decode(data, WORKING_SIDE)
        except PictureError as error:
            raise ProbeError(str(error)) from error
        faces: list[ProbeFace] = []
        for model in _usable_models(user):
            found = engine_for(model.pack).find_faces(picture.image)
            from_left = sorted(found, key=lambda face: face.box.left)
            faces = join(faces, from_left, model, picture.image)
    probe = Probe(
        token=secrets.token_urlsafe(24),
        preview=to_jpeg(picture.image, PREVIEW_SIDE),
        width=picture.width,
        height=picture.height,
        faces=tuple(faces),
    )
    _keep_picture(probe.token, user, picture.image)
    return _remember(probe, user)


def from_face(face: Face, user: User) -> Probe:
    """Ask with a face that is stored already; its vectors are used as they are.

    It has a problem while it has none of a model in use: its gallery has just moved on to another.
    Raises: BusyError when models of other galleries shall look at it, too, and have no room.
    """
    prefetch_related_objects([face], _vectors())
    (asked,) = _read_stored([face], face.photo, user)
    probe = Probe(
        token=secrets.token_urlsafe(24),
        preview=b"",
        width=derivatives.CROP_SIDE,
        height=derivatives.CROP_SIDE,
        faces=(replace(asked, kind=Kind.FACE, box=Box(0.0, 0.0, 1.0, 1.0)),),
        stored_face=face.pk,
    )
    return _remember(probe, user)


def from_photo(photo: Photo, user: User) -> Probe:
    """Ask with the faces of a photo that is stored already; their vectors are used as they are.

    Raises: ProbeError while the photo has not been read; BusyError as `from_face`.
    """
    if photo.width is None or photo.height is None:
        raise ProbeError(UNREADY)
    faces = _read_stored(photo.faces.real().prefetch_related(_vectors()), photo, user)
    probe = Probe(
        token=secrets.token_urlsafe(24),
        preview=b"",
        width=photo.width,
        height=photo.height,
        faces=tuple(faces),
        stored_photo=photo.pk,
    )
    return _remember(probe, user)


def add_face(probe: Probe, box: Box, user: User) -> Probe:
    """Look at what somebody marked in the picture; the new face is the last one of the answer.

    Raises: ProbeError; BusyError when too many pictures are looked at.
    """
    if sum(face.is_drawn for face in probe.faces) >= MAX_DRAWN:
        raise ProbeError(TOO_MANY_DRAWN)
    image = picture_of(probe, user)
    drawn: list[ProbeFace] = []
    with looking_room().place(BUSY):
        for model in _usable_models(user):
            drawn = join(drawn, engine_for(model.pack).describe(image, [box]), model, image)
    if not drawn:
        raise ProbeError(NOWHERE)
    kind = Kind.PHOTO if probe.stored_photo else Kind.PICTURE
    face = replace(drawn[0], number=len(probe.faces), kind=kind, is_drawn=True)
    return _remember(replace(probe, faces=(*probe.faces, face)), user)


def recall(token: str, user: User) -> Probe | None:
    """The probe of a token, unless it expired or is another user's.

    One from a stored face or photo lasts no longer than that, and the user's sight of it.
    """
    probe: Probe | None = cache.get(_key(token, user))
    if probe is None:
        return None
    faces = Face.objects.visible_to(user).real()
    if probe.stored_face and not faces.filter(pk=probe.stored_face).exists():
        return None
    photos = Photo.objects.visible_to(user)
    if probe.stored_photo and not photos.filter(pk=probe.stored_photo).exists():
        return None
    return probe


def _read_stored(stored: Iterable[Face], photo: Photo, user: User) -> list[ProbeFace]:
    """With vectors of all models in use: other galleries may have another than the photo's."""
    models = [model for model in _models_in_use(user) if model.is_usable]
    keys = {model.key for model in models}
    faces = [of_stored(number, face, keys) for number, face in enumerate(stored)]
    for model in models:
        lacking = [face for face in faces if face.is_usable and model.key not in face.vectors]
        for face in _look_again(lacking, model, photo):
            faces[face.number] = face
    return faces


def _look_again(
    faces: Sequence[ProbeFace], model: ModelVersion, photo: Photo
) -> Iterable[ProbeFace]:
    """Faces of a stored photo with the vectors of one more model."""
    if not faces:
        return []
    image = decode(_preview_of(photo), WORKING_SIDE).image
    with looking_room().place(BUSY):
        seen = engine_for(model.pack).describe(image, [face.box for face in faces])
    return [
        replace(face, vectors={**face.vectors, model.key: other.embedding})
        for face, other in zip(faces, seen, strict=True)
    ]


def picture_of(probe: Probe, user: User) -> Image:
    """The picture of a probe at working size. Raises: ProbeError."""
    if probe.stored_face:
        raise ProbeError(SINGLE_FACE)
    content: bytes | None
    if probe.stored_photo:
        photo = Photo.objects.visible_to(user).filter(pk=probe.stored_photo).first()
        content = _preview_of(photo) if photo else None
    else:
        content = cache.get(_picture_key(probe.token, user))
    if content is None:
        raise ProbeError(NO_PICTURE)
    return decode(content, WORKING_SIDE).image


def _preview_of(photo: Photo) -> bytes:
    with default_storage.open(derivatives.preview_name(photo)) as file:
        content: bytes = file.read()
    return content


def _usable_models(user: User) -> list[ModelVersion]:
    """The model versions in use in the galleries that the user sees, if their weights are here.

    Raises: ProbeError when galleries are there, but the weights of none.
    """
    used = _models_in_use(user)
    usable = [model for model in used if model.is_usable]
    if used and not usable:
        remedies = " ".join(dict.fromkeys(model.remedy for model in used))
        raise ProbeError(
            "The model pack of your galleries cannot be used on this server. "
            f"Tell its administrator: {remedies}"
        )
    return usable


def _models_in_use(user: User) -> list[ModelVersion]:
    galleries = Gallery.objects.visible_to(user)
    return list(ModelVersion.objects.filter(gallery__in=galleries).distinct().order_by("pk"))


def _vectors() -> Prefetch[str]:
    return Prefetch("vectors", FaceVector.objects.select_related("model"))


def _remember(probe: Probe, user: User) -> Probe:
    """Until a quarter of an hour after it was made, however often it gains a face."""
    left = probe.made_at + LIFETIME_SECONDS - time.time()
    cache.set(_key(probe.token, user), probe, math.ceil(left))
    return probe


def _keep_picture(token: str, user: User, image: Image) -> None:
    """For `add_face`; the last ones only, or who searches all day would fill the memory."""
    tokens = [*cache.get(_tokens_key(user), ()), token]
    cache.delete_many([_picture_key(old, user) for old in tokens[:-KEPT_PICTURES]])
    cache.set(_tokens_key(user), tokens[-KEPT_PICTURES:], LIFETIME_SECONDS)
    cache.set(_picture_key(token, user), to_jpeg(image, WORKING_SIDE), LIFETIME_SECONDS)


def _key(token: str, user: User) -> str:
    return f"probe:{user.pk}:{token}"


def _picture_key(token: str, user: User) -> str:
    return f"probe-picture:{user.pk}:{token}"


def _tokens_key(user: User) -> str:
    return f"probe-pictures:{user.pk}"
