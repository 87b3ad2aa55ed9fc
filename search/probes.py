"""The picture that is asked with: looked at in memory, remembered for a quarter of an hour.

The field calls it the probe. It is decoded in a guarded child and never written to disk; what the
engine saw in it is kept in Redis, bound to the user who asked, for as long as a search may take.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.core.cache import cache
from django.core.files.storage import default_storage
from numpy.typing import NDArray

from accounts.models import User
from faceengine.faces import Box, Weakness
from faceengine.faces import Face as FoundFace
from faceengine.pictures import Picture, PictureError, crop_face, to_webp
from faceengine.same_face import View
from galleries import derivatives
from galleries.engine import WORKING_SIDE, engine_for, guard
from galleries.models import Face, Gallery, ModelVersion

LIFETIME_SECONDS = 15 * 60
PREVIEW_SIDE = 1024
# below it three of four photos of the same person are missed: no honest answer is left
LEAST_QUALITY = 0.1
UNREAD = (
    "This face cannot be compared now: the present model of its gallery has not read it yet, or is "
    "not ready. Try again later, or ask the administrator."
)

Vectors = Mapping[str, NDArray[np.float32]]


class ProbeError(Exception):
    """The picture cannot be asked with; str() is the sentence for the user."""


@dataclass(frozen=True, slots=True)
class ProbeFace:
    """One face of the picture. `vectors` by model key.

    Much of what a face with a `weakness` could match is missed; one with a `problem`, a sentence,
    cannot be asked with.
    """

    number: int
    box: Box
    score: float
    quality: float
    weakness: Weakness | None
    crop: bytes
    problem: str
    vectors: Vectors

    @property
    def is_usable(self) -> bool:
        return not self.problem

    @property
    def crop_uri(self) -> str:
        return _data_uri(self.crop)


@dataclass(frozen=True, slots=True)
class Probe:
    """A picture and every face in it. Width and height in pixels, of the upright original.

    `stored_face` is the id of the face that it was cut from, None for a picture of the user's own.
    """

    token: str
    preview: bytes
    width: int
    height: int
    faces: tuple[ProbeFace, ...]
    stored_face: int | None = None

    @property
    def preview_uri(self) -> str:
        return _data_uri(self.preview)


def look_at(data: bytes, user: User) -> Probe:
    """Find every face of a picture, with each model that the user's galleries use.

    Raises: ProbeError.
    """
    try:
        picture = guard().decode(data, WORKING_SIDE)
    except PictureError as error:
        raise ProbeError(str(error)) from error
    faces: list[ProbeFace] = []
    for model in _usable_models(user):
        found = engine_for(model.pack).find_faces(picture.image)
        from_left = sorted(found, key=lambda face: face.box.left)
        faces = _add(faces, from_left, model, picture)
    probe = Probe(
        token=secrets.token_urlsafe(24),
        preview=to_webp(picture.image, PREVIEW_SIDE),
        width=picture.width,
        height=picture.height,
        faces=tuple(faces),
    )
    return _remember(probe, user)


def from_face(face: Face, user: User) -> Probe:
    """Ask with a face that is stored already; its vectors are used as they are.

    It has a problem while it has none of a model in use: its gallery has just moved on to another.
    """
    with default_storage.open(derivatives.crop_name(face.photo, face.box)) as file:
        crop = file.read()
    vectors = {
        row.model.key: np.array(row.vector, np.float32)
        for row in face.vectors.select_related("model")
    }
    whole = Box(0.0, 0.0, 1.0, 1.0)
    weakness = Weakness(face.weakness) if face.weakness else None
    usable = {model.key for model in _models_in_use(user) if model.is_usable}
    problem = _problem(weakness, face.quality) if usable & vectors.keys() else UNREAD
    asked = ProbeFace(0, whole, face.score, face.quality, weakness, crop, problem, vectors)
    side = derivatives.CROP_SIDE
    probe = Probe(secrets.token_urlsafe(24), crop, side, side, (asked,), stored_face=face.pk)
    return _remember(probe, user)


def recall(token: str, user: User) -> Probe | None:
    """The probe of a token, unless it expired or is another user's.

    One from a stored face lasts no longer than the face, and the user's sight of it.
    """
    probe: Probe | None = cache.get(_key(token, user))
    if probe is None or probe.stored_face is None:
        return probe
    is_visible = Face.objects.visible_to(user).real().filter(pk=probe.stored_face).exists()
    return probe if is_visible else None


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


def _add(
    known: Sequence[ProbeFace], found: Iterable[FoundFace], model: ModelVersion, picture: Picture
) -> list[ProbeFace]:
    """Join the faces of one more model: what both see is one face with one more vector."""
    faces = list(known)
    for face in found:
        vector = {model.key: face.embedding}
        view = View(face.box)
        same = next((known for known in faces if view.shows_the_same(View(known.box))), None)
        if same is None:
            faces.append(_to_probe_face(len(faces), face, vector, picture))
        else:
            faces[same.number] = replace(same, vectors={**same.vectors, **vector})
    return faces


def _to_probe_face(number: int, face: FoundFace, vectors: Vectors, picture: Picture) -> ProbeFace:
    crop = crop_face(picture.image, face.box, derivatives.CROP_SIDE, derivatives.CROP_MARGIN)
    return ProbeFace(
        number=number,
        box=face.box,
        score=face.score,
        quality=face.quality,
        weakness=face.weakness,
        crop=to_webp(crop, derivatives.CROP_SIDE),
        problem=_problem(face.weakness, face.quality),
        vectors=vectors,
    )


def _problem(weakness: Weakness | None, quality: float) -> str:
    return "" if weakness is None or quality >= LEAST_QUALITY else weakness.sentence


def _remember(probe: Probe, user: User) -> Probe:
    cache.set(_key(probe.token, user), probe, LIFETIME_SECONDS)
    return probe


def _key(token: str, user: User) -> str:
    return f"probe:{user.pk}:{token}"


def _data_uri(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode()
