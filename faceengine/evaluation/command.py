"""`./run evaluate QUESTION …`: what packs are worth on labelled photos.

FOLDER holds one folder of photos per person. Of each photo the face nearest its middle counts, so
that bystanders do not; `detectors` takes any folders and all faces. Several packs are compared side
by side. `images` is about whole photos: a folder per class, and backbones in place of packs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from faceengine.calibrations import calibration_of, save_calibration
from faceengine.catalog import PACKS, get_pack
from faceengine.command_line import print_measures, weights_from_environment
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.evaluation.answers import Answer, Question, answer, answer_pairs
from faceengine.evaluation.detectors import DETECTORS, compare_detectors
from faceengine.evaluation.gathering import QUICK_PICTURES, Gathered, gather, photos_of_people
from faceengine.evaluation.identification import calibrate, check_for_calibration
from faceengine.evaluation.images import IMAGES, QUICK_OF_A_CLASS, compare_images
from faceengine.evaluation.labels import QUICK_PHOTOS
from faceengine.evaluation.pair_files import QUICK_PAIRS, read_pairs
from faceengine.evaluation.plots import make_folder, save_plots
from faceengine.evaluation.progress import show_progress
from faceengine.evaluation.table import Columns, print_table
from faceengine.evaluation.terminal import print_plots
from faceengine.evaluation.verification import check_for_verification
from faceengine.guard import Guard
from faceengine.packs import Calibration, Pack
from faceengine.scenes.backbones import OFTEN_USED

DEFAULT_PACK = "open"
_HELP = {
    Question.IDENTIFICATION: "all pairs, searches among everyone, thresholds, probability",
    Question.GROUPING: "how well all faces fall into groups of one person each",
    Question.QUALITY: "errors that are left when the faces of lowest quality are turned away",
    Question.ALL: "identification, grouping and quality of the same vectors",
}

#: What to ask about the faces of one pack.
Ask = Callable[[Gathered, Pack], Answer]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 with a report, 1 with a sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        if options.question == IMAGES:
            _report_images(options)
            return 0
        packs = _packs_of(options.pack or [[DEFAULT_PACK]])
        if options.question == DETECTORS:
            _report_detectors(options, packs)
        else:
            _report_answers(options, packs)
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _report_detectors(options: argparse.Namespace, packs: Sequence[Pack]) -> None:
    """Raises: FaceEngineError."""
    columns, notes = compare_detectors(
        packs, options.folders, options.without_people, is_quick=options.quick
    )
    _print_columns(columns, as_json=options.json)
    _print_notes(notes)


def _report_images(options: argparse.Namespace) -> None:
    """Raises: FaceEngineError."""
    names = [name for some in options.backbone or () for name in some]
    columns, notes = compare_images(options.folder, names, is_quick=options.quick)
    _print_columns(columns, as_json=options.json)
    _print_notes(notes)


def _report_answers(options: argparse.Namespace, packs: Sequence[Pack]) -> None:
    """Raises: FaceEngineError."""
    photos, ask = _prepare(options, packs)
    answers = _ask_packs(packs, photos, ask)
    files = save_plots(answers, options.plots) if options.plots else []
    columns = {pack: answered.measures for pack, answered in answers.items()}
    _print_columns(columns, as_json=options.json)
    if not options.json:
        print_plots(answers)
    notes = [note for answered in answers.values() for note in answered.notes]
    _print_notes([*notes, *(f"Wrote {file}" for file in files)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run evaluate", description=__doc__)
    questions = parser.add_subparsers(dest="question", required=True, metavar="QUESTION")
    verification = questions.add_parser(
        "verification", help="pairs of photos in LFW's format or CSV: accuracy over ten folds"
    )
    verification.add_argument(
        "--images", type=Path, required=True, metavar="FOLDER", help="where the photos lie"
    )
    verification.add_argument(
        "--pairs", type=Path, required=True, metavar="FILE", help="pairs.txt of LFW, or CSV"
    )
    _add_common(verification, f"only the first {QUICK_PAIRS} pairs of either kind of each fold")
    _add_plots(verification)
    for question, purpose in _HELP.items():
        command = questions.add_parser(question.value, help=purpose)
        command.add_argument(
            "folder", type=Path, metavar="FOLDER", help="one folder of photos per person"
        )
        _add_common(command, f"only the first {QUICK_PICTURES} photos")
        _add_plots(command)
        if question in {Question.IDENTIFICATION, Question.ALL}:
            text = "from now on use these thresholds and this probability for the pack"
            command.add_argument("--save", action="store_true", help=text)
        command.set_defaults(save=False)
    detectors = questions.add_parser(
        DETECTORS, help="faces found again when turned, dark, covered or small; time a photo"
    )
    detectors.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="photos with people; where no labels lie beside them, those count whom the first "
        "pack finds upright",
    )
    detectors.add_argument(
        "--without-people", type=Path, metavar="FOLDER", help="photos in which any box is wrong"
    )
    _add_common(detectors, f"only {QUICK_PHOTOS} photos of each folder, evenly spread")
    _add_images(questions)
    return parser


def _add_images(questions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    images = questions.add_parser(
        IMAGES, help="how well colours, backbones and both find the photos of a class"
    )
    images.add_argument("folder", type=Path, metavar="FOLDER", help="one folder of photos a class")
    _add_names(images, "--backbone", f"all that are here by default. {', '.join(OFTEN_USED)}")
    _add_output(images, f"only the first {QUICK_OF_A_CLASS} photos of each class")


def _add_common(parser: argparse.ArgumentParser, quick: str) -> None:
    _add_names(parser, "--pack", f"{DEFAULT_PACK} by default. {', '.join(PACKS)}")
    _add_output(parser, quick)


def _add_names(parser: argparse.ArgumentParser, option: str, known: str) -> None:
    parser.add_argument(
        option,
        action="append",
        type=lambda names: names.split(","),
        metavar="NAME",
        help=f"several by repeating or with commas; {known}",
    )


def _add_output(parser: argparse.ArgumentParser, quick: str) -> None:
    parser.add_argument("--json", action="store_true", help="print one array of measures")
    parser.add_argument("--quick", action="store_true", help=quick)


def _add_plots(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="write plots there, as PNG")


def _packs_of(names: Iterable[Sequence[str]]) -> list[Pack]:
    """Each once, though it may have been given two names. Raises: UnknownPackError."""
    packs = [get_pack(name) for some in names for name in some]
    return list({pack.name: pack for pack in packs}.values())


def _prepare(options: argparse.Namespace, packs: Sequence[Pack]) -> tuple[list[Path], Ask]:
    """The photos to look at, and what to ask about their faces.

    What is wrong with the question is said here, not after an hour of work.
    Raises: EvaluationError, CalibrationError.
    """
    if options.plots:
        make_folder(options.plots)
    if options.question == "verification":
        pairs = read_pairs(options.pairs, options.images, is_quick=options.quick)
        check_for_verification(pairs)
        photos = sorted({photo for pair in pairs for photo in (pair.one, pair.other)})
        return photos, lambda gathered, _: answer_pairs(pairs, gathered)
    question, cache = Question(options.question), weights_from_environment().cache
    photos = photos_of_people(options.folder, is_quick=options.quick)
    if options.save:
        # a saved calibration that is spoilt must not stop the one that is to replace it
        check_for_calibration([photo.parent.name for photo in photos])
        return photos, lambda gathered, pack: _ask_and_save(question, gathered, pack, cache)
    known = {pack.key: calibration_of(pack, cache) for pack in packs}
    return photos, lambda gathered, pack: _ask_folder(question, gathered, pack, known[pack.key])


def _ask_folder(
    question: Question, gathered: Gathered, pack: Pack, calibration: Calibration | None
) -> Answer:
    """Raises: EvaluationError."""
    answered = answer(question, gathered, calibration)
    if calibration is None and question in {Question.GROUPING, Question.ALL}:
        answered.notes.append(f"{pack.name}: grouped at the thresholds that these photos show.")
    return answered


def _ask_and_save(question: Question, gathered: Gathered, pack: Pack, cache: Path) -> Answer:
    """Raises: EvaluationError, CalibrationError."""
    answered = _ask_folder(question, gathered, pack, None)
    path = save_calibration(pack, calibrate(gathered, answered.counts), cache)
    answered.notes.append(f"Wrote {path}")
    return answered


def _ask_packs(packs: Sequence[Pack], photos: Sequence[Path], ask: Ask) -> dict[str, Answer]:
    """Raises: FaceEngineError."""
    weights = weights_from_environment()
    # all of them before the work starts: a missing file should not be noticed an hour later
    engines = [FaceEngine.load(pack.name, weights) for pack in packs]
    answers = {}
    with Guard() as guard:
        for engine in engines:
            with show_progress(engine.pack.name) as progress:
                gathered = gather(engine, photos, guard, progress)
            answers[engine.pack.name] = ask(gathered, engine.pack)
    return answers


def _print_columns(columns: Columns, *, as_json: bool) -> None:
    if not as_json:
        print_table(columns)
        return
    named = [
        replace(measure, measure=f"{pack}: {measure.measure}")
        for pack, measures in columns.items()
        for measure in measures
    ]
    print_measures(named, as_json=True)


def _print_notes(notes: Sequence[str]) -> None:
    """Each once, though several packs met the same photo."""
    for note in dict.fromkeys(notes):
        sys.stderr.write(f"{note}\n")
