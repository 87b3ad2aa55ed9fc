"""Which faces do detectors find, in photos as they are and in the same made harder?

All packs see the same pictures. Where photos have no labels, the faces that the first pack finds
upright are those that all have to find; it also says where masks are painted.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from faceengine.command_line import Measure, explain
from faceengine.detectors.detection import Detection, Detector, Floats
from faceengine.evaluation.gathering import Progress, Unreadable
from faceengine.evaluation.labels import Labelled
from faceengine.evaluation.trials import TRIALS, is_in, mark
from faceengine.guard import Guard
from faceengine.pictures import Image, Picture
from faceengine.pipeline import decode_ahead

UPRIGHT = "upright"

#: By the names of their packs.
Detectors = Mapping[str, Detector]


@dataclass(slots=True)
class Finds:
    """What was found in the photos of a folder.

    `faces` counts by trial how many there were; `found`, by pack and trial, how many had a box;
    `boxes` and `seconds` of processor time, by pack, are those of the photos as they are.
    """

    photos: int = 0
    faces: Counter[str] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    boxes: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    unreadable: list[Unreadable] = field(default_factory=list)


def find_again(
    detectors: Detectors, photos: Sequence[Labelled], guard: Guard, progress: Progress
) -> Finds:
    """Search all photos, and each once more in every trial. Raises: GuardError."""
    finds = Finds()
    for labelled, picture in _decode(photos, guard, finds, progress):
        image = picture.image
        upright = _look_in_turn(detectors, image, finds)
        scale = np.float32(image.shape[1] / picture.width)
        noses = None if labelled.noses is None else labelled.noses * scale
        scene = mark(image, noses, next(iter(upright.values())))
        _count(UPRIGHT, scene.whole.noses, upright, finds)
        for trial, show in TRIALS.items():
            for view in show(scene):
                found = {pack: detector.detect(view.image) for pack, detector in detectors.items()}
                _count(trial, view.noses, found, finds)
    return finds


def count_boxes(
    detectors: Detectors, photos: Sequence[Labelled], guard: Guard, progress: Progress
) -> Finds:
    """Search photos that show nobody. Raises: GuardError."""
    finds = Finds()
    for _, picture in _decode(photos, guard, finds, progress):
        _look_in_turn(detectors, picture.image, finds)
    return finds


def measure_finding(finds: Finds, pack: str, folder: str) -> list[Measure]:
    """The share of faces found in each trial, and the time."""
    return [
        *(_share(finds, pack, trial, folder) for trial in (UPRIGHT, *TRIALS)),
        Measure(f"{folder}: processor time a photo", _milliseconds(finds, pack), "ms"),
    ]


def measure_boxes(finds: Finds, pack: str, folder: str) -> list[Measure]:
    """What was taken for a face, and the time."""
    return [
        Measure(f"{folder}: boxes on {finds.photos} photos", finds.boxes[pack], "boxes"),
        Measure(f"{folder}: processor time a photo", _milliseconds(finds, pack), "ms"),
    ]


def _decode(
    photos: Sequence[Labelled], guard: Guard, finds: Finds, progress: Progress
) -> Iterator[tuple[Labelled, Picture]]:
    """Those that can be read. Raises: GuardError."""
    with closing(decode_ahead([labelled.photo for labelled in photos], guard)) as groups:
        decoded = chain.from_iterable(groups)
        for done, (labelled, item) in enumerate(zip(photos, decoded, strict=True), start=1):
            if isinstance(item.outcome, Picture):
                finds.photos += 1
                yield labelled, item.outcome
            else:
                finds.unreadable.append(Unreadable(labelled.photo, explain(item.outcome)))
            progress(done, len(photos))


def _look_in_turn(detectors: Detectors, image: Image, finds: Finds) -> dict[str, list[Detection]]:
    """Search a photo as it is, with every detector."""
    found = {}
    for pack, detector in detectors.items():
        detector.detect(image)  # a network prepares itself for a new size: the second look is timed
        started = time.process_time()
        found[pack] = detector.detect(image)
        finds.seconds[pack] += time.process_time() - started
        finds.boxes[pack] += len(found[pack])
    return found


def _count(
    trial: str, noses: Floats, found: Mapping[str, Sequence[Detection]], finds: Finds
) -> None:
    finds.faces[trial] += len(noses)
    for pack, faces in found.items():
        finds.found[pack, trial] += sum(
            any(is_in(nose, face.corners) for face in faces) for nose in noses
        )


def _share(finds: Finds, pack: str, trial: str, folder: str) -> Measure:
    count = finds.faces[trial]
    if not count:
        why = "no face here can be shown so"
        return Measure(f"{folder}: {trial}", None, "share", why=why)
    return Measure(
        f"{folder}: {trial}, of {count} faces", finds.found[pack, trial] / count, "share"
    )


def _milliseconds(finds: Finds, pack: str) -> float:
    return finds.seconds[pack] / finds.photos * 1000
