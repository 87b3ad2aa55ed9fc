"""`python -m faceengine.scenes FOLDER --to FILE.npz`: what is in the pictures of a folder.

FILE gets the arrays `photos` (paths below FOLDER), `vectors` (one row each, unit length), `model`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceengine.command_line import explain, run, say, weights_from_environment
from faceengine.errors import FaceEngineError
from faceengine.evaluation.progress import show_progress
from faceengine.scenes.backbones import DEFAULT_BACKBONE, OFTEN_USED
from faceengine.scenes.folders import DescribedFolder, describe_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every picture could be read; 1 otherwise, with a sentence for each on stderr."""
    options = _parser().parse_args(arguments)
    try:
        with show_progress(options.backbone) as progress:
            described = describe_folder(
                options.folder,
                options.backbone,
                weights_from_environment(),
                shape=(options.side, options.side, 3),
                is_scaled=options.is_scaled,
                progress=progress,
            )
        _save(described, options)
    except (FaceEngineError, OSError) as error:
        sys.stderr.write(f"{explain(error)}\n")
        return 1
    for photo, why in described.unreadable.items():
        sys.stderr.write(f"Left out: {photo}: {why}\n")
    say(f"Described {len(described.photos)} pictures in {options.to}.")
    return int(bool(described.unreadable))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m faceengine.scenes", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="ends in .npz")
    parser.add_argument(
        "--backbone",
        default=DEFAULT_BACKBONE,
        help=f"{', '.join(OFTEN_USED)} or another of keras.applications; %(default)s by default",
    )
    parser.add_argument(
        "--side", type=int, default=224, metavar="PIXELS", help="of the squeezed pictures; 224"
    )
    parser.add_argument(
        "--no-scaling",
        action="store_false",
        dest="is_scaled",
        help="give the network pixels of 0 to 255, whatever it was trained with",
    )
    return parser


def _save(described: DescribedFolder, options: argparse.Namespace) -> None:
    """Raises: OSError."""
    names = [str(photo.relative_to(options.folder)) for photo in described.photos]
    with options.to.open("wb") as opened:  # or numpy would add a suffix to the name
        np.savez(
            opened,
            photos=np.array(names),
            vectors=described.vectors,
            model=np.array(described.model),
        )


if __name__ == "__main__":
    run(main)
