"""What the ways of training need of each photo: a vector, a small picture, and what tells whether
two photos are nearly the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from faceengine.command_line import explain
from faceengine.engine import FaceEngine
from faceengine.evaluation.gathering import Progress, most_central
from faceengine.guard import Guard
from faceengine.pictures import Picture, crop_face, to_jpeg
from faceengine.pipeline import Failure, Scanned, decode_ahead, scan
from faceengine.scenes.engine import SceneEngine
from faceengine.scenes.hashing import perceptual_hash
from faceengine.training.errors import TrainingError
from faceengine.training.folders import name_some
from faceengine.training.regression import Floats
from faceengine.training.splitting import Hashes

#: Sides of the small pictures in pixels; those of faces have a margin, as a part of the box.
SMALL_SIDE, MARGIN = 320, 0.3
JPEG_QUALITY = 95
#: Whole pictures are decoded at up to so many pixels a side.
SCENE_SIDE = 640
NO_FACE = "No face was found in this photo."


@dataclass(frozen=True, slots=True)
class Look:
    """One photo as a network sees it; `small` is a JPEG of a face, or of the whole picture."""

    vector: Floats
    small: bytes
    hash: int
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Looks:
    """All photos that could be used, in their order.

    `vectors` has shape (n, dimensions) and unit length; `pictures` are files of their small
    pictures. `notes` says in sentences what became of the others, `seconds` is for all of them.
    """

    photos: list[Path]
    vectors: Floats
    pictures: list[Path]
    hashes: Hashes
    taken: list[datetime | None]
    notes: list[str]
    seconds: float


#: Answers photos in their order: a look, or the sentence that says why there is none.
Looker = Callable[[Sequence[Path], Guard], Iterator[Look | str]]


def look_for_faces(engine: FaceEngine) -> Looker:
    """At the face nearest the middle of each photo."""

    def look(photos: Sequence[Path], guard: Guard) -> Iterator[Look | str]:
        for answer in scan(engine, photos, guard):
            if not isinstance(answer, Scanned):
                yield explain(answer)
            elif not answer.faces:
                yield NO_FACE
            else:
                yield _look_at_face(answer)

    return look


def _look_at_face(answer: Scanned) -> Look:
    image = answer.picture.image
    face = most_central(answer.faces, image)
    crop = to_jpeg(crop_face(image, face.box, SMALL_SIDE, MARGIN), SMALL_SIDE, JPEG_QUALITY)
    return Look(face.embedding, crop, perceptual_hash(image), answer.picture.taken_at)


def look_at_scenes(engine: SceneEngine | None) -> Looker:
    """At the whole of each photo; without an engine the vectors have no numbers."""

    def look(photos: Sequence[Path], guard: Guard) -> Iterator[Look | str]:
        for group in decode_ahead(photos, guard, SCENE_SIDE):
            outcomes = [decoded.outcome for decoded in group]
            images = [outcome.image for outcome in outcomes if isinstance(outcome, Picture)]
            nothing = np.zeros((len(images), 0), np.float32)
            vectors = iter(engine.describe(images) if engine else nothing)
            for outcome in outcomes:
                yield _look_at_scene(outcome, vectors)

    return look


def _look_at_scene(outcome: Picture | Failure, vectors: Iterator[Floats]) -> Look | str:
    if not isinstance(outcome, Picture):
        return explain(outcome)
    image = outcome.image
    small = to_jpeg(image, SMALL_SIDE, JPEG_QUALITY)
    return Look(next(vectors), small, perceptual_hash(image), outcome.taken_at)


def look_at(
    photos: Sequence[Path], look: Looker, guard: Guard, folder: Path, progress: Progress
) -> Looks:
    """Look at every photo once, and put the small pictures into a folder.

    Raises: TrainingError when nothing can be used; GuardError.
    """
    started = time.perf_counter()
    found: list[tuple[Path, Look]] = []
    pictures: list[Path] = []
    failed: dict[str, list[str]] = {}
    for done, (photo, answer) in enumerate(zip(photos, look(photos, guard), strict=True), start=1):
        if isinstance(answer, str):
            failed.setdefault(answer, []).append(str(photo))
        else:
            pictures.append(folder / f"{len(found)}.jpg")
            pictures[-1].write_bytes(answer.small)
            found.append((photo, replace(answer, small=b"")))
        progress(done, len(photos))
    notes = [f"{name_some(names)}: {why}" for why, names in failed.items()]
    if not found:
        raise TrainingError(f"None of the photos can be used. {notes[0]}")
    return Looks(
        photos=[photo for photo, _ in found],
        vectors=np.stack([one.vector for _, one in found]),
        pictures=pictures,
        hashes=np.array([one.hash for _, one in found], np.uint64),
        taken=[one.taken_at for _, one in found],
        notes=notes,
        seconds=time.perf_counter() - started,
    )
