"""How many of a person's photos a search finds, and how many that it finds are theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accounts.models import User
from faceengine.command_line import Measure
from faceengine.faces import Box
from faceengine.packs import Strictness
from galleries.bench.labelled import Labelled
from galleries.models import AssignedBy, Face, FaceVector, Gallery, Person, Photo
from search.asking import Asked
from search.probe_faces import ProbeFace
from search.queries import find
from search.scope import Scope

WHOLE = Box(0.0, 0.0, 1.0, 1.0)
#: A person with fewer photos has none left to be found by those that are named.
LEAST_PHOTOS = 4


@dataclass(frozen=True, slots=True)
class Archive:
    """A gallery with a photo for each stored face; `photos` by the number of the face."""

    labelled: Labelled
    gallery: Gallery
    user: User
    photos: dict[int, int]

    @property
    def absent(self) -> list[int]:
        """Faces of people of whom no photo is stored."""
        return [number for number in range(len(self.labelled.people)) if number not in self.photos]

    def photos_of(self, name: str) -> set[int]:
        people = self.labelled.people
        return {photo for number, photo in self.photos.items() if people[number] == name}


@dataclass(slots=True)
class Tally:
    """Photos over all questions."""

    found: int = 0
    right: int = 0
    wanted: int = 0

    def count(self, found: set[int], wanted: set[int]) -> None:
        self.found += len(found)
        self.right += len(found & wanted)
        self.wanted += len(wanted)

    def lines(self, what: str) -> Iterator[Measure]:
        precision = self.right / self.found if self.found else None
        yield Measure(f"precision, {what}", precision, "share")
        yield Measure(f"recall, {what}", self.right / self.wanted, "share")


def fill(labelled: Labelled) -> Archive:
    """Everybody with several photos, and every second one of those with one, as strangers."""
    user = User.objects.create_user("searcher")
    gallery = Gallery.create_owned_by(user, "Answers")
    counts = Counter(labelled.people)
    once = [number for number, name in enumerate(labelled.people) if counts[name] == 1]
    left_out = set(once[::2])
    stored = [number for number in range(len(labelled.people)) if number not in left_out]
    photos = Photo.objects.bulk_create(
        Photo(gallery=gallery, sha256=f"{number:064x}", name=f"{number}.jpg", byte_size=0)
        for number in stored
    )
    pairs = list(zip(stored, photos, strict=True))
    faces = Face.objects.bulk_create(_face(photo, labelled, number) for number, photo in pairs)
    FaceVector.objects.bulk_create(
        FaceVector(gallery=gallery, face=face, model=gallery.model, vector=labelled.vectors[number])
        for number, face in zip(stored, faces, strict=True)
    )
    return Archive(labelled, gallery, user, {number: photo.pk for number, photo in pairs})


def measure(archive: Archive) -> Iterator[Measure]:
    yield Measure("photos in the gallery", len(archive.photos), "photos")
    for strictness in Strictness:
        yield from _by_one_face(archive, strictness)
    named = _name_half(archive)
    for strictness in Strictness:
        yield from _by_person(archive, named, strictness)


def _by_one_face(archive: Archive, strictness: Strictness) -> Iterator[Measure]:
    """Every photo of those with several asks for the others; the absent ask for nobody."""
    people, tally = archive.labelled.people, Tally()
    counts = Counter(people)
    for number, own in archive.photos.items():
        if counts[people[number]] > 1:
            found = _find(archive, strictness, faces=[_probe(archive, number)]) - {own}
            tally.count(found, archive.photos_of(people[number]) - {own})
    yield from tally.lines(f"by one face, {strictness.value}")
    absent = archive.absent
    nobody = sum(not _find(archive, strictness, faces=[_probe(archive, one)]) for one in absent)
    yield Measure(f"absent people told “nobody”, {strictness.value}", nobody / len(absent), "share")


def _by_person(
    archive: Archive, named: dict[Person, set[int]], strictness: Strictness
) -> Iterator[Measure]:
    """Only what nobody has named counts: the named faces are found in any case."""
    tally = Tally()
    for person, known in named.items():
        found = _find(archive, strictness, persons=[person]) - known
        tally.count(found, archive.photos_of(person.name) - known)
    yield from tally.lines(f"by a person's named half, {strictness.value}")


def _find(
    archive: Archive,
    strictness: Strictness,
    *,
    faces: Sequence[ProbeFace] = (),
    persons: Sequence[Person] = (),
) -> set[int]:
    asked = Asked(Scope(archive.user), faces, persons, strictness=strictness)
    return {finding.photo for finding in find(asked.scope, asked.question)}


def _name_half(archive: Archive) -> dict[Person, set[int]]:
    """Persons with the photos of their named faces."""
    named = {}
    counts = Counter(archive.labelled.people)
    for name in sorted(name for name, count in counts.items() if count >= LEAST_PHOTOS):
        photos = sorted(archive.photos_of(name))
        known = set(photos[: len(photos) // 2])
        person = Person.objects.create(gallery=archive.gallery, name=name)
        faces = Face.objects.filter(photo__in=known)
        faces.update(person=person, assigned_by=AssignedBy.HUMAN)
        named[person] = known
    return named


def _face(photo: Photo, labelled: Labelled, number: int) -> Face:
    return Face(
        gallery=photo.gallery,
        photo=photo,
        **dict.fromkeys(("left", "top", "width", "height"), 0.25),
        landmarks=[0.5] * 10,
        score=1.0,
        quality=labelled.qualities[number],
        weakness=labelled.weaknesses[number],
    )


def _probe(archive: Archive, number: int) -> ProbeFace:
    labelled = archive.labelled
    return ProbeFace(
        number=0,
        box=WHOLE,
        score=1.0,
        quality=labelled.qualities[number],
        weakness=None,
        crop=b"",
        problem="",
        vectors={archive.gallery.model.key: labelled.vectors[number]},
    )
