"""What a training came to, as the database keeps it and the pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from faceengine.training.belonging import Belonging, fit_belonging
from faceengine.training.epochs import Epoch
from faceengine.training.scoring import Outcome, Scores
from faceengine.training.ways import Fitted
from galleries.models import Classifier, ClassifierLabel
from galleries.training.lessons import Lesson

#: Points of the curves, evenly from all of them, and mistakes, the most frequent first.
MOST_POINTS, MOST_MISTAKES = 240, 2000

#: What `Classifier.figures` and `Classifier.curve` hold.
Json: TypeAlias = dict[str, Any]


def describe(fitted: Fitted, outcomes: Sequence[Outcome], lesson: Lesson) -> Json:
    rejection, head = fitted.rejection, fitted.head
    return {
        "ways": [_describe_way(outcome) for outcome in (fitted.outcome, *outcomes)],
        "method": head.method,
        "threshold": head.threshold,
        "known_turned_away": rejection.known_turned_away,
        "strangers_accepted": rejection.strangers_accepted,
        "classes": len(lesson.labels),
        "parts": {name: len(part) for name, part in lesson.material.split.parts.items()},
        "relaxed": len(lesson.material.split.relaxed),
        "mistakes": unseen(fitted.outcome).mistakes[:MOST_MISTAKES],
        "belonging": asdict(fit_belonging(lesson.material.examples, len(lesson.labels))),
    }


def belonging_of(classifier: Classifier) -> Belonging | None:
    """None of a version from before this was measured."""
    known = classifier.figures.get("belonging")
    return Belonging(**known) if known else None


def _describe_way(outcome: Outcome) -> Json:
    return {
        "way": outcome.way,
        "seconds": outcome.seconds,
        "accuracy": {name: part.accuracy for name, part in outcome.parts.items()},
        "macro_f1": outcome.test.macro_f1,
        "calibration_error": outcome.test.calibration_error,
    }


def unseen(outcome: Outcome) -> Scores:
    """Validation and test together: the test part alone has too few examples of each class."""
    validation, test = outcome.parts["validation"], outcome.test
    return Scores(test.names, validation.confusion + test.confusion, None)


def label_rows(classifier: Classifier, fitted: Fitted, lesson: Lesson) -> list[ClassifierLabel]:
    """How well each class is told apart."""
    is_face = classifier.task == Classifier.Task.FACES
    learnt = fitted.outcome.parts["training"].classes
    scores = unseen(fitted.outcome).classes
    return [
        ClassifierLabel(
            gallery_id=classifier.gallery_id,
            classifier=classifier,
            number=number,
            person_id=key if is_face else None,
            album_id=None if is_face else key,
            learnt_from=learnt[number].examples,
            examples=one.examples,
            answers=one.answers,
            right=one.right,
        )
        for number, (key, one) in enumerate(zip(lesson.labels, scores, strict=True))
    ]


def thin(epochs: Sequence[Epoch]) -> list[list[object]]:
    """The curves as they are stored: phase, number, losses and accuracies."""
    step = max(1, -(-len(epochs) // MOST_POINTS))
    return [
        [
            one.phase,
            one.number,
            round(one.loss, 5),
            round(one.accuracy, 5),
            _rounded(one.validation_loss),
            _rounded(one.validation_accuracy),
        ]
        for one in epochs[::step]
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 5)
