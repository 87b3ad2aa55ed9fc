"""`./run bench grouping`: whole regrouping beside dlib's Chinese Whispers and HDBSCAN.

The faces of a labelled folder, one folder of photos a person, with the same vectors for all; and
how long a crowd takes that does not exist, its vectors spread as those of the folder are.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceengine.bench.clock import faster, timed
from faceengine.bench.crowd import Run, group_crowd, spread_of
from faceengine.calibrations import calibration_of
from faceengine.catalog import PACKS
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.evaluation.gathering import EvaluationError, Gathered, gather, photos_of_people
from faceengine.evaluation.grouping import MOST_WHISPERED, PEER, agree_by_face, whisper
from faceengine.evaluation.pairs import Vectors
from faceengine.evaluation.progress import show_progress
from faceengine.grouping import group_faces
from faceengine.guard import Guard
from faceengine.packs import Calibration
from faceengine.weights import WeightStore

#: The packs, each with the BCubed F that its groups must reach.
PACK_TARGETS = {"open": 0.98, "dlib": 0.92}
TIMES_FASTER = 10.0
FACES, QUICK_FACES = 100_000, 10_000
LONGEST_SECONDS, LARGEST_MEGABYTES = 300.0, 2000.0
#: Our runs, of which the fastest counts: a slow peer runs once.
RUNS = 5
#: With fewer faces the time says nothing: it goes where no face is compared.
MANY_FACES = 2000
#: Faces that a peer groups first, so that loading it costs it nothing.
WARMING_UP = 20
# beside the checkout, where the tests find them too
DEFAULT_FOLDER = Path(__file__).resolve().parents[3] / "shared/assets/faces/lfw_dev"

Work = Callable[[Vectors], NDArray[np.int64]]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when no target is missed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="./run bench grouping", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, default=DEFAULT_FOLDER, metavar="FOLDER", help="a folder a person"
    )
    parser.add_argument("--faces", type=int, metavar="N", help=f"in the crowd; {FACES:,}")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="pack open, fewer photos and faces")
    options = parser.parse_args(arguments)
    count = options.faces or (QUICK_FACES if options.quick else FACES)
    try:
        photos = photos_of_people(options.photos, is_quick=options.quick)
        packs = list(PACK_TARGETS)[:1] if options.quick else list(PACK_TARGETS)
        measures = measure(photos, packs, weights_from_environment(), count)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print_measures(measures, as_json=options.json)
    return 1 if any(line.ok is False for line in measures) else 0


def measure(
    photos: Sequence[Path], packs: Sequence[str], weights: WeightStore, count: int
) -> list[Measure]:
    """The crowd is spread as the faces of the first pack. Raises: FaceEngineError."""
    lines: list[Measure] = []
    crowd: list[Measure] = []
    for name in packs:
        calibration = calibration_of(PACKS[name], weights.cache)
        if calibration is None:
            raise EvaluationError(f"Nobody has measured the pack {name}: leave it out.")
        engine = FaceEngine.load(name, weights)
        with Guard(processes=2) as guard, show_progress(name) as progress:
            gathered = gather(engine, photos, guard, progress)
        lines += compare(name, gathered, calibration)
        crowd = crowd or _report(_in_a_process(gathered, count, calibration), count)
    return lines + crowd


def compare(pack: str, gathered: Gathered, calibration: Calibration) -> list[Measure]:
    """How well, and how fast, on the same vectors."""
    vectors, people = gathered.embeddings, gathered.people
    own = [
        timed(lambda: group_faces(vectors, calibration.wide, calibration.normal))
        for _ in range(RUNS)
    ]
    seconds, groups = min(own, key=lambda run: run[0])
    ours = agree_by_face(groups, people).f
    target = PACK_TARGETS[pack]
    quality = Measure(f"BCubed F, pack {pack}", ours, "share", target=target, ok=ours >= target)
    lines = []
    for peer, work in _peers(len(vectors), calibration).items():
        if work is None:
            lines.append(replace(quality, peer=peer, why=_how_to_install(peer)))
            continue
        work(vectors[:WARMING_UP])
        their_seconds, their_groups = timed(partial(work, vectors))
        theirs = agree_by_face(their_groups, people).f
        lines += [
            replace(
                quality,
                peer=peer,
                peer_value=theirs,
                ratio=ours / theirs,
                ok=ours >= max(target, theirs),
            ),
            faster(
                f"grouping {len(people):,} faces, pack {pack}",
                seconds,
                peer,
                their_seconds,
                TIMES_FASTER if peer == PEER and len(vectors) >= MANY_FACES else None,
            ),
        ]
    return lines or [quality]


def _peers(count: int, calibration: Calibration) -> dict[str, Work | None]:
    """What others do with the vectors; None for one that is not installed."""
    if count > MOST_WHISPERED:
        return {}
    return {
        PEER: lambda vectors: whisper(vectors, calibration.normal),
        "HDBSCAN": cluster_by_density if find_spec("sklearn") else None,
    }


def cluster_by_density(vectors: Vectors) -> NDArray[np.int64]:
    """scikit-learn's HDBSCAN with pairs as the smallest clusters; what it calls noise is alone."""
    from sklearn.cluster import HDBSCAN

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        labels = HDBSCAN(min_cluster_size=2, min_samples=1).fit_predict(vectors.astype(np.float64))
    groups: NDArray[np.int64] = labels.astype(np.int64)
    alone = groups < 0
    groups[alone] = groups.max() + 1 + np.arange(int(alone.sum()))
    return groups


def _how_to_install(peer: str) -> str:
    return f"{peer} is not installed: ./run bench installs it (scikit-learn)."


def _in_a_process(gathered: Gathered, count: int, calibration: Calibration) -> Run:
    """Apart from the engine, whose memory is not that of grouping."""
    spread = spread_of(gathered.embeddings, gathered.people)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        work = processes.submit(group_crowd, spread, count, calibration.wide, calibration.normal)
        return work.result()


def _report(run: Run, count: int) -> list[Measure]:
    name = f"a crowd of {count:,} faces"
    return [
        Measure(
            f"grouping {name}",
            run.seconds,
            "s",
            target=LONGEST_SECONDS,
            ok=run.seconds <= LONGEST_SECONDS,
        ),
        Measure(
            f"peak memory, {name}",
            run.peak_megabytes,
            "MB",
            target=LARGEST_MEGABYTES,
            ok=run.peak_megabytes <= LARGEST_MEGABYTES,
        ),
        Measure(f"BCubed F, {name}", run.agreement, "share"),
        Measure(f"people in {name}", run.people, "people"),
        Measure(f"groups of {name}", run.groups, "groups"),
    ]
