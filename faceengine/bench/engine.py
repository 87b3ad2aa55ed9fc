"""`./run bench engine`: dlib's networks here against dlib itself, in one run on the same photos.

Each time is the fastest of several, on both sides: on a machine that others use too, the fastest
run is the least disturbed one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from faceengine.catalog import get_pack
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.detectors.detection import Detection, Floats, overlaps, resize
from faceengine.detectors.mmod import LONG_SIDE, MmodDetector
from faceengine.dlib_networks.convert import converted
from faceengine.embedders.dlib_resnet import DlibEmbedder
from faceengine.errors import FaceEngineError
from faceengine.packs import Pack
from faceengine.pictures import Image, decode
from faceengine.runtime import OnnxNetwork, usable_cores
from faceengine.weights import WeightStore

DEFAULT_PHOTOS = Path(__file__).resolve().parents[2] / "shared/assets/faces/photos_compreface"
DESCRIPTOR_TARGET, DETECTOR_TARGET = 25.0, 12.0
#: Faces embedded at once: enough to be fast, and so few that other work seldom interrupts a run.
BATCH = 8
LARGEST_DIFFERENCE = 1e-4
SAME_FACE_OVERLAP = 0.5
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

Answer = TypeVar("Answer")


class BenchError(FaceEngineError):
    """There is nothing to measure with."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    pictures: int
    faces: int


FULL, QUICK = Size(pictures=3, faces=24), Size(pictures=2, faces=12)


@dataclass(frozen=True, slots=True)
class Contest:
    """The same two networks twice."""

    our_detector: MmodDetector
    our_embedder: DlibEmbedder
    their_detector: Any
    their_embedder: Any


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every target is met, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="./run bench engine", description=__doc__)
    parser.add_argument("--photos", type=Path, default=DEFAULT_PHOTOS, help="a folder with faces")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer faces and pictures")
    options = parser.parse_args(arguments)
    try:
        contest = _load(weights_from_environment())
        measures = measure(contest, options.photos, QUICK if options.quick else FULL)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print_measures(measures, as_json=options.json)
    return 0 if all(line.ok for line in measures) else 1


def _load(weights: WeightStore) -> Contest:
    import dlib

    pack: Pack = get_pack("dlib")
    detection, shapes = pack.detector.files
    (recognition,) = pack.embedder.files
    sources = {file: weights.find(file) for file in (recognition, detection)}
    ours = {
        file: OnnxNetwork(converted(path, file, weights.cache), usable_cores())
        for file, path in sources.items()
    }
    return Contest(
        our_detector=MmodDetector(ours[detection], weights.find(shapes)),
        our_embedder=DlibEmbedder(ours[recognition]),
        their_detector=dlib.cnn_face_detection_model_v1(str(sources[detection])),
        their_embedder=dlib.face_recognition_model_v1(str(sources[recognition])),
    )


def measure(contest: Contest, folder: Path, size: Size) -> list[Measure]:
    """Raises: BenchError when the folder holds no photos with faces."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    with_faces: list[tuple[Image, list[Detection]]] = []
    for path in paths:
        image = decode(path.read_bytes()).image
        if detections := contest.our_detector.detect(image):
            with_faces.append((image, detections))
        if _is_enough(with_faces, size):
            break
    if not with_faces:
        raise BenchError(
            f"There are no photos with faces in {folder}: name a folder with --photos FOLDER."
        )
    crops = [
        contest.our_embedder.crop(image, found.anchors)
        for image, detections in with_faces
        for found in detections
    ]
    images = [image for image, _ in with_faces[: size.pictures]]
    return [
        *_compare_descriptors(contest, crops[: size.faces]),
        *_compare_detectors(contest, images),
    ]


def _is_enough(with_faces: Sequence[tuple[Image, list[Detection]]], size: Size) -> bool:
    faces = sum(len(detections) for _, detections in with_faces)
    return faces >= size.faces and len(with_faces) >= size.pictures


def _compare_descriptors(contest: Contest, crops: list[Image]) -> list[Measure]:
    ours, theirs, their_vectors = [], [], []
    our_vectors = contest.our_embedder.embed_raw(crops)  # both sides allocate their memory first
    contest.their_embedder.compute_face_descriptor(crops[0])
    batch = crops[:BATCH]
    for crop in crops:
        # in turns, so that both sides meet the same disturbances
        ours.append(_timed(partial(contest.our_embedder.embed_raw, batch))[0])
        seconds, vector = _timed(partial(contest.their_embedder.compute_face_descriptor, crop))
        theirs.append(seconds)
        their_vectors.append(np.array(vector))
    difference = float(np.abs(our_vectors - np.stack(their_vectors)).max())
    return [
        _faster("dlib descriptor, a face", min(ours) / len(batch), min(theirs), DESCRIPTOR_TARGET),
        Measure(
            f"dlib descriptor, largest difference of {len(crops)} vectors",
            difference,
            "absolute",
            target=LARGEST_DIFFERENCE,
            ok=difference <= LARGEST_DIFFERENCE,
        ),
    ]


def _compare_detectors(contest: Contest, images: Sequence[Image]) -> list[Measure]:
    ours, theirs, shares = [], [], []
    for picture in images:
        image = resize(picture, LONG_SIDE / max(picture.shape[:2]))
        found = contest.our_detector.search(image)
        ours.append(min(_timed(partial(contest.our_detector.search, image))[0] for _ in range(3)))
        seconds, answers = _timed(partial(contest.their_detector, image, 0))
        theirs.append(seconds)
        shares.append(agreement(found, _corners(answers)))
    same = min(shares)
    speed = _faster(
        "dlib MMOD detector, a picture",
        float(np.mean(ours)),
        float(np.mean(theirs)),
        DETECTOR_TARGET,
    )
    name = f"dlib MMOD detector, same faces in {len(images)} pictures"
    return [speed, Measure(name, same, "share", target=1.0, ok=same >= 1.0)]


def _timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    started = time.perf_counter()
    answer = work()
    return time.perf_counter() - started, answer


def _faster(name: str, ours: float, theirs: float, target: float) -> Measure:
    ratio = theirs / ours
    return Measure(
        name, ours * 1000, "ms", "dlib", theirs * 1000, ratio, target, ok=ratio >= target
    )


def _corners(answers: Any) -> Floats:
    rectangles = [answer.rect for answer in answers]
    edges = [(box.left(), box.top(), box.right(), box.bottom()) for box in rectangles]
    return np.array(edges, dtype=np.float32).reshape(-1, 4)


def agreement(ours: Floats, theirs: Floats) -> float:
    """Share of all boxes, ours and theirs, that have a counterpart on the other side."""
    total = len(ours) + len(theirs)
    if not total:
        return 1.0
    paired = 0
    for boxes, others in ((ours[:, :4], theirs), (theirs, ours[:, :4])):
        for box in boxes if len(others) else ():
            paired += int(overlaps(box, others).max() >= SAME_FACE_OVERLAP)
    return paired / total
