"""The faces of a folder that holds one folder of photos per person.

Of each photo the face nearest its middle counts, so that bystanders do not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.faces import Face
from faceengine.pictures import Image, decode

PICTURES_AT_ONCE = 8
QUICK_PICTURES = 600
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic"}

#: Called with the number of photos done and of all.
Progress = Callable[[int, int], None]


class EvaluationError(FaceEngineError):
    """The folder cannot answer the question."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo that gave no picture, and the sentence that says why."""

    photo: Path
    why: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """One face of each photo in which one was found, and what became of the others.

    `embeddings` has shape (n, dimensions) and unit length, `qualities` shape (n,) and 0 to 1;
    `photos` names the photo of each face. `seconds` covers decoding, finding and embedding.
    """

    embeddings: NDArray[np.float32]
    qualities: NDArray[np.float32]
    photos: list[Path]
    faceless: list[Path]
    unreadable: list[Unreadable]
    seconds: float

    @property
    def people(self) -> list[str]:
        """The owner of each face, by the name of the folder."""
        return [photo.parent.name for photo in self.photos]

    @property
    def decoded(self) -> int:
        return len(self.photos) + len(self.faceless)


@dataclass(slots=True)
class _Basket:
    faces: list[tuple[Path, Face]] = field(default_factory=list)
    faceless: list[Path] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)


def photos_of_people(folder: Path, *, is_quick: bool = False) -> list[Path]:
    """All photos one folder below, or the first few of them.

    Raises: EvaluationError when there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}.")
    photos = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in SUFFIXES)
    if not photos:
        raise EvaluationError(
            f"No photos in {folder}: give a folder with one folder of photos a person."
        )
    return photos[:QUICK_PICTURES] if is_quick else photos


def gather(engine: FaceEngine, photos: Sequence[Path], progress: Progress) -> Gathered:
    """Describe the most central face of each photo. A photo that cannot be read is set aside.

    Raises: EvaluationError when no face was found at all.
    """
    started = time.perf_counter()
    basket = _Basket()
    for batch in _batches(photos):
        _add(basket, engine, batch)
        progress(len(basket.faces) + len(basket.faceless) + len(basket.unreadable), len(photos))
    if not basket.faces:
        raise EvaluationError(_explain_emptiness(basket))
    faces = [face for _, face in basket.faces]
    return Gathered(
        embeddings=np.stack([face.embedding for face in faces]),
        qualities=np.array([face.quality for face in faces], dtype=np.float32),
        photos=[photo for photo, _ in basket.faces],
        faceless=basket.faceless,
        unreadable=basket.unreadable,
        seconds=time.perf_counter() - started,
    )


def _add(basket: _Basket, engine: FaceEngine, photos: Sequence[Path]) -> None:
    images: list[Image] = []
    readable: list[Path] = []
    for photo in photos:
        try:
            images.append(decode(photo.read_bytes()).image)
        except OSError as error:
            basket.unreadable.append(Unreadable(photo, f"{error.strerror}."))
        except FaceEngineError as error:
            basket.unreadable.append(Unreadable(photo, str(error)))
        else:
            readable.append(photo)
    for photo, image, faces in zip(readable, images, engine.find_faces_in(images), strict=True):
        if faces:
            basket.faces.append((photo, _most_central(faces, image)))
        else:
            basket.faceless.append(photo)


def _explain_emptiness(basket: _Basket) -> str:
    if basket.unreadable and not basket.faceless:
        first = basket.unreadable[0]
        return f"None of the photos can be read. The first is {first.photo}: {first.why}"
    return f"No face was found in {len(basket.faceless)} photos: give photos with faces."


def _batches(photos: Sequence[Path]) -> Iterator[list[Path]]:
    waiting = iter(photos)
    while batch := list(islice(waiting, PICTURES_AT_ONCE)):
        yield batch


def _most_central(faces: Sequence[Face], image: Image) -> Face:
    height, width = image.shape[:2]

    def pixels_from_middle(face: Face) -> float:
        x, y = face.box.centre
        return math.hypot((x - 0.5) * width, (y - 0.5) * height)

    return min(faces, key=pixels_from_middle)
