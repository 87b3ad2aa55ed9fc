"""`./run train FOLDER --task faces|images`: a classifier of your own classes.

FOLDER holds one folder of photos for each class. The linear head on vectors of a face pack or of a
backbone takes seconds; the classic way trains the layers of a backbone on, which takes minutes to
hours. Both learn from, and are judged by, the same photos. Of each photo of people the face nearest
its middle counts.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from faceengine.command_line import print_measures, weights_from_environment
from faceengine.errors import FaceEngineError
from faceengine.evaluation.progress import show_progress
from faceengine.evaluation.table import print_table
from faceengine.guard import Guard
from faceengine.scenes.backbones import DEFAULT_BACKBONE
from faceengine.training.epochs import Audience, Epoch
from faceengine.training.examples import OF_FACES, OF_IMAGES, Material, material_of
from faceengine.training.folders import FEWEST_PHOTOS, Labelled, read_labelled
from faceengine.training.looks import Looker, look_at
from faceengine.training.report import compare, save_files, save_report, tabulate
from faceengine.training.store import HEAD_FILE, head_to_bytes, network_to_files
from faceengine.training.tools import EPOCHS, Task, Tools, Way, Wish, tools_for
from faceengine.training.trainable import import_quietly
from faceengine.training.transfer import Pictures, Plan, Transferred, train_network
from faceengine.training.ways import Fitted, fit_and_judge

DEFAULT_PACK = "open"
#: Photos of other people or things that show when to answer "none of them".
MOST_STRANGERS, QUICK_STRANGERS = 400, 60


def main(arguments: Sequence[str] | None = None) -> int:
    """0 with a report, 1 with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    # or TensorFlow tells of its own affairs between the epochs
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        _train(options)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run train", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="one folder of photos a class")
    parser.add_argument(
        "--task", choices=[task.value for task in Task], required=True, help="what a class is"
    )
    parser.add_argument(
        "--way",
        choices=[way.value for way in Way],
        default=Way.BOTH.value,
        help="both by default; the classic one needs the weights of a backbone",
    )
    parser.add_argument("--pack", default=DEFAULT_PACK, help=f"of faces; {DEFAULT_PACK} by default")
    parser.add_argument(
        "--backbone", help=f"{DEFAULT_BACKBONE} by default, or the first that is installed"
    )
    parser.add_argument(
        "--from-nothing",
        action="store_true",
        help="train the backbone without weights of ImageNet; needs far more photos",
    )
    parser.add_argument(
        "--epochs",
        type=int,
        nargs=2,
        metavar=("N", "M"),
        help=f"the most of feature extraction and of fine-tuning; {EPOCHS[0]} {EPOCHS[1]} by "
        "default, 0 leaves one out",
    )
    parser.add_argument("--side", type=int, help="of the pictures of the classic way, in pixels")
    parser.add_argument(
        "--fewest",
        type=int,
        default=FEWEST_PHOTOS,
        metavar="N",
        help=f"leave out classes with fewer photos; {FEWEST_PHOTOS} by default",
    )
    parser.add_argument("--seed", type=int, default=0, help="deals the photos into other parts")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write classifier and report")
    parser.add_argument("--json", action="store_true", help="print one array of measures")
    parser.add_argument(
        "--quick", action="store_true", help="few classes, photos and epochs, small pictures"
    )
    return parser


def _wish_of(options: argparse.Namespace) -> Wish:
    return Wish(
        task=Task(options.task),
        way=Way(options.way),
        pack=options.pack,
        backbone=options.backbone,
        is_from_nothing=options.from_nothing,
        side=options.side,
        epochs=tuple(options.epochs) if options.epochs else None,
        seed=options.seed,
        is_quick=options.quick,
    )


def _train(options: argparse.Namespace) -> None:
    """Raises: FaceEngineError."""
    fewest = max(options.fewest, FEWEST_PHOTOS)
    labelled = read_labelled(options.folder, fewest, is_quick=options.quick)
    wish = _wish_of(options)
    if options.out:
        save_files(options.out, {})
    tools = tools_for(wish, weights_from_environment())
    most = QUICK_STRANGERS if options.quick else MOST_STRANGERS
    with _material(labelled, tools.look, options.seed, most) as dealt:
        acceptance = OF_FACES if wish.task == Task.FACES else OF_IMAGES
        material = replace(dealt, false_acceptance=acceptance)
        _tell([*tools.notes, *material.notes])
        fitted = fit_and_judge(material, Audience()) if wish.way != Way.CLASSIC else None
        trained = _train_network(material, tools.plan) if tools.plan else None
    if options.json:
        print_measures(compare(fitted, trained), as_json=True)
    else:
        print_table(tabulate(fitted, trained))
    if options.out:
        _save(options.out, fitted, trained, tools)


@contextmanager
def _material(
    labelled: Labelled, look: Looker, seed: int, most_strangers: int
) -> Iterator[Material]:
    """Its small pictures are there as long as the context is.

    Raises: TrainingError, GuardError.
    """
    step = -(-len(labelled.strangers) // most_strangers)
    strangers = labelled.strangers[:: max(1, step)]
    with TemporaryDirectory(prefix="likeness-") as folder:
        with Guard() as guard, show_progress("photos") as progress:
            photos = [*labelled.photos, *strangers]
            looks = look_at(photos, look, guard, Path(folder), progress)
        yield material_of(labelled, looks, seed)


def _train_network(material: Material, plan: Plan) -> Transferred:
    """Raises: TrainingError."""
    import_quietly()
    pictures = Pictures(
        material.names, material.pictures, material.examples.labels, material.split.parts
    )
    return train_network(plan, pictures, Audience(watch=_tell_epoch))


def _tell_epoch(epoch: Epoch) -> None:
    line = f"{epoch.phase}, epoch {epoch.number}: loss {epoch.loss:.3f}, "
    line += f"accuracy {epoch.accuracy:.3f}"
    if epoch.validation_accuracy is not None:
        line += f", validation loss {epoch.validation_loss:.3f}, "
        line += f"accuracy {epoch.validation_accuracy:.3f}"
    sys.stderr.write(f"{line}\n")


def _save(folder: Path, fitted: Fitted | None, trained: Transferred | None, tools: Tools) -> None:
    """Raises: TrainingError."""
    files: dict[str, bytes] = {}
    if fitted:
        files[HEAD_FILE] = head_to_bytes(fitted.head, tools.made_of)
    if trained and tools.plan:
        files |= network_to_files(trained, tools.plan, trained.outcomes[-1].test.names)
    written = [*save_files(folder, files), *save_report(folder, fitted, trained)]
    _tell([f"Wrote {file}" for file in written])


def _tell(notes: Sequence[str]) -> None:
    for note in notes:
        sys.stderr.write(f"{note}\n")
