"""Which faces are the same person: what the matcher says as long as no human has spoken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from faceengine.packs import Calibration, Strictness
from galleries import ledger, neighbours
from galleries.ledger import Place
from galleries.models import Action, AssignedBy, Batch, Face, FaceVector, ModelVersion, Person

# with two alike a coincidence opens a person; three are a pattern, but not of weak faces
FACES_TO_OPEN_A_PERSON = 3
#: Faces that have a say about a new one.
VOTERS = 30
#: The least share of the votes for a person; below, it waits for a human to say.
MAJORITY = 0.6
#: A photo shows a person once, save in mirrors and collages: for a second face in it the similarity
#: must exceed the strict threshold by this share of what is left to 1.
SAME_PHOTO = 0.5
#: Faces of a person, the best ones, whose neighbours are looked at anew when somebody decided.
TEMPLATES, NEWLY_ALIKE = 10, 50


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
    ledger.lock_gallery(faces[0].gallery_id)
    batch = None
    for face in Face.objects.waiting().filter(pk__in=[face.pk for face in faces]):
        judgement = judge(face, model)
        if judgement != NOTHING:
            batch = batch or ledger.open_batch(face.gallery_id, Action.ASSIGN, model=model)
            _carry_out(judgement, face, batch, model.calibration)
    return ledger.close_batch(batch) if batch else None


def reconsider(person: Person, model: ModelVersion) -> Batch | None:
    """Look anew at the waiting faces that are like a person about whom somebody has decided."""
    # False comes first
    is_guess = ExpressionWrapper(Q(assigned_by=AssignedBy.MATCHER), BooleanField())
    best = Face.objects.of(person).order_by(is_guess, "-quality")[:TEMPLATES]
    near = {face for template in best for face in _waiting_near(template, model)}
    return assign(list(Face.objects.filter(pk__in=near)), model)


def judge(face: Face, model: ModelVersion) -> Judgement:
    """Which person a face is, by the votes of the faces that are like it."""
    alike = alike_faces(face, model)
    votes = _votes(face, alike, model.calibration)
    if votes:
        best = max(votes, key=lambda person: votes[person])
        if votes[best] < MAJORITY * sum(votes.values()):
            return NOTHING
        top = max(item.similarity for item in alike if item.face.person_id == best)
        return Judgement(person=Person(pk=best, gallery_id=face.gallery_id), similarity=top)
    waiting = [item.face for item in alike if item.face.person_id is None]
    strong = [other for other in waiting if not other.weakness]
    if face.weakness or len(strong) + 1 < FACES_TO_OPEN_A_PERSON:
        return NOTHING
    members = tuple(other.pk for other in waiting)
    return Judgement(members=members, similarity=alike[0].similarity)


def alike_faces(face: Face, model: ModelVersion) -> list[Neighbour]:
    """Faces of other photos above the strict threshold, best first.

    A photo shows a person once, so its other faces are no candidates. Nor are two weak faces for
    each other: strangers among them pass the threshold 80 times as often (296,000 pairs).
    """
    ranked = dict(_near(face, model, 1 - model.calibration.threshold(Strictness.STRICT)))
    others = Face.objects.real().filter(pk__in=ranked).exclude(photo_id=face.photo_id)
    if face.weakness:
        others = others.strong()
    found = [Neighbour(other, 1 - ranked[other.pk]) for other in others.select_related("person")]
    return sorted(found, key=lambda item: (-item.similarity, item.face.pk))


def _near(face: Face, model: ModelVersion, max_distance: float) -> neighbours.Ranked:
    """The nearest faces of the gallery, this one among them."""
    own = FaceVector.objects.get(gallery_id=face.gallery_id, face=face, model=model)
    vectors = FaceVector.objects.filter(gallery=face.gallery_id, model=model)
    limit = VOTERS + face.photo.faces.count()
    return neighbours.rank(vectors, own.vector, model, limit=limit, max_distance=max_distance)


def _waiting_near(face: Face, model: ModelVersion) -> Iterable[int]:
    if not FaceVector.objects.filter(gallery=face.gallery_id, face=face, model=model).exists():
        return []
    own = FaceVector.objects.get(gallery_id=face.gallery_id, face=face, model=model)
    waiting = FaceVector.objects.filter(
        gallery=face.gallery_id, model=model, face__person=None, face__verdict=""
    )
    limit = 1 - model.calibration.threshold(Strictness.STRICT)
    ranked = neighbours.rank(waiting, own.vector, model, limit=NEWLY_ALIKE, max_distance=limit)
    return [pk for pk, _ in ranked]


def _votes(face: Face, alike: Sequence[Neighbour], calibration: Calibration) -> dict[int, float]:
    """For each person that the face may be, the votes for it, weighted by similarity."""
    forbidden = ledger.rejections_of([face.pk]).get(face.pk, set())
    seen = set(face.photo.faces.exclude(pk=face.pk).values_list("person", flat=True))
    taken = face.photo.taken_at.date() if face.photo.taken_at else None
    floor, strict = calibration.wide, calibration.threshold(Strictness.STRICT)
    votes: dict[int, float] = {}
    for item in alike:
        person = item.face.person
        if person is None or person.pk in forbidden or not person.was_born_by(taken):
            continue
        least = strict + SAME_PHOTO * (1 - strict) if person.pk in seen else strict
        if item.similarity >= least:
            votes[person.pk] = votes.get(person.pk, 0.0) + item.similarity - floor
    return votes


def _carry_out(judgement: Judgement, face: Face, batch: Batch, calibration: Calibration) -> None:
    person = judgement.person or ledger.open_person(batch)
    probability = calibration.probability(judgement.similarity)
    members = [face.pk, *judgement.members]
    ledger.move_faces(batch, members, Place(person.pk, AssignedBy.MATCHER, probability))
