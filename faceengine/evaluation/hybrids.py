"""What content, colours and both together find, as lines of a report.

How much content counts is chosen with one half of the pictures and judged with the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceengine.command_line import Measure
from faceengine.evaluation.retrieval import FIRST, WEIGHTS, Retrieval

#: By how much content has to be better than colour at finding what is of one class.
LEAST_GAIN = 0.25
#: Weights of content that are told beside the one that is chosen: a search has one for all photos.
TOLD = (0.5, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for; the words before each of its lines, and for its precision."""

    before: str
    precision: str

    def tell(self, of_what: str, found: tuple[float, float]) -> list[Measure]:
        return [
            Measure(f"{name}{of_what}", value, "share")
            for name, value in zip(self._names, found, strict=True)
        ]

    def tell_both(self, answers: Sequence[Retrieval]) -> list[Measure]:
        """Args: one for each of WEIGHTS."""
        everyone = np.arange(len(answers[0].precisions))
        choosing, judging = everyone[::2], everyone[1::2]
        chosen = max(range(len(WEIGHTS)), key=lambda at: answers[at].of(choosing)[0])
        colour, content, hybrid = (answers[at].of(judging) for at in (0, len(WEIGHTS) - 1, chosen))
        told = [(weight, answers[WEIGHTS.index(weight)].of(everyone)) for weight in TOLD]
        name = f"{self.before}weight of content, chosen with one half"
        return [
            *self.tell("", answers[-1].of(everyone)),
            *(line for weight, found in told for line in self.tell(f", w = {weight}", found)),
            Measure(name, WEIGHTS[chosen], "weight"),
            *self.tell(", colour, other half", colour),
            *self.tell(", content, other half", content),
            *(
                _against_better(f"{name}, both, other half", *values)
                for name, *values in zip(self._names, hybrid, colour, content, strict=True)
            ),
        ]

    @property
    def _names(self) -> tuple[str, str]:
        return f"{self.before}mAP", f"{self.before}{self.precision}"


KINDS = Question("", f"precision@{FIRST}")
SCENES = Question("framed anew: ", "first answer right")


def compare_kinds(answers: Sequence[Retrieval]) -> Measure:
    """Content alone against colour alone."""
    everyone = np.arange(len(answers[0].precisions))
    gain = answers[-1].of(everyone)[0] - answers[0].of(everyone)[0]
    return Measure("mAP above colour", gain, "share", target=LEAST_GAIN, ok=gain >= LEAST_GAIN)


def _against_better(name: str, hybrid: float, colour: float, content: float) -> Measure:
    better = max(colour, content)
    ratio = hybrid / better
    return Measure(name, hybrid, "share", "the better", better, ratio, target=1.0, ok=ratio >= 1)
