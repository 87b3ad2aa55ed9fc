"""`./run evaluate detectors FOLDER …`: the detectors of several packs on the same pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faceengine.command_line import Measure, weights_from_environment
from faceengine.detectors.loading import load_detector
from faceengine.evaluation.finding import (
    Detectors,
    Finds,
    count_boxes,
    find_again,
    measure_boxes,
    measure_finding,
)
from faceengine.evaluation.gathering import EvaluationError, Progress
from faceengine.evaluation.labels import Labelled, labelled_photos
from faceengine.evaluation.progress import show_progress
from faceengine.guard import Guard
from faceengine.packs import Pack
from faceengine.runtime import usable_cores

DETECTORS = "detectors"


@dataclass(frozen=True, slots=True)
class _Trip:
    """Through the photos of a folder, and what is made of the finds for one pack."""

    name: str
    photos: Sequence[Labelled]
    search: Callable[[Detectors, Sequence[Labelled], Guard, Progress], Finds]
    measure: Callable[[Finds, str, str], list[Measure]]


def compare_detectors(
    packs: Sequence[Pack], folders: Sequence[Path], without_people: Path | None, *, is_quick: bool
) -> tuple[dict[str, list[Measure]], list[str]]:
    """Measures by pack, and what the reader has to know.

    Raises: EvaluationError, WeightError, GuardError; DetectorError when DeepFace lacks something.
    """
    trips = _plan(folders, without_people, is_quick=is_quick)
    weights = weights_from_environment()
    detectors = {pack.name: load_detector(pack.detector, weights, usable_cores()) for pack in packs}
    columns: dict[str, list[Measure]] = {pack: [] for pack in detectors}
    notes: list[str] = []
    with Guard() as guard:
        for trip in trips:
            finds = _take(trip, detectors, guard)
            for pack in detectors:
                columns[pack] += trip.measure(finds, pack, trip.name)
            notes += [f"Left out: {photo.photo}: {photo.why}" for photo in finds.unreadable]
    return columns, notes


def _plan(folders: Sequence[Path], without_people: Path | None, *, is_quick: bool) -> list[_Trip]:
    """Raises: EvaluationError."""
    others = [without_people] if without_people else []
    chosen = [*folders, *others]
    ways = [
        *[(find_again, measure_finding)] * len(folders),
        *[(count_boxes, measure_boxes)] * len(others),
    ]
    return [
        _Trip(name, labelled_photos(folder, is_quick=is_quick), search, measure)
        for name, folder, (search, measure) in zip(_names(chosen), chosen, ways, strict=True)
    ]


def _names(folders: Sequence[Path]) -> list[str]:
    """The last part of each path, or all of it where several end alike."""
    last = [folder.resolve().name for folder in folders]
    return [
        name if last.count(name) == 1 else str(folder)
        for name, folder in zip(last, folders, strict=True)
    ]


def _take(trip: _Trip, detectors: Detectors, guard: Guard) -> Finds:
    """Raises: EvaluationError when none of the photos can be read; GuardError."""
    with show_progress(trip.name) as progress:
        finds = trip.search(detectors, trip.photos, guard, progress)
    if not finds.photos:
        first = finds.unreadable[0]
        raise EvaluationError(
            f"None of the photos can be read. The first is {first.photo}: {first.why}"
        )
    return finds
