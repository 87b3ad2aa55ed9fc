"""`./run bench engine`: our networks and pipelines beside others', in one run on the same photos.

Each time is the fastest of several, taken in turns: on a machine that others use too, the fastest
run is the least disturbed one. A slow peer runs once. The pipelines read photos of 12 megapixels,
which are made for the run from the folder's largest photos with 1 to 5 faces.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image as PIL_Image

from faceengine.bench.clock import FULL, QUICK, Size
from faceengine.bench.networks import Contest, compare_networks, load_contest
from faceengine.bench.peers import Peers
from faceengine.bench.photos import DEFAULT_FOLDERS, make_camera_photos, photos_in
from faceengine.bench.pipelines import Track, compare_pipelines
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.errors import FaceEngineError
from faceengine.weights import WeightStore

#: The photo with which both sides warm up.
SMALL_SIDE = 640


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when no target is missed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="./run bench engine", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, action="append", metavar="FOLDER", help="a folder with faces"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer photos, without the slowest")
    options = parser.parse_args(arguments)
    try:
        photos = photos_in(options.photos or DEFAULT_FOLDERS)
        measures = measure(photos, weights_from_environment(), QUICK if options.quick else FULL)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print_measures(measures, as_json=options.json)
    return 1 if any(line.ok is False for line in measures) else 0


def measure(photos: Sequence[Path], weights: WeightStore, size: Size) -> list[Measure]:
    """Raises: BenchError when there are no faces; WeightError."""
    contest = load_contest(weights)
    lines = compare_networks(contest, photos, size)
    with TemporaryDirectory() as folder:
        track = _lay(photos, Path(folder), contest, Peers(weights, Path(folder)), size)
        return [*lines, *compare_pipelines(track)]


def _lay(photos: Sequence[Path], folder: Path, contest: Contest, peers: Peers, size: Size) -> Track:
    made = make_camera_photos(
        photos, size.photos, folder, lambda image: len(contest.our_detector.detect(image))
    )
    small = folder / "small.jpg"
    with PIL_Image.open(made[0]) as image:
        image.thumbnail((SMALL_SIDE, SMALL_SIDE))
        image.save(small)
    return Track(made, small, peers, size)
