"""A gallery that can be looked at again and again, and all of it that undo has to bring back."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np

from accounts.models import User
from faceengine.faces import Box
from faceengine.faces import Face as FoundFace
from faceengine.pictures import Image, Picture
from faceengine.xmp import NamedRegion
from galleries import analysis, ledger
from galleries.looking import Decoded
from galleries.models import (
    Analysis,
    Difference,
    Face,
    Gallery,
    ModelVersion,
    Person,
    Photo,
    Rejection,
)
from tests.drawings import CELL, COLOURS, DrawingEngine

FIELDS = ("name", "notes", "born_on", "user", "cover", "is_hidden", "is_stranger", "is_removed")
_serial = itertools.count()


class FickleEngine(DrawingEngine):
    """Finds squares elsewhere, or not at all, as the test wishes."""

    shift = 0.0
    missed = -1

    def find_faces(self, image: Image) -> list[FoundFace]:
        found = super().find_faces(image)
        return [
            replace(face, box=self._shifted(face.box))
            for place, face in enumerate(found)
            if place != self.missed
        ]

    def _shifted(self, box: Box) -> Box:
        return Box(box.left, box.top + self.shift * box.height, box.width, box.height)


@dataclass
class World:
    """A gallery with photos that are analysed, and two who edit it."""

    gallery: Gallery
    model: ModelVersion
    users: Sequence[User]
    pictures: dict[int, Sequence[str]] = field(default_factory=dict)
    names: dict[int, Sequence[str]] = field(default_factory=dict)

    def add_photo(self, *colours: str, taken: int = 2020, names: Sequence[str] = ()) -> None:
        """`names` are those that stand in the file, of the squares from left to right."""
        digest = hashlib.sha256(str(next(_serial)).encode()).hexdigest()
        photo = Photo.objects.create(
            gallery=self.gallery,
            sha256=digest,
            name=f"{taken}.png",
            byte_size=1,
            takes_names=bool(names),
        )
        self.pictures[photo.pk], self.names[photo.pk] = colours, names
        analysis.enqueue([photo])
        self.work_off()

    def work_off(self) -> None:
        while analysis.work_off(8):
            pass

    def decode(self, rows: Sequence[Analysis]) -> Iterator[list[Decoded]]:
        """In place of the guard's children, which would take most of the time."""
        for row in rows:
            image = np.full((CELL, CELL * 2, 3), 255, np.uint8)
            for place, colour in enumerate(self.pictures[row.photo_id]):
                image[20:80, place * CELL + 20 : place * CELL + 80] = COLOURS[colour]
            taken = datetime(int(row.photo.name[:4]), 6, 1, tzinfo=UTC).replace(tzinfo=None)
            boxes = [Box(place / 2 + 0.1, 0.2, 0.3, 0.6) for place in range(2)]
            names = zip(self.names[row.photo_id], boxes, strict=False)
            regions = tuple(NamedRegion(name, box, box) for name, box in names)
            picture = Picture(image, CELL * 2, CELL, "image/png", taken, "", regions)
            yield [Decoded(row, picture, 1)]


@dataclass(frozen=True)
class State:
    """All that undo has to bring back."""

    persons: dict[int, tuple[object, ...]]
    faces: dict[int, tuple[object, ...]]
    rejections: frozenset[tuple[int, int]]
    differences: frozenset[tuple[int, int]]

    @classmethod
    def now(cls) -> State:
        return cls(
            {
                person.pk: tuple(ledger.field_of(person, name) for name in FIELDS)
                for person in Person.objects.present()
            },
            {
                pk: tuple(place)
                for pk, *place in Face.objects.values_list(
                    "pk", "person", "assigned_by", "probability", "verdict"
                )
            },
            frozenset(Rejection.objects.standing().values_list("face", "person")),
            frozenset(Difference.objects.standing().values_list("one", "other")),
        )
