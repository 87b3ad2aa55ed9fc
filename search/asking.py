"""What a page or a phone asks: the same words for both, made into a question and its scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceengine.packs import Strictness
from galleries.models import Person
from search import terms
from search.combining import Combination
from search.pages import Cursor, Match, Order, Page, load, page_of
from search.probes import ProbeFace
from search.queries import Question, find, find_nearest
from search.scope import Scope


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom photos shall show, whom they shall not, where, and in which order they come."""

    scope: Scope
    faces: Sequence[ProbeFace] = ()
    persons: Sequence[Person] = ()
    without_faces: Sequence[ProbeFace] = ()
    without_persons: Sequence[Person] = ()
    combination: Combination = Combination.ANY
    strictness: Strictness = Strictness.NORMAL
    order: Order = Order.LIKENESS
    cursor: Cursor | None = None
    limit: int = 48

    @property
    def is_complete(self) -> bool:
        """Whether anybody is looked for."""
        return bool(self.faces or self.persons)

    @property
    def question(self) -> Question:
        return Question(
            wanted=_terms(self.faces, self.persons),
            unwanted=_terms(self.without_faces, self.without_persons),
            combination=self.combination,
            strictness=self.strictness,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of matches; `nearest` are those below the line, when nobody is above it."""

    page: Page
    nearest: tuple[Match, ...]


def answer(asked: Asked) -> Answer:
    question = asked.question
    findings = find(asked.scope, question)
    nearest = () if findings else load(asked.scope, find_nearest(asked.scope, question))
    page = page_of(asked.scope, findings, order=asked.order, cursor=asked.cursor, limit=asked.limit)
    return Answer(page, nearest)


def _terms(faces: Sequence[ProbeFace], persons: Sequence[Person]) -> tuple[terms.Term, ...]:
    return (*map(terms.of_face, faces), *map(terms.of_person, persons))
