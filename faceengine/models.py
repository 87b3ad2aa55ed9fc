"""`./run models [list] | install NAME | verify [NAME]`: the weights on this machine.

NAME is one of the list, or joins a detector and an embedder (hog+edgeface-xs), or is any network of
keras.applications.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from faceengine.calibrations import CalibrationError, calibration_of
from faceengine.catalog import PACKS, UnknownPackError, get_pack
from faceengine.command_line import run, say, weights_from_environment
from faceengine.detectors import deepface_names
from faceengine.detectors.loading import load_detector
from faceengine.embedders import deepface_models
from faceengine.errors import FaceEngineError
from faceengine.packs import Pack, WeightFile
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.backbones import BACKBONES, OFTEN_USED
from faceengine.scenes.loading import load_backbone
from faceengine.weights import WeightState, WeightStatus, WeightStore

_HEAD = ("name", "state", "measured", "dims", "MB", "use", "licence")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 is success, 1 a pack that is not as it should be, 2 a wrong command."""
    options = _parser().parse_args(arguments)
    weights = weights_from_environment()
    try:
        if options.command == "install":
            return _install(weights, options.name, options.mirror)
        if options.command == "verify":
            return _verify(weights, options.name)
        return _list(weights)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run models", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("list", help="the packs, their licences, and whether they are here")
    install = commands.add_parser("install", help="fetch the files of a pack that are not here")
    install.add_argument(
        "name",
        help=f"{', '.join(PACKS)}, deepface:MODEL, DETECTOR+EMBEDDER; for whole pictures "
        f"{', '.join(OFTEN_USED)} and others of keras.applications",
    )
    install.add_argument(
        "--mirror", default="", help="address of a folder with the files, instead of their homes"
    )
    verify = commands.add_parser("verify", help="compare every file with its published checksum")
    verify.add_argument("name", nargs="?", help="all that are here by default")
    return parser


def _list(weights: WeightStore) -> int:
    rows = [_HEAD, *(_row(one, weights) for one in _listed())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say("  ".join(cells).rstrip())
    others = [name for name in BACKBONES if name not in OFTEN_USED]
    say(f"For whole pictures also: {', '.join(others)}.")
    return 0


def _row(one: Pack | Backbone, weights: WeightStore) -> tuple[str, ...]:
    statuses = weights.status(one)
    return (
        one.name,
        _state_of(statuses),
        _is_measured(one, weights),
        f"{one.dimensions:>4}",
        f"{_megabytes(statuses):>6}",
        "any" if one.is_free else "research",
        one.licence,
    )


def _listed() -> list[Pack | Backbone]:
    of_deepface = [get_pack(name) for name in deepface_models.PARTS]
    return [*PACKS.values(), *of_deepface, *(BACKBONES[name] for name in OFTEN_USED)]


def _named(name: str) -> Pack | Backbone:
    """Raises: UnknownPackError with the names that are known."""
    try:
        return BACKBONES.get(name.lower()) or get_pack(name)
    except UnknownPackError as error:
        raise UnknownPackError(f"{error} For whole pictures: {', '.join(BACKBONES)}.") from error


def _is_measured(one: Pack | Backbone, weights: WeightStore) -> str:
    if isinstance(one, Backbone):
        return ""  # what looks alike has no threshold
    try:
        return "no" if calibration_of(one, weights.cache) is None else "yes"
    except CalibrationError:
        return "spoilt"


def _state_of(statuses: Sequence[WeightStatus]) -> str:
    states = {status.state for status in statuses}
    if WeightState.ALTERED in states:
        return "altered"
    return "not installed" if WeightState.MISSING in states else "ready"


def _megabytes(statuses: Sequence[WeightStatus]) -> str:
    """Nothing where DeepFace's file is not here and nobody states its size."""
    sizes = [
        status.file.size or (status.path.stat().st_size if status.path else 0)
        for status in statuses
    ]
    return f"{sum(sizes) / 1e6:.1f}" if all(sizes) else ""


def _install(weights: WeightStore, name: str, mirror: str) -> int:
    chosen = _named(name)
    if not chosen.is_free:
        say(f"Mind the licence of {chosen.name}: {chosen.licence}.")
    weights.install(chosen, _ProgressLine(), mirror)
    if isinstance(chosen, Backbone):
        # a network of Keras is converted now and not while somebody waits
        load_backbone(chosen, weights, threads=1)
    elif chosen.detector.name.startswith(deepface_names.PREFIX):
        load_detector(chosen.detector, weights, threads=1)  # DeepFace alone knows what it lacks
    kind = "backbone" if isinstance(chosen, Backbone) else "pack"
    say(f"The {kind} {chosen.name} is ready.")
    return 0


def _verify(weights: WeightStore, name: str | None) -> int:
    """What was named has to be here whole; of all others, what is here has to be unaltered."""
    chosen = [_named(name)] if name else _listed()
    files = dict.fromkeys(file for one in chosen for file in one.files)
    statuses = [weights.look_for(file) for file in files]
    allowed = {WeightState.READY} if name else {WeightState.READY, WeightState.MISSING}
    for status in statuses:
        digits = "" if status.file.digest else "  (nobody states a checksum)"
        say(f"{status.state.value:<8} {status.file.name:<44} {status.path or ''}{digits}")
        if status.state is WeightState.ALTERED:
            found = status.found_digest or "nothing that can be read"
            say(f"{'':<8} expected {status.file.digest}, found {found}")
    return 0 if all(status.state in allowed for status in statuses) else 1


class _ProgressLine:
    """Draws a percentage over itself on a terminal, and one line a file elsewhere."""

    def __call__(self, file: WeightFile, done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            sys.stderr.write(f"\r{file.name:<44} {done / total:>5.0%}{end}")
        elif done == total:
            sys.stderr.write(f"{file.name}: {total:,} bytes\n")


if __name__ == "__main__":
    run(main)
