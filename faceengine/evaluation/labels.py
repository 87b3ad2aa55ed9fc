"""Photos in which somebody marked where the faces are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from faceengine.detectors.detection import Floats
from faceengine.evaluation.gathering import EvaluationError
from faceengine.files import pictures_in

#: Of a folder, a quick look takes so many photos, evenly spread.
QUICK_PHOTOS = 24


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo, and the noses in it in pixels of the full picture, shape (n, 2); None if unknown."""

    photo: Path
    noses: Floats | None


def labelled_photos(folder: Path, *, is_quick: bool = False) -> list[Labelled]:
    """All photos in a folder and below, with what lies beside them of `annotations.json`
    (CompreFace) and `groups.json` (contact sheets).

    Raises: EvaluationError when there is no such folder, nothing in it, or labels that cannot be
    read.
    """
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}.")
    photos = pictures_in(folder, "**/*")
    if not photos:
        raise EvaluationError(f"No photos in {folder}: give a folder with photos.")
    noses = _read_labels(folder)
    if is_quick:
        photos = photos[:: -(-len(photos) // QUICK_PHOTOS)]
    return [Labelled(photo, noses.get(photo)) for photo in photos]


def _read_labels(folder: Path) -> dict[Path, Floats]:
    """Raises: EvaluationError."""
    noses: dict[Path, Floats] = {}
    for name, read in _READERS.items():
        for file in folder.rglob(name):
            try:
                found = read(json.loads(file.read_text(encoding="utf-8")))
                noses |= {file.parent / photo: _to_points(points) for photo, points in found}
            except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
                raise EvaluationError(
                    f"{file} cannot be read as labels. Mend it, or move it out of the folder."
                ) from error
    return noses


def _to_points(points: Sequence[Sequence[float]]) -> Floats:
    return np.array(points, dtype=np.float32).reshape(-1, 2)


def _photos_of_compreface(content: Any) -> list[tuple[str, Any]]:
    return list(content["noses"].items())


def _contact_sheets(content: Any) -> list[tuple[str, Any]]:
    return [(sheet["file"], [face["kps"][2] for face in sheet["faces"]]) for sheet in content]


_READERS: Mapping[str, Callable[[Any], list[tuple[str, Any]]]] = MappingProxyType(
    {"annotations.json": _photos_of_compreface, "groups.json": _contact_sheets}
)
