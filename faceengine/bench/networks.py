"""dlib's two networks here against dlib itself, on the same pictures and crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from faceengine.bench.clock import Size, faster, seconds, timed
from faceengine.bench.photos import BenchError
from faceengine.catalog import get_pack
from faceengine.command_line import Measure
from faceengine.detectors.detection import Detection, Floats, overlaps, resize
from faceengine.detectors.mmod import LONG_SIDE, MmodDetector
from faceengine.dlib_networks.convert import converted
from faceengine.embedders.dlib_resnet import DlibEmbedder
from faceengine.pictures import Image, decode
from faceengine.runtime import OnnxNetwork, OpenVinoNetwork, Precision, usable_cores
from faceengine.weights import WeightStore

DESCRIPTOR_TARGET, DETECTOR_TARGET = 35.0, 18.0
LARGEST_DIFFERENCE, LEAST_COSINE, LEAST_AGREEMENT = 1e-4, 0.995, 0.98
#: Faces embedded at once: enough to be fast, and so few that other work seldom interrupts a run.
BATCH = 8
SAME_FACE_OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class Contest:
    """The same two networks twice, and the first once more in half precision."""

    our_detector: MmodDetector
    our_embedder: DlibEmbedder
    our_short_embedder: DlibEmbedder
    their_detector: Any
    their_embedder: Any


def load_contest(weights: WeightStore) -> Contest:
    """Raises: WeightError."""
    import dlib

    pack = get_pack("dlib")
    detection, shapes = pack.detector.files
    (recognition,) = pack.embedder.files
    sources = {file: weights.find(file) for file in (recognition, detection)}
    ours = {file: converted(path, file, weights.cache) for file, path in sources.items()}
    threads = usable_cores()
    short = OpenVinoNetwork(ours[recognition], None, threads, Precision.BF16)
    return Contest(
        our_detector=MmodDetector(OnnxNetwork(ours[detection], threads), weights.find(shapes)),
        our_embedder=DlibEmbedder(OnnxNetwork(ours[recognition], threads)),
        our_short_embedder=DlibEmbedder(short),
        their_detector=dlib.cnn_face_detection_model_v1(str(sources[detection])),
        their_embedder=dlib.face_recognition_model_v1(str(sources[recognition])),
    )


def compare_networks(contest: Contest, photos: Sequence[Path], size: Size) -> list[Measure]:
    """Raises: BenchError when no photo has a face."""
    with_faces: list[tuple[Image, list[Detection]]] = []
    for path in photos:
        image = decode(path.read_bytes()).image
        if detections := contest.our_detector.detect(image):
            with_faces.append((image, detections))
        if _is_enough(with_faces, size):
            break
    if not with_faces:
        raise BenchError("No photo with a face is here: name a folder with --photos FOLDER.")
    crops = [
        contest.our_embedder.crop(image, found.anchors)
        for image, detections in with_faces
        for found in detections
    ]
    images = [image for image, _ in with_faces[: size.pictures]]
    return [
        *_compare_descriptors(contest, crops[: size.faces], size.runs),
        *_compare_detectors(contest, images),
    ]


def _is_enough(with_faces: Sequence[tuple[Image, list[Detection]]], size: Size) -> bool:
    faces = sum(len(detections) for _, detections in with_faces)
    return faces >= size.faces and len(with_faces) >= size.pictures


def _compare_descriptors(contest: Contest, crops: list[Image], runs: int) -> list[Measure]:
    describe = contest.their_embedder.compute_face_descriptor
    theirs = np.stack([np.array(describe(crop)) for crop in crops])
    exact, short = contest.our_embedder, contest.our_short_embedder
    difference = float(np.abs(exact.embed_raw(crops) - theirs).max())
    unit = theirs / np.linalg.norm(theirs, axis=1, keepdims=True)
    cosine = float((short.embed(crops) * unit).sum(axis=1).min())
    batch = crops[:BATCH]
    turns = (partial(exact.embed_raw, batch), partial(short.embed_raw, batch))
    times: list[list[float]] = [[], [], []]
    for run in range(runs):
        # in turns, so that all sides meet the same disturbances
        for place, work in enumerate((*turns, partial(describe, crops[run % len(crops)]))):
            times[place].append(seconds(work))
    ours, halved, dlib = min(times[0]) / len(batch), min(times[1]) / len(batch), min(times[2])
    return [
        faster("dlib descriptor, a face", ours, "dlib", dlib, DESCRIPTOR_TARGET),
        Measure(
            f"dlib descriptor, largest difference of {len(crops)} vectors",
            difference,
            "absolute",
            target=LARGEST_DIFFERENCE,
            ok=difference <= LARGEST_DIFFERENCE,
        ),
        faster("dlib descriptor in bf16, a face", halved, "dlib", dlib, None),
        Measure(
            f"dlib descriptor in bf16, smallest cosine of {len(crops)} vectors to dlib's",
            cosine,
            "cosine",
            target=LEAST_COSINE,
            ok=cosine >= LEAST_COSINE,
        ),
    ]


def _compare_detectors(contest: Contest, images: Sequence[Image]) -> list[Measure]:
    ours, theirs, shares = 0.0, 0.0, []
    for picture in images:
        image = resize(picture, LONG_SIDE / max(picture.shape[:2]))
        search = partial(contest.our_detector.search, image)
        found = search()
        before = [seconds(search) for _ in range(5)]
        time, answers = timed(partial(contest.their_detector, image, 0))
        ours += min(*before, *(seconds(search) for _ in range(5)))
        theirs += time
        expected = _corners(answers)
        shares.append((agreement(found, expected), len(expected)))
    count, faces = len(images), sum(number for _, number in shares)
    same = sum(share * number for share, number in shares) / max(faces, 1)
    return [
        faster("dlib MMOD, a picture", ours / count, "dlib", theirs / count, DETECTOR_TARGET),
        Measure(
            f"dlib MMOD, same boxes for {faces} faces",
            same,
            "share",
            target=LEAST_AGREEMENT,
            ok=same >= LEAST_AGREEMENT,
        ),
    ]


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
