"""The linear head, fitted and judged."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from faceengine.training.epochs import Audience, Epoch
from faceengine.training.examples import Material, halves
from faceengine.training.head import (
    FEWEST_STRANGERS,
    Head,
    Strangers,
    fit_head,
)
from faceengine.training.regression import Examples, Floats
from faceengine.training.scoring import Outcome, Scores, score

LINEAR_HEAD = "linear head"


@dataclass(frozen=True, slots=True)
class Rejection:
    """How "none of them" fares on what took no part in choosing the threshold, 0 to 1.

    None where there was nothing to judge by. Where strangers were too few, each example of the test
    part was asked about as if its own class were unknown.
    """

    known_turned_away: float | None
    strangers_accepted: float | None
    strangers: int


@dataclass(frozen=True, slots=True)
class Fitted:
    head: Head
    outcome: Outcome
    rejection: Rejection
    epochs: list[Epoch]


def fit_and_judge(material: Material, audience: Audience) -> Fitted:
    """Raises: TrainingCancelledError."""
    started = time.perf_counter()
    epochs: list[Epoch] = []

    def record(epoch: Epoch) -> None:
        epochs.append(epoch)
        audience.watch(epoch)

    examples, split = material.examples, material.split
    known, unknown = halves(material.strangers)
    head = fit_head(
        material.names,
        examples[split.training],
        examples[split.validation],
        Strangers(known, material.false_acceptance),
        replace(audience, watch=record),
    )
    seconds = time.perf_counter() - started
    parts = {part: _judge(head, examples[chosen]) for part, chosen in split.parts.items()}
    rejection = _judge_rejection(head, examples[split.test], unknown)
    return Fitted(head, Outcome(LINEAR_HEAD, parts, seconds), rejection, epochs)


def _judge(head: Head, examples: Examples) -> Scores:
    """Of those who are known; what is none of them is judged by itself."""
    judged = head.judge(examples.vectors)
    return score(head.names, examples.labels, judged.labels, judged.probability)


def _judge_rejection(head: Head, test: Examples, strangers: Floats) -> Rejection:
    similarity = head.judge(strangers).similarity
    if len(strangers) < FEWEST_STRANGERS:
        similarity = head.similarity_without(test)
    return Rejection(
        known_turned_away=_share(~head.judge(test.vectors).is_known),
        strangers_accepted=_share(similarity >= head.threshold),
        strangers=len(similarity),
    )


def _share(flags: np.typing.NDArray[np.bool_]) -> float | None:
    return float(flags.mean()) if len(flags) else None
