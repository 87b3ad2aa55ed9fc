"""People and albums of made-up vectors: no engine, and as many as a test wants."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np
from numpy.typing import NDArray

from accounts.models import User
from galleries.models import (
    Album,
    AlbumPhoto,
    AssignedBy,
    Classifier,
    Face,
    FaceVector,
    Gallery,
    Person,
    Photo,
    PhotoVector,
    SceneModel,
)
from galleries.training import sorting, versions, work

_serial = itertools.count()
FACES = Classifier.Task.FACES


def add_photo(gallery: Gallery) -> Photo:
    digest = hashlib.sha256(f"photo {next(_serial)}".encode()).hexdigest()
    return Photo.objects.create(
        gallery=gallery, sha256=digest, name="photo.jpg", byte_size=1, width=100, height=100
    )


def centre_of(name: str, dimensions: int = 256) -> NDArray[np.float32]:
    """What a person looks like, of unit length: the same for the same name."""
    seed = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    vector = np.random.default_rng(seed).standard_normal(dimensions)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def add_face(
    gallery: Gallery, look: str, person: Person | None = None, *, by: str = AssignedBy.HUMAN
) -> Face:
    """A face that looks like `look`, a little different each time, alone in its photo."""
    face = Face.objects.create(
        gallery=gallery,
        photo=add_photo(gallery),
        person=person,
        assigned_by=by if person else "",
        left=0.1,
        top=0.1,
        width=0.5,
        height=0.5,
        landmarks=[0.3] * 10,
        score=0.9,
        quality=0.9,
    )
    noise = np.random.default_rng(next(_serial)).standard_normal(gallery.model.dimensions)
    vector = centre_of(look) + 0.02 * noise
    FaceVector.objects.create(
        gallery=gallery,
        face=face,
        model=gallery.model,
        vector=vector / np.linalg.norm(vector),
    )
    return face


def add_person(gallery: Gallery, name: str, faces: int = 12) -> Person:
    """Somebody whose faces people confirmed, and who looks like the name."""
    person = Person.objects.create(gallery=gallery, name=name)
    for _ in range(faces):
        add_face(gallery, name, person)
    return person


def train(gallery: Gallery, actor: User | None = None) -> Classifier:
    """A version that is ready."""
    classifier = versions.ask(gallery, FACES, actor)
    assert work.work_off()
    classifier.refresh_from_db()
    return classifier


def use(gallery: Gallery, actor: User | None = None) -> Classifier:
    """A version that is ready and in use."""
    classifier = train(gallery, actor)
    versions.promote(classifier)
    classifier.refresh_from_db()
    return classifier


def scene_model() -> SceneModel:
    """The one that searches use, of as many dimensions as `centre_of`."""
    model, _ = SceneModel.objects.get_or_create(
        key="drawn-1", defaults={"backbone": "drawn", "dimensions": 256, "is_default": True}
    )
    return model


def add_seen(gallery: Gallery, look: str, album: Album | None = None) -> Photo:
    """A photo that looks like `look`, a little different each time."""
    photo = add_photo(gallery)
    vector = centre_of(look) + 0.02 * np.random.default_rng(photo.pk).standard_normal(256)
    PhotoVector.objects.create(
        gallery=gallery, photo=photo, model=scene_model(), vector=vector / np.linalg.norm(vector)
    )
    if album:
        AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photo)
    return photo


def add_album(gallery: Gallery, name: str, photos: int = 12) -> Album:
    """An album whose photos look like its name."""
    album = Album.objects.create(gallery=gallery, name=name)
    for _ in range(photos):
        add_seen(gallery, name, album)
    return album


def train_albums(gallery: Gallery) -> Classifier:
    """A version that is ready."""
    classifier = versions.ask(gallery, Classifier.Task.IMAGES, None)
    assert work.work_off()
    classifier.refresh_from_db()
    assert classifier.is_done, classifier.problem
    return classifier


def use_albums(gallery: Gallery) -> Classifier:
    """A version that is ready and in use, and has judged all photos."""
    classifier = train_albums(gallery)
    versions.promote(classifier)
    while sorting.work_off():
        pass
    return classifier
