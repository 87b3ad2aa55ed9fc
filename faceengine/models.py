"""`./run models [list] | install NAME | verify [NAME]`: the weights on this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from faceengine.catalog import PACKS, get_pack
from faceengine.command_line import say, weights_from_environment
from faceengine.errors import FaceEngineError
from faceengine.packs import Pack, WeightFile
from faceengine.weights import WeightState, WeightStore


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
    install.add_argument("name", help=", ".join(PACKS))
    install.add_argument(
        "--mirror", default="", help="address of a folder with the files, instead of their homes"
    )
    verify = commands.add_parser("verify", help="compare every file with its published checksum")
    verify.add_argument("name", nargs="?", help=f"{', '.join(PACKS)}; all by default")
    return parser


def _list(weights: WeightStore) -> int:
    for pack in PACKS.values():
        state = "ready" if weights.is_ready(pack) else "not installed"
        megabytes = sum(file.size for file in pack.files) / 1e6
        say(f"{pack.name:<8} {state:<14} {pack.dimensions:>4}-d {megabytes:>6.1f} MB  {pack.title}")
        say(f"{'':<8} {pack.licence}")
    return 0


def _install(weights: WeightStore, name: str, mirror: str) -> int:
    pack = get_pack(name)
    weights.install(pack, _ProgressLine(), mirror)
    say(f"The pack {pack.name} is ready.")
    return 0


def _verify(weights: WeightStore, name: str | None) -> int:
    packs: list[Pack] = [get_pack(name)] if name else list(PACKS.values())
    statuses = [status for pack in packs for status in weights.status(pack)]
    for status in statuses:
        say(f"{status.state.value:<8} {status.file.name:<44} {status.path or ''}")
        if status.state is WeightState.ALTERED:
            say(f"{'':<8} expected {status.file.digest}, found {status.found_digest}")
    return 0 if all(status.state is WeightState.READY for status in statuses) else 1


class _ProgressLine:
    """Draws a percentage over itself on a terminal, and one line a file elsewhere."""

    def __call__(self, file: WeightFile, done: int, total: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == total else ""
            sys.stderr.write(f"\r{file.name:<44} {done / total:>5.0%}{end}")
        elif done == total:
            sys.stderr.write(f"{file.name}: {total:,} bytes\n")


if __name__ == "__main__":
    sys.exit(main())
