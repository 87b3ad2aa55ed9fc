"""Faces of known people: a folder of photos a person, described once and kept."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from faceengine.catalog import get_pack
from faceengine.evaluation.gathering import EvaluationError, photos_of_people
from faceengine.evaluation.progress import show_progress
from faceengine.faces import Face
from faceengine.pipeline import Scanned, scan
from galleries.engine import engine_for, guard


@dataclass(frozen=True, slots=True)
class Labelled:
    """One face of each photo, the most central one, so that bystanders do not count.

    `vectors` has shape (n, dimensions) and unit length; the others have a value for each face.
    """

    vectors: NDArray[np.float32]
    people: list[str]
    qualities: list[float]
    weaknesses: list[str]


def describe_people(folder: Path, pack: str, *, is_quick: bool = False) -> Labelled:
    """What a pack sees in a folder that holds one folder of photos per person.

    Kept under LIKENESS_DATA/bench, as it takes minutes. Raises: EvaluationError; WeightError.
    """
    photos = photos_of_people(folder, is_quick=is_quick)
    kept = _kept_at(folder, photos, pack)
    if not kept.is_file():
        _keep(kept, photos, pack)
    with np.load(kept) as file:
        return Labelled(
            file["vectors"],
            file["people"].tolist(),
            file["qualities"].tolist(),
            file["weaknesses"].tolist(),
        )


def _kept_at(folder: Path, photos: Sequence[Path], pack: str) -> Path:
    facts = [f"{photo.relative_to(folder)} {photo.stat().st_size}" for photo in photos]
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]
    return Path(settings.LIKENESS_DATA) / "bench" / f"{get_pack(pack).key}-{digest}.npz"


def _keep(target: Path, photos: Sequence[Path], pack: str) -> None:
    found: list[tuple[str, Face]] = []
    with show_progress("Describing the faces") as tell:
        answers = scan(engine_for(pack), photos, guard())
        for done, (photo, answer) in enumerate(zip(photos, answers, strict=True), start=1):
            if isinstance(answer, Scanned) and answer.faces:
                found.append((photo.parent.name, min(answer.faces, key=_distance_from_middle)))
            tell(done, len(photos))
    if not found:
        raise EvaluationError("No face was found: give photos with faces.")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part.npz")
    np.savez(
        unfinished,
        vectors=np.stack([face.embedding for _, face in found]),
        people=np.array([person for person, _ in found]),
        qualities=np.array([face.quality for _, face in found]),
        weaknesses=np.array([face.weakness or "" for _, face in found], dtype="U20"),
    )
    unfinished.rename(target)


def _distance_from_middle(face: Face) -> float:
    x, y = face.box.centre
    return math.hypot(x - 0.5, y - 0.5)
