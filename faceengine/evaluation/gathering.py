"""The faces of a folder that holds one folder of photos per person.

Of each photo the face nearest its middle counts, so that bystanders do not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceengine.command_line import explain
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.faces import Face
from faceengine.files import pictures_in
from faceengine.guard import Guard
from faceengine.pictures import Image
from faceengine.pipeline import Scanned, scan

QUICK_PICTURES = 600

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


def photos_of_people(folder: Path, *, is_quick: bool = False) -> list[Path]:
    """All photos one folder below, or the first few of them.

    Raises: EvaluationError when there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}.")
    photos = pictures_in(folder, "*/*")
    if not photos:
        raise EvaluationError(
            f"No photos in {folder}: give a folder with one folder of photos a person."
        )
    return photos[:QUICK_PICTURES] if is_quick else photos


def gather(
    engine: FaceEngine, photos: Sequence[Path], guard: Guard, progress: Progress
) -> Gathered:
    """Describe the most central face of each photo. A photo that cannot be read is set aside.

    Raises: EvaluationError when no face was found at all; GuardError.
    """
    started = time.perf_counter()
    found: list[tuple[Path, Face]] = []
    faceless: list[Path] = []
    unreadable: list[Unreadable] = []
    answers = scan(engine, photos, guard)
    for done, (photo, answer) in enumerate(zip(photos, answers, strict=True), start=1):
        if not isinstance(answer, Scanned):
            unreadable.append(Unreadable(photo, explain(answer)))
        elif answer.faces:
            found.append((photo, most_central(answer.faces, answer.picture.image)))
        else:
            faceless.append(photo)
        progress(done, len(photos))
    if not found:
        raise EvaluationError(_explain_emptiness(faceless, unreadable))
    return Gathered(
        embeddings=np.stack([face.embedding for _, face in found]),
        qualities=np.array([face.quality for _, face in found], dtype=np.float32),
        photos=[photo for photo, _ in found],
        faceless=faceless,
        unreadable=unreadable,
        seconds=time.perf_counter() - started,
    )


def _explain_emptiness(faceless: Sequence[Path], unreadable: Sequence[Unreadable]) -> str:
    if unreadable and not faceless:
        first = unreadable[0]
        return f"None of the photos can be read. The first is {first.photo}: {first.why}"
    return f"No face was found in {len(faceless)} photos: give photos with faces."


def most_central(faces: Sequence[Face], image: Image) -> Face:
    height, width = image.shape[:2]

    def pixels_from_middle(face: Face) -> float:
        x, y = face.box.centre
        return math.hypot((x - 0.5) * width, (y - 0.5) * height)

    return min(faces, key=pixels_from_middle)
