"""Which faces are the same person: what the matcher says as long as no human has spoken.

What is said of the constants was measured on 2,606 pictures of LFW, added in random order, each
half of the people for itself: docs/benchmarks.md, People.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from faceengine.packs import Calibration, Strictness
from galleries import ledger, neighbours
from galleries.ledger import Place
from galleries.models import Action, AssignedBy, Batch, Face, FaceVector, ModelVersion, Person
from galleries.neighbours import Pool, Vector, WholeGalleries

# two alike are soon a coincidence where there are many faces, three a pattern; not of weak ones;
# with two, twice as many of the joins are wrong at the laxer threshold
FACES_TO_OPEN_A_PERSON = 3
#: Faces that have a say about a new one. From 3 to 60 the groups were the same.
VOTERS = 30
#: The least share of the votes for a person; below, it waits for a human to say. Two persons seldom
#: compete: from 0 to .9 the groups were the same.
MAJORITY = 0.6
#: A face belongs to others if its mean similarity to those of them that are most like it, this
#: many, exceeds the normal threshold. One lookalike among them is then not enough, and a grown-up
#: need not look like the child. Takes an eighth to a half of the wrong joins away, and three
#: quarters to nine tenths of those at a ten times laxer threshold, as in a larger gallery.
KIN = 10
#: A photo shows a person once, save in mirrors and collages: for a second face in it the similarity
#: must exceed the strict threshold by this share of what is left to 1.
SAME_PHOTO = 0.5
#: Faces of a person, the best ones, around whose middle waiting faces are looked at anew when
#: somebody decided, and how many of those.
TEMPLATES, NEWLY_ALIKE = 10, 50


@dataclass(frozen=True, slots=True)
class Question:
    """A face that waits for a person, and what has been said about it.

    `refused` are the persons whom it is not; `was_left` tells that a human left it to nobody.
    """

    face: Face
    vector: Vector
    pool: Pool
    refused: frozenset[int]
    was_left: bool

    @property
    def least(self) -> float:
        """The similarity from which on a face is alike."""
        return self.calibration.threshold(Strictness.STRICT)

    @property
    def least_mean(self) -> float:
        return self.calibration.threshold(Strictness.NORMAL)

    @property
    def calibration(self) -> Calibration:
        return self.pool.model.calibration


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A face of another photo that is like the one in question."""

    face: Face
    similarity: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the matcher thinks of a face: a person, or members of one to be opened, or nothing."""

    person: Person | None = None
    members: tuple[int, ...] = ()
    similarity: float = 0.0


NOTHING = Judgement()


@transaction.atomic
def assign(faces: Sequence[Face], model: ModelVersion) -> Batch | None:
    """Give each new face of a gallery the person of its nearest known faces, or wait for more.

    A face that has a person already, or is none, stays as it is. Returns the batch, if any moved.
    """
    if not faces:
        return None
    gallery_id = faces[0].gallery_id
    ledger.lock_gallery(gallery_id)
    batch = None
    settled: set[int] = set()
    for question in _questions([face.pk for face in faces], gallery_id, model):
        if question.face.pk in settled:
            continue
        judgement = judge(question)
        if judgement != NOTHING:
            batch = batch or ledger.open_batch(gallery_id, Action.ASSIGN, model=model)
            settled.update(_carry_out(judgement, question, batch))
    return ledger.close_batch(batch) if batch else None


def reconsider(person: Person, model: ModelVersion) -> Batch | None:
    """Look anew at the waiting faces that are like a person about whom somebody has decided."""
    # False comes first
    is_guess = ExpressionWrapper(Q(assigned_by=AssignedBy.MATCHER), BooleanField())
    best = Face.objects.of(person).order_by(is_guess, "-quality")[:TEMPLATES]
    vectors = FaceVector.objects.filter(gallery=person.gallery_id, model=model)
    templates = _vectors_of([face.pk for face in best], vectors)
    if not templates:
        return None
    middle = np.mean(list(templates.values()), axis=0)
    waiting = vectors.filter(face__person=None, face__verdict="")
    # nobody is less like the middle than like its parts on average
    furthest = 1 - model.calibration.threshold(Strictness.NORMAL)
    near = neighbours.rank(waiting, middle, model, limit=NEWLY_ALIKE, max_distance=furthest)
    return assign(list(Face.objects.filter(pk__in=[pk for pk, _ in near])), model)


def judge(question: Question) -> Judgement:
    """Which person a face is, by the votes of the faces that are like it."""
    alike = alike_faces(question)
    votes = _votes(question, alike)
    if not votes:
        return _found(question, alike)
    best = max(votes, key=lambda person: votes[person])
    if votes[best] < MAJORITY * sum(votes.values()) or not _is_kin(question, best, alike):
        return NOTHING
    top = max(item.similarity for item in alike if item.face.person_id == best)
    person = Person(pk=best, gallery_id=question.face.gallery_id)
    return Judgement(person=person, similarity=top)


def alike_faces(question: Question) -> list[Neighbour]:
    """Faces of other photos above the strict threshold, best first.

    A photo shows a person once, so its other faces are no candidates. Nor are two weak faces for
    each other: strangers among them pass the threshold 80 times as often (296,000 pairs).
    """
    face, furthest = question.face, 1 - question.least
    near = question.pool.nearest(question.vector, limit=VOTERS + 1, max_distance=furthest)
    ranked = dict(near)
    others = Face.objects.real().filter(pk__in=ranked).exclude(photo_id=face.photo_id)
    if face.weakness:
        others = others.strong()
    found = [Neighbour(other, 1 - ranked[other.pk]) for other in others.select_related("person")]
    return sorted(found, key=lambda item: (-item.similarity, item.face.pk))


def _questions(face_ids: Sequence[int], gallery_id: int, model: ModelVersion) -> Iterable[Question]:
    """About those of the faces that wait and have a vector, with what depends on no answer."""
    waiting = Face.objects.waiting().filter(gallery=gallery_id, pk__in=face_ids)
    pool = WholeGalleries([gallery_id], model)
    vectors = _vectors_of(face_ids, pool.vectors)
    rejected, left = ledger.rejections_of(face_ids), ledger.taken_from(face_ids)
    for face in waiting.select_related("photo").order_by("pk"):
        refused = rejected.get(face.pk, set()) | left.get(face.pk, set())
        if face.pk in vectors:
            yield Question(face, vectors[face.pk], pool, frozenset(refused), face.pk in left)


def _votes(question: Question, alike: Sequence[Neighbour]) -> dict[int, float]:
    """For each person that the face may be, the votes for it, weighted by similarity."""
    photo = question.face.photo
    if not any(item.face.person for item in alike):
        return {}
    seen = set(photo.faces.exclude(pk=question.face.pk).values_list("person", flat=True))
    taken = photo.taken_at.date() if photo.taken_at else None
    floor, strict = question.calibration.wide, question.least
    votes: dict[int, float] = {}
    for item in alike:
        person = item.face.person
        if person is None or person.pk in question.refused or not person.was_born_by(taken):
            continue
        least = strict + SAME_PHOTO * (1 - strict) if person.pk in seen else strict
        if item.similarity >= least:
            votes[person.pk] = votes.get(person.pk, 0.0) + item.similarity - floor
    return votes


def _is_kin(question: Question, person_id: int, alike: Sequence[Neighbour]) -> bool:
    """Whether a face is like a person's faces, and not like one of them only."""
    likeness = [item.similarity for item in alike if item.face.person_id == person_id]
    if len(likeness) < KIN:
        theirs = question.pool.vectors.filter(face__person=person_id)
        ranked = neighbours.rank_exactly(theirs, question.vector, limit=KIN)
        likeness = [1 - distance for _, distance in ranked]
    return float(np.mean(likeness[:KIN])) >= question.least_mean


def _found(question: Question, alike: Sequence[Neighbour]) -> Judgement:
    """A person to be opened, if enough waiting faces are like the one in question and each other.

    Of each photo the best one; those that a human left to nobody stay there.
    """
    waiting = {item.face.photo_id: item.face for item in reversed(alike) if not item.face.person_id}
    if question.face.weakness or question.was_left or not _are_enough(waiting.values()):
        return NOTHING
    left = ledger.taken_from([face.pk for face in waiting.values()])
    faces = [face for face in waiting.values() if face.pk not in left]
    vectors = _vectors_of([face.pk for face in faces], question.pool.vectors)
    group = np.stack([question.vector, *vectors.values()])
    # of each to all others
    means = ((group @ group.T).sum(axis=1) - 1) / max(len(group) - 1, 1)
    kin = {pk for pk, mean in zip(vectors, means[1:], strict=True) if mean >= question.least_mean}
    members = [face for face in faces if face.pk in kin]
    if not _are_enough(members):
        return NOTHING
    return Judgement(members=tuple(face.pk for face in members), similarity=alike[0].similarity)


def _are_enough(others: Iterable[Face]) -> bool:
    return sum(not other.weakness for other in others) + 1 >= FACES_TO_OPEN_A_PERSON


def _vectors_of(face_ids: Sequence[int], among: QuerySet[FaceVector]) -> dict[int, Vector]:
    rows = among.filter(face__in=face_ids).values_list("face", "vector")
    return {face: np.array(vector, np.float32) for face, vector in rows}


def _carry_out(judgement: Judgement, question: Question, batch: Batch) -> list[int]:
    """Returns the faces that have a person now."""
    person = judgement.person or ledger.open_person(batch)
    probability = question.calibration.probability(judgement.similarity)
    members = [question.face.pk, *judgement.members]
    ledger.move_faces(batch, members, Place(person.pk, AssignedBy.MATCHER, probability))
    return members
