"""From files on the disk to faces with vectors: our pipeline against the ways of others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from faceengine.bench.clock import Size, faster, timed
from faceengine.bench.peers import INSIGHTFACE_SIDE, PeerMissingError, Peers, Way
from faceengine.catalog import get_pack
from faceengine.command_line import Measure
from faceengine.detectors.detection import Detection, Detector, resize
from faceengine.detectors.loading import load_detector
from faceengine.embedders.loading import load_embedder
from faceengine.engine import FaceEngine
from faceengine.guard import Guard
from faceengine.pictures import Image
from faceengine.pipeline import Scanned, scan
from faceengine.runtime import usable_cores
from faceengine.weights import WeightStore

DEEPFACE_TARGET, FACE_RECOGNITION_TARGET, INSIGHTFACE_TARGET = 10.0, 8.0, 2.0
#: What dlib's CNN detector takes for 12 megapixels: 11.8 GB were measured.
CNN_BYTES = 13_000_000_000
#: Threads that wait for work by spinning come to rest in this time.
REST_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class SmallLook:
    """A detector that is shown the picture at insightface's size, to do the same work.

    Our own searches are finer: they also find the small faces of a group.
    """

    detector: Detector

    def detect(self, image: Image) -> list[Detection]:
        scale = min(1.0, INSIGHTFACE_SIDE / max(image.shape[:2]))
        return [
            replace(
                found,
                corners=found.corners / scale,
                landmarks=found.landmarks / scale,
                anchors=found.anchors / scale,
            )
            for found in self.detector.detect(resize(image, scale))
        ]


def _load_pack(name: str, weights: WeightStore) -> FaceEngine:
    return FaceEngine.load(name, weights)


def _load_small_look(name: str, weights: WeightStore) -> FaceEngine:
    pack, threads = get_pack(name), usable_cores()
    detector = SmallLook(load_detector(pack.detector, weights, threads))
    return FaceEngine(pack, detector, load_embedder(pack.embedder, weights, threads))


@dataclass(frozen=True, slots=True)
class Race:
    """Our pack against one peer. `most_photos` bounds the slow ones, which run once."""

    pack: str
    peer: str
    load_peer: Callable[[Peers], Way]
    target: float | None
    most_photos: int = 100
    rounds: int = 1
    is_cnn: bool = False
    load: Callable[[str, WeightStore], FaceEngine] = _load_pack
    how: str = ""

    @property
    def name(self) -> str:
        return f"12-megapixel photos, pack {self.pack}{self.how}"


RACES = (
    Race(
        "insightface",
        "insightface FaceAnalysis.get",
        Peers.insightface,
        INSIGHTFACE_TARGET,
        rounds=3,
        load=_load_small_look,
        how=f" at {INSIGHTFACE_SIDE} pixels",
    ),
    Race("insightface", "insightface FaceAnalysis.get", Peers.insightface, None, rounds=3),
    Race("dlib", "DeepFace.represent (Dlib)", Peers.deepface, DEEPFACE_TARGET, most_photos=3),
    Race(
        "dlib",
        "face_recognition (HOG)",
        lambda peers: peers.face_recognition("hog"),
        FACE_RECOGNITION_TARGET,
        most_photos=4,
    ),
    Race(
        "dlib",
        "face_recognition (CNN)",
        lambda peers: peers.face_recognition("cnn"),
        FACE_RECOGNITION_TARGET,
        most_photos=1,
        is_cnn=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Track:
    """What all races run on: the same photos, and a small one to warm up with."""

    photos: Sequence[Path]
    small: Path
    peers: Peers
    size: Size


def compare_pipelines(track: Track) -> list[Measure]:
    """Raises: WeightError when the weights of a pack are not here."""
    return [line for race in RACES for line in _run(race, track)]


def _run(race: Race, track: Track) -> list[Measure]:
    name = f"{race.name}, a photo"
    if why := _why_not(race, track.size):
        return [Measure(name, None, "ms", race.peer, target=race.target, why=why)]
    engine = race.load(race.pack, track.peers.weights)
    with Guard(processes=2) as guard:

        def ours(photos: Sequence[Path]) -> int:
            answers = scan(engine, photos, guard)
            return sum(len(answer.faces) for answer in answers if isinstance(answer, Scanned))

        ours([track.small, track.small])
        try:
            theirs = race.load_peer(track.peers)
        except PeerMissingError as error:
            seconds, _ = _best_of(track.size.rounds, lambda: ours(track.photos))
            line = Measure(name, seconds / len(track.photos) * 1000, "ms", race.peer)
            return [replace(line, target=race.target, why=str(error))]
        theirs(track.small)
        return _measure(race, track, ours, theirs)


def _why_not(race: Race, size: Size) -> str:
    if not race.is_cnn:
        return ""
    if not size.with_cnn:
        return "left out by --quick, as this peer takes more than a minute for a photo"
    if psutil.virtual_memory().available < CNN_BYTES:
        return "this peer needs 13 GB of free memory for a photo"
    return ""


def _measure(
    race: Race, track: Track, ours: Callable[[Sequence[Path]], int], theirs: Way
) -> list[Measure]:
    # ours on all photos, as a pipeline needs a few to be full; the slow peers on the first ones
    photos = track.photos
    compared = photos[: race.most_photos]
    our_seconds, their_seconds = [], []
    our_faces = their_faces = 0
    for _ in range(min(race.rounds, track.size.rounds)):
        for _ in range(2):
            seconds, our_faces = timed(lambda: ours(photos))
            our_seconds.append(seconds)
        time.sleep(REST_SECONDS)
        seconds, their_faces = timed(lambda: sum(theirs(photo) for photo in compared))
        their_seconds.append(seconds)
        time.sleep(REST_SECONDS)
    if len(compared) < len(photos):
        our_faces = ours(compared)
    return [
        faster(
            f"{race.name}, a photo",
            min(our_seconds) / len(photos),
            race.peer,
            min(their_seconds) / len(compared),
            race.target,
        ),
        Measure(
            f"{race.name}, faces in {len(compared)}",
            our_faces,
            "faces",
            race.peer,
            their_faces,
        ),
    ]


def _best_of(rounds: int, work: Callable[[], int]) -> tuple[float, int]:
    return min(timed(work) for _ in range(rounds))
