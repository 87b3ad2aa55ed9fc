"""What a page or a phone asks: the same words for both, made into a question and its scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from faceengine.packs import Strictness
from galleries.models import Person
from search import log, terms
from search.combining import Combination
from search.grouping import Groups, groups_of, of_person
from search.models import Kind
from search.pages import Cursor, Match, Order, Page, load, page_of
from search.probes import ProbeFace
from search.queries import Finding, Question, find, find_nearest
from search.scope import Scope

#: In place of a person, for the group of faces that are nobody's yet.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom photos shall show, whom they shall not, where, and in which order they come.

    With `group`, only photos of one group of `answer_in_groups`: the id of its person, or NOBODY.
    """

    scope: Scope
    faces: Sequence[ProbeFace] = ()
    persons: Sequence[Person] = ()
    without_faces: Sequence[ProbeFace] = ()
    without_persons: Sequence[Person] = ()
    combination: Combination = Combination.ANY
    strictness: Strictness = Strictness.NORMAL
    order: Order = Order.LIKENESS
    group: int | None = None
    cursor: Cursor | None = None
    limit: int = 48

    @property
    def is_complete(self) -> bool:
        """Whether anybody is looked for."""
        return bool(self.faces or self.persons)

    @property
    def kind(self) -> Kind:
        """What it was asked with."""
        return self.faces[0].kind if self.faces else Kind.PERSONS

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
    findings = findings_of(asked)
    nearest: tuple[Match, ...] = ()
    if not findings and asked.group is None:
        nearest = load(asked.scope, find_nearest(asked.scope, asked.question))
    page = page_of(asked.scope, findings, order=asked.order, cursor=asked.cursor, limit=asked.limit)
    return Answer(page, nearest)


def answer_in_groups(asked: Asked) -> Groups:
    return groups_of(
        asked.scope,
        findings_of(asked),
        order=asked.order,
        cursor=asked.cursor,
        limit=asked.limit,
    )


def findings_of(asked: Asked) -> list[Finding]:
    """All that answers; the owners of the galleries can see that it was asked.

    Where nobody is looked for, as in a picture without a usable face, that is no question.
    """
    if not asked.is_complete:
        return []
    findings = find(asked.scope, asked.question)
    log.record(asked.scope, asked.kind, asked.strictness, findings, question=_fingerprint(asked))
    if asked.group is None:
        return findings
    return of_person(findings, asked.group or None)


def _fingerprint(asked: Asked) -> str:
    """The same for every page, order and form of one answer."""
    faces = [sorted(map(_digest, some)) for some in (asked.faces, asked.without_faces)]
    people = (asked.persons, asked.without_persons)
    persons = [sorted(person.pk for person in some) for some in people]
    whom = (faces, persons, asked.combination, asked.strictness, asked.scope.filters)
    return sha256(repr(whom).encode()).hexdigest()


def _digest(face: ProbeFace) -> str:
    vectors = (vector.tobytes() for _, vector in sorted(face.vectors.items()))
    return sha256(b"".join(vectors)).hexdigest()


def _terms(faces: Sequence[ProbeFace], persons: Sequence[Person]) -> tuple[terms.Term, ...]:
    return (*terms.of_faces(faces), *map(terms.of_person, persons))
