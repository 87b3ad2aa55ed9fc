"""Both ways side by side: measures, tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from faceengine.command_line import Measure
from faceengine.evaluation.table import Columns
from faceengine.figures import to_png
from faceengine.files import write_at_once
from faceengine.training.curves import draw_confusion, draw_curves
from faceengine.training.errors import TrainingError
from faceengine.training.scoring import Outcome, Scores
from faceengine.training.tables import to_csv
from faceengine.training.transfer import Transferred
from faceengine.training.ways import Fitted, Rejection

CALIBRATION, TIME = "calibration error, test", "training time"
#: Of these less is better.
COSTS = (CALIBRATION, TIME)
NO_EXAMPLES = "this part has no examples: add photos"


def tabulate(fitted: Fitted | None, trained: Transferred | None) -> Columns:
    """A column of measures for each way and phase."""
    columns: dict[str, Sequence[Measure]] = {}
    if fitted:
        own = measure_rejection(fitted.rejection)
        columns[fitted.outcome.way] = [*measure_outcome(fitted.outcome), *own]
    for outcome in trained.outcomes if trained else ():
        columns[outcome.way] = measure_outcome(outcome)
    return columns


def compare(fitted: Fitted | None, trained: Transferred | None) -> list[Measure]:
    """One list; the head's peer is the last phase of the classic way, if both were tried."""
    columns = tabulate(fitted, trained)
    ways = list(columns)
    peer = ways[-1] if fitted and len(ways) > 1 else ""
    beside = {measure.measure: measure for measure in columns[peer]} if peer else {}
    return [
        replace(
            _beside(measure, peer, beside.get(measure.measure)) if way == ways[0] else measure,
            measure=f"{way}: {measure.measure}",
        )
        for way, measures in columns.items()
        for measure in measures
    ]


def _beside(measure: Measure, peer: str, other: Measure | None) -> Measure:
    if other is None or not other.value or not measure.value:
        return measure
    ratio = measure.value / other.value
    is_cost = measure.measure in COSTS
    return replace(
        measure, peer=peer, peer_value=other.value, ratio=1 / ratio if is_cost else ratio
    )


def measure_outcome(outcome: Outcome) -> list[Measure]:
    """What can be said of any way."""
    scores = outcome.test
    return [
        *(_share(f"accuracy, {part}", its.accuracy) for part, its in outcome.parts.items()),
        _share("macro F1, test", scores.macro_f1),
        _share(CALIBRATION, scores.calibration_error),
        Measure(TIME, outcome.seconds, "s"),
    ]


def measure_rejection(rejection: Rejection) -> list[Measure]:
    return [
        _share("strangers accepted", rejection.strangers_accepted),
        _share("known turned away, test", rejection.known_turned_away),
    ]


def _share(name: str, value: float | None) -> Measure:
    return Measure(name, value, "share", why="" if value is not None else NO_EXAMPLES)


def save_report(folder: Path, fitted: Fitted | None, trained: Transferred | None) -> list[Path]:
    """Tables (CSV) and pictures (PNG) of the test part, and the curves.

    Where the test part is empty, of the validation part. Raises: TrainingError.
    """
    files: dict[str, bytes] = {}
    outcomes = [*([fitted.outcome] if fitted else []), *(trained.outcomes if trained else [])]
    for outcome in outcomes:
        scores = outcome.test if outcome.test.examples else outcome.parts["validation"]
        name = outcome.way.replace(",", "").replace(" ", "-")
        files[f"confusion-{name}.csv"] = confusion_table(scores).encode()
        files[f"classes-{name}.csv"] = class_table(scores).encode()
        files[f"confusion-{name}.png"] = to_png(draw_confusion(outcome.way, scores))
    if fitted and fitted.epochs:
        files["curves-head.png"] = to_png(draw_curves(fitted.epochs))
    if trained and trained.epochs:
        files["curves-classic.png"] = to_png(draw_curves(trained.epochs))
    return save_files(folder, files)


def save_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Each appears whole or not at all. Raises: TrainingError."""
    try:
        for name, content in files.items():
            write_at_once(folder / name, content)
    except OSError as error:
        raise TrainingError(
            f"Nothing can be written to {folder} ({error.strerror}): give another folder."
        ) from error
    return [folder / name for name in files]


def confusion_table(scores: Scores) -> str:
    """CSV: a row for each class that is right, a column for each that was answered."""
    rows = zip(scores.names, scores.confusion.tolist(), strict=True)
    return to_csv([["right \\ answered", *scores.names], *([name, *row] for name, row in rows)])


def class_table(scores: Scores) -> str:
    """CSV: one row a class; a cell is empty where nothing can be said."""
    head = ["class", "examples", "answers", "right", "precision", "recall"]
    rows = [
        [one.name, one.examples, one.answers, one.right, one.precision, one.recall]
        for one in scores.classes
    ]
    return to_csv([head, *rows])
