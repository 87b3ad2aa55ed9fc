"""`./run evaluate identification FOLDER`: how well a pack tells people apart.

FOLDER holds one folder of photos per person. Of each photo the face nearest its middle counts, so
that bystanders do not.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceengine.catalog import PACKS
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.evaluation.pairs import PRIOR, count_pairs, first_rank_share
from faceengine.faces import Face
from faceengine.packs import Strictness
from faceengine.pictures import Image, decode

PICTURES_AT_ONCE = 8
QUICK_PICTURES = 600
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic"}


class EvaluationError(FaceEngineError):
    """The folder cannot answer the question."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The faces of a folder: one vector and one owner each."""

    embeddings: NDArray[np.float32]
    people: list[str]
    photos: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        engine = FaceEngine.load(options.pack, weights_from_environment())
        gathered = gather(engine, _photos(options.folder, is_quick=options.quick))
        measures = measure_identification(engine.pack.name, gathered)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print_measures(measures, as_json=options.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run evaluate", description=__doc__)
    questions = parser.add_subparsers(dest="question", required=True)
    identification = questions.add_parser("identification", help="one folder of photos per person")
    identification.add_argument("folder", type=Path)
    identification.add_argument("--pack", default="open", help=", ".join(PACKS))
    identification.add_argument("--json", action="store_true")
    identification.add_argument(
        "--quick", action="store_true", help=f"only the first {QUICK_PICTURES} photos"
    )
    return parser


def _photos(folder: Path, *, is_quick: bool) -> list[Path]:
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}.")
    photos = sorted(path for path in folder.glob("*/*") if path.suffix.lower() in SUFFIXES)
    return photos[:QUICK_PICTURES] if is_quick else photos


def gather(engine: FaceEngine, photos: Sequence[Path]) -> Gathered:
    """Raises: EvaluationError naming the photo that cannot be read."""
    started = time.perf_counter()
    found: list[tuple[str, Face]] = []
    for batch in _batches(photos):
        images = [_read(path) for path in batch]
        for path, image, faces in zip(batch, images, engine.find_faces_in(images), strict=True):
            if faces:
                found.append((path.parent.name, _most_central(faces, image)))
    if not found:
        raise EvaluationError(
            "No face was found: give a folder with one folder of photos a person."
        )
    return Gathered(
        embeddings=np.stack([face.embedding for _, face in found]),
        people=[person for person, _ in found],
        photos=len(photos),
        seconds=time.perf_counter() - started,
    )


def _read(photo: Path) -> Image:
    try:
        return decode(photo.read_bytes()).image
    except OSError as error:
        raise EvaluationError(f"{photo} cannot be opened: {error.strerror}.") from error
    except FaceEngineError as error:
        raise EvaluationError(f"{photo}: {error} Or take it out of the folder.") from error


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


def measure_identification(pack: str, gathered: Gathered) -> list[Measure]:
    """Raises: EvaluationError when nobody has two photos, or everybody is one person."""
    pairs = count_pairs(gathered.embeddings, gathered.people)
    if not pairs.genuine.sum() or not pairs.impostor.sum():
        raise EvaluationError("Give two people or more, and two photos or more of one of them.")
    measures = [
        Measure(f"{pack}: faces found", len(gathered.people) / gathered.photos, "share"),
        Measure(f"{pack}: time a photo", gathered.seconds / gathered.photos * 1000, "ms"),
        Measure(f"{pack}: genuine pairs", int(pairs.genuine.sum()), "pairs"),
        Measure(f"{pack}: impostor pairs", int(pairs.impostor.sum()), "pairs"),
        Measure(
            f"{pack}: most similar is the same person",
            first_rank_share(gathered.embeddings, gathered.people),
            "share",
        ),
    ]
    for word in reversed(Strictness):
        rate = word.false_match_rate
        threshold = pairs.threshold(rate)
        measures += [
            Measure(f"{pack}: accepted at FMR {rate:.0e}", pairs.accepted(threshold), "share"),
            Measure(f"{pack}: threshold at FMR {rate:.0e}", threshold, "cosine"),
        ]
    slope, midpoint = pairs.fit_probability()
    return [
        *measures,
        Measure(f"{pack}: probability slope (prior {PRIOR:g})", slope, "1/cosine"),
        Measure(f"{pack}: probability midpoint (prior {PRIOR:g})", midpoint, "cosine"),
    ]
