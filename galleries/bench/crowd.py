"""A large gallery that nobody has photographed: made-up people around random directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from galleries.models import AssignedBy, Face, FaceVector, Gallery, Person, Photo

#: Faces of a person; each tenth face is of somebody who is seen once and waits.
FACES_OF_A_PERSON = 9
ONCE = 10
#: Length of the random part of a vector beside the person's own direction. Two faces of a person
#: are then as alike as those of LFW with pack `open` (mean cosine .66).
SPREAD = 0.72
#: Every other person is named.
NAMED = 2
BATCH, SEED = 2000, 1


def fill_crowd(gallery: Gallery, count: int) -> None:
    """Add `count` faces, one a photo: nine tenths with persons whom the matcher found."""
    random = np.random.default_rng(SEED)
    photos = Photo.objects.bulk_create(
        (
            Photo(gallery=gallery, sha256=f"{number:064x}", name=f"{number}.jpg", byte_size=0)
            for number in range(count)
        ),
        BATCH,
    )
    known = count * (ONCE - 1) // ONCE // FACES_OF_A_PERSON
    persons = Person.objects.bulk_create(
        Person(gallery=gallery, name=f"Person {number}" if number % NAMED == 0 else "")
        for number in range(known)
    )
    faces = Face.objects.bulk_create((_face(photo, persons) for photo in photos), BATCH)
    directions = _unit(random.standard_normal((count, gallery.model.dimensions)))
    noise = _unit(random.standard_normal(directions.shape))
    owners = [_owner(number, known) for number in range(count)]
    vectors = _unit(directions[owners] + SPREAD * noise)
    FaceVector.objects.bulk_create(
        (
            FaceVector(gallery=gallery, face=face, model=gallery.model, vector=vector)
            for face, vector in zip(faces, vectors, strict=True)
        ),
        BATCH,
    )


def _owner(number: int, known: int) -> int:
    """Which direction a face has: a person's, or its own."""
    return number % known if number < known * FACES_OF_A_PERSON else number


def _face(photo: Photo, persons: list[Person]) -> Face:
    number = int(photo.name.removesuffix(".jpg"))
    owner = _owner(number, len(persons))
    person = persons[owner] if owner < len(persons) else None
    return Face(
        gallery_id=photo.gallery_id,
        photo=photo,
        person=person,
        assigned_by=AssignedBy.MATCHER if person else "",
        probability=0.9 + number % 100 / 1000 if person else None,
        **dict.fromkeys(("left", "top", "width", "height"), 0.25),
        landmarks=[0.5] * 10,
        score=1.0,
        quality=number % 89 / 89,
    )


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths, dtype=np.float32)
