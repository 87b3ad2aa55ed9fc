"""Which photos show whom: cosine distance in the database, over what the user may see.

What people decided wins over what is alike: what somebody said is no face is no match, a face that
somebody said is not the person is none of the person's, and the person's own faces always are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from django.db.models import F

from faceengine.packs import Calibration, Strictness
from galleries import ledger, neighbours
from galleries.models import AssignedBy, FaceVector, Person
from galleries.models.face import FaceQuerySet
from galleries.models.lookups import AnyOf
from galleries.neighbours import WholeGalleries
from search.combining import Combination, Hit, choose, likeness
from search.scope import Realm, Scope
from search.terms import Term

#: The most faces of one term, which bounds every query here.
MAX_HITS = 10_000
#: How many are shown of those that are not alike enough.
NEAREST = 6


@dataclass(frozen=True, slots=True)
class Question:
    """Photos of the wanted ones, any of them or all together, without the unwanted ones."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()
    combination: Combination = Combination.ANY
    strictness: Strictness = Strictness.NORMAL


class _Row(NamedTuple):
    """A face as the database has it."""

    pk: int
    gallery_id: int
    photo_id: int
    person_id: int | None
    assigned_by: str
    probability: float | None
    taken_at: datetime | None


class Finding(NamedTuple):
    """A photo that answers a question, by the faces that do so.

    `deciding` is the one on which it depends whether the photo is right: where any is enough the
    likeliest, which comes first; where all have to be there the least likely, and they come in the
    order in which they were asked for.
    """

    hits: tuple[Hit, ...]
    deciding: Hit

    @classmethod
    def of(cls, hits: tuple[Hit, ...], combination: Combination = Combination.ANY) -> Finding:
        decide = min if combination == Combination.TOGETHER else max
        return cls(hits, decide(hits, key=likeness) if len(hits) > 1 else hits[0])

    @property
    def photo(self) -> int:
        return self.deciding.photo

    @property
    def gallery(self) -> int:
        return self.deciding.gallery


#: The best cosine similarity that any vector of a term has to each face.
_Similarities: TypeAlias = dict[int, float]


def find(scope: Scope, question: Question) -> list[Finding]:
    """All photos that answer, the likeliest first.

    Galleries that use different models are searched each by its own, and the answers merged by
    probability: similarities of two models mean different things.
    """
    realms = scope.realms
    unwanted = {
        hit.photo
        for term in question.unwanted
        for hit in _hits(term, scope, realms, question.strictness)
    }
    by_photo: dict[int, dict[int, list[Hit]]] = {}
    for number, term in enumerate(question.wanted):
        for hit in _hits(term, scope, realms, question.strictness):
            if hit.photo not in unwanted:
                by_photo.setdefault(hit.photo, {}).setdefault(number, []).append(hit)
    count = len(question.wanted)
    chosen = (choose(hits, count, question.combination) for hits in by_photo.values())
    return _in_order(Finding.of(hits, question.combination) for hits in chosen if hits)


def find_nearest(scope: Scope, question: Question) -> list[Finding]:
    """Photos of the faces most like a wanted one, however unlike: for when nobody is alike."""
    realms = scope.realms
    best: dict[int, Hit] = {}
    for term in question.wanted:
        for hit in _rows(term, scope, realms, _nearest(term, scope, realms), None):
            known = best.setdefault(hit.photo, hit)
            best[hit.photo] = max(known, hit, key=likeness)
    return _in_order(Finding.of((hit,)) for hit in best.values())[:NEAREST]


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: likeness(finding.deciding), reverse=True)


def _hits(term: Term, scope: Scope, realms: Sequence[Realm], strictness: Strictness) -> list[Hit]:
    """Faces that are alike enough, or were said to be the person; best first."""
    alike: _Similarities = {}
    for realm in realms:
        meanings = _meanings(term, [realm]).values()
        furthest = 1 - min(one.threshold(strictness) for one in meanings)
        visible = WholeGalleries(realm.gallery_ids, realm.model)
        for vector in term.vectors.get(realm.model.key, ()):
            _keep_best(alike, visible.within(vector, max_distance=furthest, most=MAX_HITS))
    return _rows(term, scope, realms, alike, strictness)


def _nearest(term: Term, scope: Scope, realms: Sequence[Realm]) -> _Similarities:
    best: _Similarities = {}
    for realm in realms:
        visible = FaceVector.objects.filter(gallery__in=realm.gallery_ids, model=realm.model)
        visible = visible.filter(face__in=scope.faces().values("pk"))
        for vector in term.vectors.get(realm.model.key, ()):
            _keep_best(best, neighbours.rank(visible, vector, realm.model, limit=NEAREST))
    return best


def _meanings(term: Term, realms: Sequence[Realm]) -> dict[int, Calibration]:
    """What a similarity to the term means in each gallery."""
    return {
        pk: term.meaning(realm.model.key, calibration)
        for realm in realms
        for pk, calibration in realm.calibrations.items()
    }


def _keep_best(best: _Similarities, near: neighbours.Ranked) -> None:
    for face, distance in near:
        best[face] = max(1 - distance, best.get(face, -1.0))


def _rows(
    term: Term,
    scope: Scope,
    realms: Sequence[Realm],
    alike: _Similarities,
    strictness: Strictness | None,
) -> list[Hit]:
    """What is known of the faces, less those that are too unlike or were said to be others."""
    calibrations = _meanings(term, realms)
    faces = scope.faces()
    rows = {row.pk: row for row in _fetch(faces.filter(AnyOf(F("pk"), list(alike))))}
    if term.person and term.is_whole_person and strictness:
        rows |= {row.pk: row for row in _fetch(faces.of(term.person))}
    hits = []
    for row in _without_others(rows.values(), term.person):
        calibration = calibrations.get(row.gallery_id)
        similarity = alike.get(row.pk)
        said = _said(row, term)
        if calibration is None:  # the gallery came after the realms were read
            continue
        guess = -1.0 if similarity is None else similarity
        if said is None and strictness and guess < calibration.threshold(strictness):
            continue
        probability = max(said or 0.0, calibration.probability(guess))
        hits.append(
            Hit(
                face=row.pk,
                photo=row.photo_id,
                gallery=row.gallery_id,
                person=row.person_id,
                taken_at=row.taken_at,
                similarity=similarity,
                probability=probability,
            )
        )
    return sorted(hits, key=likeness, reverse=True)


def _fetch(faces: FaceQuerySet) -> Iterable[_Row]:
    columns = ("pk", "gallery_id", "photo_id", "person_id", "assigned_by", "probability")
    rows = faces.order_by("pk").values_list(*columns, "photo__taken_at")
    return map(_Row._make, rows[:MAX_HITS])


def _said(row: _Row, term: Term) -> float | None:
    """How likely the face is the person by what was decided, if anything was."""
    if not (term.person and term.is_whole_person) or row.person_id != term.person.pk:
        return None
    return row.probability if row.assigned_by == AssignedBy.MATCHER else 1.0


def _without_others(rows: Collection[_Row], person: Person | None) -> Iterable[_Row]:
    """Without faces of which somebody decided that they are not this person."""
    if person is None:
        return rows
    rejected = ledger.faces_rejected_from(person)
    different = ledger.differences_of(person)
    return (
        row
        for row in rows
        if row.pk not in rejected
        and row.person_id not in different
        and (row.person_id in {None, person.pk} or row.assigned_by != AssignedBy.HUMAN)
    )
