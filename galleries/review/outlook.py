"""What waiting faces have to expect: the person each may be, and who waits beside it.

Too much to ask the database for with each question, so it is found out a few faces at a time and
kept in the cache. Nothing depends on it: what is lost is found out again, and every question made
of it is checked against the database first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
from django.core.cache import cache
from numpy.typing import NDArray

from faceengine.packs import Calibration, Strictness
from galleries import ledger, neighbours
from galleries.models import Face, FaceVector, Gallery, ModelVersion, Person
from galleries.training import guesses
from galleries.training.guesses import Guess

#: After that faces of which nobody said anything here are looked at anew.
KEPT_SECONDS = 3600
#: Neighbours looked at for each face, and the most that are remembered as being alike.
NEIGHBOURS, MOST_PARTNERS = 30, 23
#: Faces of a person, the best ones, that stand for it.
TEMPLATES = 8
#: Prospects that are checked against the database at a time.
CHECKED = 20
#: Waiting faces that may follow when something was said about a person.
FOLLOWERS = 60
#: Whom the classifier takes a face for with less probability is not asked about.
LEAST_GUESS = 0.3

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prospect:
    """A waiting face, the person it is most like (or None), and the waiting faces like it.

    `is_guessed` where it is the classifier that takes it for the person; the similarity is one of
    the same probability then.
    """

    face_id: int
    person_id: int | None
    similarity: float
    partners: tuple[int, ...] = ()
    is_guessed: bool = False


@dataclass(slots=True)
class Outlook:
    """The prospects of a gallery's waiting faces, as far as they were looked at.

    Those with neither a person nor a partner are not kept. All faces up to `reached` have been
    looked at, except those of `again`.
    """

    gallery: Gallery
    prospects: dict[int, Prospect] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)
    reached: int = 0
    #: What has changed since it was read, so that two at a time lose nothing of each other's.
    _found: dict[int, Prospect | None] = field(default_factory=dict)
    _looked_at: set[int] = field(default_factory=set)
    _is_new: bool = False

    @classmethod
    def of(cls, gallery: Gallery) -> Outlook:
        kept = cache.get(_key(gallery))
        return cls(gallery, *kept) if kept else cls(gallery)

    def keep(self) -> None:
        """Where nothing is new it only lives on: of 10,000 prospects it is half a megabyte."""
        if not self._is_new:
            cache.touch(_key(self.gallery), KEPT_SECONDS)
            return
        kept = Outlook.of(self.gallery)
        changed = {**kept.prospects, **self._found}
        prospects = {face: prospect for face, prospect in changed.items() if prospect}
        again = (kept.again | self.again) - self._looked_at
        reached = max(kept.reached, self.reached)
        cache.set(_key(self.gallery), (prospects, again, reached), KEPT_SECONDS)

    def forget(self, face_ids: Iterable[int]) -> None:
        """What is known of these faces holds no longer: look at them again if they wait."""
        for face in face_ids:
            self._set(face, None)
            self.again.add(face)
            self._looked_at.discard(face)

    def set_partners(self, prospect: Prospect, partners: tuple[int, ...]) -> None:
        """Note that others wait beside a face no longer."""
        self._set(prospect.face_id, replace(prospect, partners=partners))

    def _set(self, face_id: int, prospect: Prospect | None) -> None:
        self._is_new = True
        self._found[face_id] = prospect
        if prospect:
            self.prospects[face_id] = prospect
        else:
            self.prospects.pop(face_id, None)

    def look_further(self, limit: int) -> int:
        """Look at up to `limit` more waiting faces. Returns how many there were."""
        waiting = Face.objects.waiting().filter(gallery=self.gallery)
        anew = sorted(self.again)[:limit]
        ahead = waiting.filter(pk__gt=self.reached).order_by("pk").values_list("pk", flat=True)
        fresh = list(ahead[: limit - len(anew)])
        for prospect in _look_at(self.gallery, [*anew, *fresh]):
            self._set(prospect.face_id, prospect)
        self.again.difference_update(anew)
        self._looked_at.update(anew)
        self.reached = max([self.reached, *fresh])
        self._is_new = self._is_new or bool(anew or fresh)
        return len(anew) + len(fresh)

    def follow(self, person: Person) -> list[int]:
        """Somebody said something about a person: waiting faces may be like it from now on.

        Returns those that the matcher may give to the person. One search, by the middle of the
        person's best faces, instead of one for each: this is waited for.
        """
        model = self.gallery.model
        best = Face.objects.of(person).order_by("assigned_by", "-quality")[:TEMPLATES]
        templates = vectors_of(self.gallery, [face.pk for face in best])
        if not templates:
            return []
        waiting = FaceVector.objects.filter(
            gallery=self.gallery, model=model, face__person=None, face__verdict=""
        )
        middle = middle_of(list(templates.values()))
        near = [pk for pk, _ in neighbours.rank(waiting, middle, model, limit=FOLLOWERS)]
        for face, vector in vectors_of(self.gallery, near).items():
            similarity = float(max(vector @ template for template in templates.values()))
            known = self.prospects.get(face, Prospect(face, None, 0.0))
            if similarity >= max(model.calibration.wide, known.similarity):
                self._set(face, Prospect(face, person.pk, similarity, known.partners))
        strict = model.calibration.threshold(Strictness.STRICT)
        own = (face for face in near if face in self.prospects)
        return [face for face in own if self.prospects[face].similarity >= strict]


def is_known(person: Person) -> bool:
    """Whether faces may be asked about as this person: not as a stranger or a hidden one."""
    aside = person.is_hidden or person.is_stranger or person.is_removed
    return bool(person.name) and not aside


def vectors_of(gallery: Gallery, face_ids: Collection[int]) -> dict[int, Vectors]:
    """The vectors of some faces by the gallery's model, as far as they have one."""
    rows = FaceVector.objects.filter(gallery=gallery, model=gallery.model, face__in=face_ids)
    return {
        face: np.array(vector, np.float32) for face, vector in rows.values_list("face", "vector")
    }


def middle_of(vectors: Sequence[Vectors]) -> Vectors:
    """Of unit length, as they are."""
    total = np.sum(vectors, axis=0)
    middle: Vectors = total / max(float(np.linalg.norm(total)), 1e-6)
    return middle


def _key(gallery: Gallery) -> str:
    # the cache may be older than the database, after a restore
    return f"outlook-2:{gallery.pk}:{gallery.created_at.timestamp()}:{gallery.model_id}"


def _look_at(gallery: Gallery, face_ids: Sequence[int]) -> list[Prospect]:
    """The prospects of those of these faces that wait and have any."""
    waiting = Face.objects.waiting().filter(gallery=gallery, pk__in=face_ids)
    vectors = vectors_of(gallery, face_ids)
    refused = ledger.rejections_of(face_ids)
    ranked = {
        face.pk: _near(gallery.model, vectors[face.pk], gallery)
        for face in waiting
        if face.pk in vectors
    }
    # a walk of the index may miss the face itself
    near = {*ranked, *(pk for found in ranked.values() for pk, _ in found)}
    faces = Face.objects.real().select_related("person", "photo").in_bulk(near)
    found = []
    for pk, distances in ranked.items():
        others = [
            (faces[other], 1 - distance)
            for other, distance in distances
            if other in faces and faces[other].photo_id != faces[pk].photo_id
        ]
        found.append(_judge(faces[pk], others, refused.get(pk, set()), gallery.model.calibration))
    guessed = {
        face: guess
        for face, guess in _guesses(gallery, faces, {pk: vectors[pk] for pk in ranked}).items()
        if guess.person_id not in refused.get(face, set())
    }
    found = [_with_guess(prospect, guessed, gallery.model.calibration) for prospect in found]
    return [prospect for prospect in found if prospect.person_id or prospect.partners]


def _guesses(
    gallery: Gallery, faces: Mapping[int, Face], vectors: Mapping[int, Vectors]
) -> dict[int, Guess]:
    """Whom the classifier takes faces for, as far as those may be asked about."""
    likely = {
        face: guess
        for face, guess in guesses.guess(gallery, vectors).items()
        if guess.probability >= LEAST_GUESS
    }
    persons = Person.objects.in_bulk({guess.person_id for guess in likely.values()})
    return {
        face: guess
        for face, guess in likely.items()
        if (person := persons.get(guess.person_id))
        and is_known(person)
        and person.was_born_by(_day(faces[face].photo.taken_at))
    }


def _day(taken_at: datetime | None) -> date | None:
    return taken_at.date() if taken_at else None


def _with_guess(
    prospect: Prospect, guessed: Mapping[int, Guess], calibration: Calibration
) -> Prospect:
    """Whom the gallery's classifier takes a face for, where nobody else is more like it."""
    guess = guessed.get(prospect.face_id)
    if guess is None or prospect.person_id not in (None, guess.person_id):
        return prospect
    similarity = guesses.as_similarity(guess.probability, calibration)
    if similarity <= prospect.similarity:
        return prospect
    return replace(prospect, person_id=guess.person_id, similarity=similarity, is_guessed=True)


def _near(model: ModelVersion, vector: Vectors, gallery: Gallery) -> neighbours.Ranked:
    vectors = FaceVector.objects.filter(gallery=gallery, model=model)
    floor = 1 - model.calibration.wide
    return neighbours.rank(vectors, vector, model, limit=NEIGHBOURS, max_distance=floor)


def _judge(
    face: Face,
    others: Sequence[tuple[Face, float]],
    refused: Collection[int],
    calibration: Calibration,
) -> Prospect:
    """Args: `others` of other photos with their similarities, best first."""
    taken = _day(face.photo.taken_at)
    least = calibration.threshold(Strictness.NORMAL)
    candidates = (
        (other.person.pk, similarity)
        for other, similarity in others
        if other.person
        and is_known(other.person)
        and other.person.pk not in refused
        and other.person.was_born_by(taken)
    )
    person, similarity = next(candidates, (None, 0.0))
    partners = [
        other.pk
        for other, similarity in others
        if other.person_id is None
        and similarity >= least
        # as in the matcher: weak faces are too often alike
        and not (face.weakness and other.weakness)
    ]
    return Prospect(face.pk, person, similarity, tuple(partners[:MOST_PARTNERS]))
