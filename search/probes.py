"""The picture that is asked with: looked at in memory, remembered for a quarter of an hour.

The field calls it the probe. It is decoded in a guarded child and never written to disk; a copy at
working size and what the engine saw in it are kept in Redis, bound to the user who asked, for as
long as a search may take.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.core.files.storage import default_storage
from django.db.models import Prefetch, prefetch_related_objects

from accounts.models import User
from faceengine.faces import Box
from faceengine.pictures import Image, Picture, PictureError, decode, to_jpeg
from galleries import derivatives
from galleries.engine import WORKING_SIDE, engine_for, guard
from galleries.models import Face, FaceVector, Gallery, ModelVersion, Photo
from search.models import Kind
from search.probe_faces import ProbeFace, join, of_stored
from search.probe_memory import (
    NO_PICTURE,
    PICTURES,
    PROBES,
    Probe,
    ProbeError,
    append_face,
    recall,
)
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

PREVIEW_SIDE = 1024
UNREADY = (
    "This photo has not been read yet, or cannot be. Try again later, or ask with another one."
)
FORGOTTEN = "This picture is forgotten: it is kept for 15 minutes only. Send it again."
SINGLE_FACE = "Nothing more can be marked on a single face. Ask with the whole photo instead."
NOWHERE = "There is no gallery yet in which this face could be looked for."
BUSY = "Many people are searching at this moment. Try again in a few seconds."


def look_at(data: bytes, user: User) -> Probe:
    """Find every face of a picture, with each model that the user's galleries use.

    Raises: ProbeError; BusyError when too many pictures are looked at.
    """
    with looking_room().place(BUSY):
        picture = read(data)
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
    PICTURES.keep(probe.token, user, picture.image)
    return PROBES.keep(probe, user)


def read(data: bytes) -> Picture:
    """A picture of a user's own, at working size. Raises: ProbeError."""
    try:
        return guard().decode(data, WORKING_SIDE)
    except PictureError as error:
        raise ProbeError(str(error)) from error


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
    return PROBES.keep(probe, user)


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
    return PROBES.keep(probe, user)


def add_face(probe: Probe, box: Box, user: User) -> Probe:
    """Look at what somebody marked in the picture; the new face is the last one of the answer.

    Raises: ProbeError; BusyError when too many pictures are looked at.
    """
    probe.refuse_more()
    image = picture_of(probe, user)
    drawn: list[ProbeFace] = []
    with looking_room().place(BUSY):
        for model in _usable_models(user):
            drawn = join(drawn, engine_for(model.pack).describe(image, [box]), model, image)
    if not drawn:
        raise ProbeError(NOWHERE)
    kind = Kind.PHOTO if probe.stored_photo else Kind.PICTURE
    return append_face(probe.token, user, replace(drawn[0], kind=kind))


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
        content = PICTURES.get(probe.token, user)
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
