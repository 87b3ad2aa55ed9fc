"""`./run bench scenes`: describing whole pictures, beside Keras on the same pictures.

Keras is asked the way most programs do it, with `model.predict` for one picture after the other,
and for all at once. Where the weights of a backbone are not here, it is given random ones, which
cost the same time, and its normalisations are settled on drawn pictures, or it would tell no two
pictures apart. Vectors are compared as they are, and without what all of them have in common.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from faceengine.bench.clock import faster, seconds
from faceengine.bench.photos import DEFAULT_FOLDERS, photos_in
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.detectors.detection import Floats
from faceengine.embedders.embedding import unit_length
from faceengine.errors import FaceEngineError
from faceengine.pictures import Image, decode
from faceengine.runtime import OpenVinoNetwork, Precision, usable_cores
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.backbones import DEFAULT_BACKBONE, get_backbone
from faceengine.scenes.colours import describe_colours
from faceengine.scenes.engine import SceneEngine, squeeze
from faceengine.scenes.hashing import perceptual_hash
from faceengine.scenes.probes import draw_probes
from faceengine.weights import WeightError, WeightStore

PICTURES, QUICK_PICTURES = 32, 8
ROUNDS, QUICK_ROUNDS = 5, 2
MAX_SIDE = 1024
BACKBONES = (DEFAULT_BACKBONE, "resnet50", "mobilenetv3large")
LEAST_SPEED, LEAST_COSINE = 3.0, 0.999
LOOP, AT_ONCE = "a loop of model.predict", "model.predict of all"
#: Pictures on which the normalisations of a network with random weights are settled.
SETTLING = 16


@dataclass(frozen=True, slots=True)
class Sides:
    """The same network here and in Keras."""

    ours: SceneEngine
    theirs: Any
    about: str

    def predict(self, pictures: Sequence[Image]) -> Floats:
        """Keras's answer, with all that it needs to be done to the pictures."""
        squeezed = np.stack([squeeze(picture, self.ours.size) for picture in pictures])
        scaled = self.ours.backbone.scaling.apply(squeezed.astype(np.float32))
        return unit_length(self.theirs.predict(scaled, verbose=0))


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when no target is missed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="./run bench scenes", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, action="append", metavar="FOLDER", help="a folder with pictures"
    )
    parser.add_argument(
        "--backbone", action="append", metavar="NAME", help=f"{', '.join(BACKBONES)} by default"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help=f"{DEFAULT_BACKBONE} alone, fewer pictures and rounds"
    )
    options = parser.parse_args(arguments)
    names = options.backbone or (BACKBONES[:1] if options.quick else BACKBONES)
    count, rounds = (QUICK_PICTURES, QUICK_ROUNDS) if options.quick else (PICTURES, ROUNDS)
    try:
        paths = photos_in(options.photos or DEFAULT_FOLDERS)[:count]
        pictures = [decode(path.read_bytes(), MAX_SIDE).image for path in paths]
        measures = measure(names, pictures, weights_from_environment(), rounds)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print_measures(measures, as_json=options.json)
    return 1 if any(line.ok is False for line in measures) else 0


def measure(
    names: Sequence[str], pictures: Sequence[Image], weights: WeightStore, rounds: int
) -> list[Measure]:
    """Raises: UnknownBackboneError."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    lines = _measure_the_rest(pictures, rounds)
    for backbone in [get_backbone(name) for name in names]:
        with TemporaryDirectory() as folder:
            for sides in _load(backbone, weights, Path(folder)):
                lines += _compare(sides, pictures, rounds)
    return lines


def _load(backbone: Backbone, weights: WeightStore, folder: Path) -> list[Sides]:
    """Keras beside what is served, with the same weights: those of ImageNet if they are here.

    Exact arithmetic comes first, then the faster one where the network stays exact in it.
    """
    from faceengine.scenes.convert import build, choose_precision, write

    try:
        found = weights.find(backbone.files[0])
    except WeightError:
        found = None
    network, written = build(backbone, found), folder / "network.xml"
    if found is None:
        settle(network, backbone)
    write(network, written)
    of_what = "ImageNet's weights" if found else "random weights"
    kinds = dict.fromkeys((Precision.F32, choose_precision(backbone, written)))
    return [
        Sides(_serve(backbone, written, kind), network, f"{kind.value}, {of_what}")
        for kind in kinds
    ]


def settle(network: Any, backbone: Backbone) -> None:
    """Give the normalisations of a network with random weights the statistics of drawn pictures."""
    for layer in network.layers:
        if hasattr(layer, "moving_variance"):
            layer.momentum = 0.0
    probes = np.stack(draw_probes(SETTLING, backbone.side)).astype(np.float32)
    network(backbone.scaling.apply(probes), training=True)


def _serve(backbone: Backbone, written: Path, precision: Precision) -> SceneEngine:
    network = OpenVinoNetwork(written, None, usable_cores(), precision)
    return SceneEngine(backbone, network, (backbone.side, backbone.side))


def _compare(sides: Sides, pictures: Sequence[Image], rounds: int) -> list[Measure]:
    name, count = f"{sides.ours.backbone.name}, {sides.about}", len(pictures)

    def ours_in_a_loop() -> Floats:
        return np.concatenate([sides.ours.describe([picture]) for picture in pictures])

    def theirs_in_a_loop() -> Floats:
        return np.concatenate([sides.predict([picture]) for picture in pictures])

    ours, theirs = ours_in_a_loop(), theirs_in_a_loop()  # which warms both up
    one, loop = _fastest((ours_in_a_loop, theirs_in_a_loop), rounds)
    together, at_once = _fastest(
        (lambda: sides.ours.describe(pictures), lambda: sides.predict(pictures)), rounds
    )
    cosine, middle = _least_cosine(ours, theirs), theirs.mean(axis=0)
    return [
        faster(f"{name}: a picture alone", one / count, LOOP, loop / count, LEAST_SPEED),
        faster(f"{name}: {count} together, each", together / count, AT_ONCE, at_once / count, None),
        Measure(
            f"{name}: least cosine to Keras",
            cosine,
            "cosine",
            target=LEAST_COSINE,
            ok=cosine >= LEAST_COSINE,
        ),
        Measure(
            f"{name}: … without what all vectors share",
            _least_cosine(ours - middle, theirs - middle),
            "cosine",
        ),
    ]


def _fastest(works: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Seconds of each work's fastest run, taken in turns."""
    runs = [[seconds(work) for work in works] for _ in range(rounds)]
    return [min(times) for times in zip(*runs, strict=True)]


def _least_cosine(ours: Floats, theirs: Floats) -> float:
    return float((unit_length(ours) * unit_length(theirs)).sum(axis=1).min())


def _measure_the_rest(pictures: Sequence[Image], rounds: int) -> list[Measure]:
    colours, hashes = _fastest(
        (
            lambda: [describe_colours(picture) for picture in pictures],
            lambda: [perceptual_hash(picture) for picture in pictures],
        ),
        rounds,
    )
    return [
        Measure("colours of a picture", colours / len(pictures) * 1000, "ms"),
        Measure("hash of a picture", hashes / len(pictures) * 1000, "ms"),
    ]
