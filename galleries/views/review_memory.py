"""What a session remembers of a review: what was skipped, and the last answers, for undo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from galleries.models import Gallery
from galleries.review.questions import NONE_SKIPPED, Skips

#: Answers that can be taken back one after the other; older ones are in the history.
MOST_STEPS = 50
#: Of those skipped before, the oldest are asked again.
MOST_SKIPS = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """An answer, or a question that was skipped."""

    sentence: str
    batches: tuple[int, ...] = ()
    skips: Skips = NONE_SKIPPED


class Memory:
    """Kept in the session, for each gallery apart."""

    def __init__(self, session: SessionBase, gallery: Gallery) -> None:
        self._session = session
        self._key = f"review-{gallery.pk}"
        kept = session.get(self._key, {})
        self._steps: list[dict[str, Any]] = kept.get("steps", [])
        self._persons: list[int] = kept.get("persons", [])
        self._faces: list[int] = kept.get("faces", [])
        self._sentence: str = kept.get("sentence", "")

    @property
    def skips(self) -> Skips:
        return Skips(frozenset(self._persons), frozenset(self._faces))

    @property
    def has_steps(self) -> bool:
        return bool(self._steps)

    def note(self, step: Step) -> None:
        """Remember a step and what to say about it."""
        self._persons = [*self._persons, *step.skips.persons][-MOST_SKIPS:]
        self._faces = [*self._faces, *step.skips.faces][-MOST_SKIPS:]
        if step.batches or step.skips != NONE_SKIPPED:
            kept = {
                "sentence": step.sentence,
                "batches": list(step.batches),
                "persons": list(step.skips.persons),
                "faces": list(step.skips.faces),
            }
            self._steps = [*self._steps, kept][-MOST_STEPS:]
        self.say(step.sentence)

    def take_last(self) -> Step | None:
        """The last step, which is forgotten; what it skipped is skipped no more."""
        if not self._steps:
            return None
        last = self._steps.pop()
        self._persons = [pk for pk in self._persons if pk not in last["persons"]]
        self._faces = [pk for pk in self._faces if pk not in last["faces"]]
        self._keep()
        return Step(last["sentence"], tuple(last["batches"]))

    def forget_skips(self) -> None:
        self._persons, self._faces = [], []
        self._steps = [step for step in self._steps if step["batches"]]
        self._keep()

    def say(self, sentence: str) -> None:
        self._sentence = sentence
        self._keep()

    def take_sentence(self) -> str:
        """What is to be said, once."""
        sentence, self._sentence = self._sentence, ""
        if sentence:
            self._keep()
        return sentence

    def _keep(self) -> None:
        self._session[self._key] = {
            "steps": self._steps,
            "persons": self._persons,
            "faces": self._faces,
            "sentence": self._sentence,
        }
