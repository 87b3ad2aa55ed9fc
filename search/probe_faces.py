"""The faces of a picture that is asked with."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from django.urls import reverse
from numpy.typing import NDArray

from faceengine.faces import Box, Weakness
from faceengine.faces import Face as FoundFace
from faceengine.pictures import Image, crop_face, to_webp
from faceengine.same_face import View
from galleries import derivatives
from galleries.models import AssignedBy, Face, ModelVersion
from search.models import Kind

# below it three of four photos of the same person are missed: no honest answer is left
LEAST_QUALITY = 0.1
UNREAD = (
    "This face cannot be compared now: the present model of its gallery has not read it yet, or is "
    "not ready. Try again later, or ask the administrator."
)

Vectors: TypeAlias = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class ProbeFace:
    """One face of the picture. `vectors` by model key.

    Much of what a face with a `weakness` could match is missed; one with a `problem`, a sentence,
    cannot be asked with. `stored_face` is its id if it is stored; its `crop` is then empty, and
    `person` is the id of who it is, if somebody said so. `kind` says what it comes from.
    """

    number: int
    box: Box
    score: float
    quality: float
    weakness: Weakness | None
    crop: bytes
    problem: str
    vectors: Vectors
    kind: Kind = Kind.PICTURE
    stored_face: int | None = None
    person: int | None = None
    is_drawn: bool = False

    @property
    def is_usable(self) -> bool:
        return not self.problem

    @property
    def crop_uri(self) -> str:
        if self.stored_face:
            return reverse("face-crop", args=[self.stored_face])
        return data_uri(self.crop)


def join(
    known: Sequence[ProbeFace], found: Iterable[FoundFace], model: ModelVersion, image: Image
) -> list[ProbeFace]:
    """Join the faces of one more model: what both see is one face with one more vector."""
    faces = list(known)
    for face in found:
        vector = {model.key: face.embedding}
        view = View(face.box)
        same = next((known for known in faces if view.shows_the_same(View(known.box))), None)
        if same is None:
            faces.append(_to_probe_face(len(faces), face, vector, image))
        else:
            faces[same.number] = replace(same, vectors={**same.vectors, **vector})
    return faces


def of_stored(number: int, face: Face, usable: Collection[str]) -> ProbeFace:
    """`usable` are the keys of the models that can be searched by."""
    vectors = {row.model.key: np.array(row.vector, np.float32) for row in face.vectors.all()}
    weakness = Weakness(face.weakness) if face.weakness else None
    return ProbeFace(
        number=number,
        box=face.box,
        score=face.score,
        quality=face.quality,
        weakness=weakness,
        crop=b"",
        problem=_problem(weakness, face.quality) if {*usable} & {*vectors} else UNREAD,
        vectors=vectors,
        kind=Kind.PHOTO,
        stored_face=face.pk,
        person=None if face.assigned_by == AssignedBy.MATCHER else face.person_id,
    )


def _to_probe_face(number: int, face: FoundFace, vectors: Vectors, image: Image) -> ProbeFace:
    crop = crop_face(image, face.box, derivatives.CROP_SIDE, derivatives.CROP_MARGIN)
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


def data_uri(content: bytes) -> str:
    """Of a WebP or JPEG."""
    kind = "webp" if content.startswith(b"RIFF") else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(content).decode()
