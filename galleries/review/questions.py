"""What a question is made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Q

from galleries import ledger, neighbours
from galleries.models import Face, FaceVector, Gallery, Person
from galleries.models.face import FaceQuerySet
from galleries.review.outlook import TEMPLATES, Vectors, is_known, middle_of, vectors_of
from galleries.training import guesses

#: Crops of a question, and pictures of the person that is asked about.
SHOWN, REFERENCES = 24, 4
#: Persons suggested, and faces of known persons that are looked at for them.
SUGGESTIONS, SUGGESTING_FACES = 5, 40
#: Persons who are less likely are not suggested. For 1,207 waiting faces of LFW, all groups named,
#: that leaves out 758 of 974 suggestions (pack `open`): 1 of them was right, of the others 16.
LEAST_PROBABILITY = 0.3


class Kind(StrEnum):
    GROUP = "group"
    WAITING = "waiting"
    DOUBT = "doubt"
    TWICE = "twice"
    OUTLIER = "outlier"
    EARLY = "early"

    @property
    def is_open(self) -> bool:
        """Asks for a name; the others ask whether faces are a certain person."""
        return self in (Kind.GROUP, Kind.WAITING)


@dataclass(frozen=True, slots=True)
class Skips:
    """Unnamed persons and faces that somebody does not want to be asked about now."""

    persons: frozenset[int] = frozenset()
    faces: frozenset[int] = frozenset()

    def __or__(self, other: Skips) -> Skips:
        return Skips(self.persons | other.persons, self.faces | other.faces)


NONE_SKIPPED = Skips()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody whom the faces may show, and how likely that is.

    `is_guessed` by the classifier, which either agrees or is the only one to say anything.
    """

    person: Person
    probability: float
    #: The face of that person that is most like them, or its best one.
    face_id: int
    is_guessed: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Who are these faces; or, where the kind is not open, are they `person`.

    Of a large group only some faces are shown, out of `face_count`. `references` are other faces of
    the person; `is_guessed` where the classifier takes the face for that person.
    """

    kind: Kind
    faces: tuple[Face, ...]
    face_count: int
    person: Person | None = None
    probability: float | None = None
    suggestions: tuple[Suggestion, ...] = ()
    references: tuple[Face, ...] = ()
    is_guessed: bool = False

    @property
    def skips(self) -> Skips:
        """What is not asked about any more when this question is skipped."""
        if self.kind == Kind.GROUP and self.person:
            return Skips(persons=frozenset({self.person.pk}))
        return Skips(faces=frozenset(face.pk for face in self.faces))


def ask_who(
    gallery: Gallery, kind: Kind, faces: Sequence[Face], *, of: int, group: Person | None = None
) -> Question:
    """Args: `of` is how many faces there are, if more than are shown."""
    suggestions = suggest(gallery, faces, ledger.differences_of(group) if group else ())
    return Question(kind, tuple(faces), of, group, suggestions=suggestions)


def ask_whether(
    kind: Kind, faces: Sequence[Face], person: Person, probability: float | None = None
) -> Question:
    own = Face.objects.real().of(person).exclude(pk__in=[face.pk for face in faces])
    references = tuple(best_first(own, "assigned_by")[:REFERENCES])
    return Question(kind, tuple(faces), len(faces), person, probability, references=references)


def is_listed(person: str = "person") -> Q:
    """As `Person.objects.listed`, by a join from the path to the person.

    A subquery instead is a hundred times slower as long as PostgreSQL has not counted a new
    gallery's rows.
    """
    aside = ("is_removed", "is_hidden", "is_stranger")
    return Q(**{f"{person}__{field}": False for field in aside})


def is_named(person: str = "person") -> Q:
    return is_listed(person) & Q(**{f"{person}__name__gt": ""})


def best_first(faces: FaceQuerySet, *first: str) -> FaceQuerySet:
    return faces.select_related("photo").order_by(*first, "-quality", "pk")


def suggest(
    gallery: Gallery, faces: Sequence[Face], but_not: Collection[int]
) -> tuple[Suggestion, ...]:
    """Named persons that these faces are like, most likely first; none that somebody ruled out."""
    own = vectors_of(gallery, [face.pk for face in faces[:TEMPLATES]])
    if not own:
        return ()
    refused = ledger.rejections_of(face.pk for face in faces)
    ruled_out = set(but_not).union(*refused.values())
    vectors = FaceVector.objects.filter(
        is_named("face__person"), gallery=gallery, model=gallery.model, face__verdict=""
    ).exclude(face__person__in=ruled_out)
    middle = middle_of(list(own.values()))
    near = neighbours.rank(vectors, middle, gallery.model, limit=SUGGESTING_FACES)
    others = Face.objects.select_related("person").in_bulk([pk for pk, _ in near])
    alike = [
        (max(float(vector @ mine) for mine in own.values()), others[pk])
        for pk, vector in vectors_of(gallery, list(others)).items()
    ]
    best: dict[Person, Suggestion] = {}
    calibration = gallery.model.calibration
    for similarity, face in sorted(alike, key=lambda item: -item[0]):
        probability = calibration.probability(similarity)
        if face.person and probability >= LEAST_PROBABILITY:
            best.setdefault(face.person, Suggestion(face.person, probability, face.pk))
    found = tuple(best.values())[:SUGGESTIONS]
    return _with_guess(gallery, faces, middle, ruled_out, found)


def _with_guess(
    gallery: Gallery,
    faces: Sequence[Face],
    middle: Vectors,
    ruled_out: Collection[int],
    found: tuple[Suggestion, ...],
) -> tuple[Suggestion, ...]:
    """Let the gallery's classifier speak where it agrees with what was found, or nothing was.

    Who comes first by likeness stays so: a classifier knows nobody but those it learnt.
    """
    guess = guesses.guess(gallery, {0: middle}).get(0)
    if guess is None or guess.person_id in ruled_out or guess.probability < LEAST_PROBABILITY:
        return found
    if found:
        first, *others = found
        if first.person.pk != guess.person_id:
            return found
        probability = max(first.probability, guess.probability)
        return (replace(first, probability=probability, is_guessed=True), *others)
    person = Person.objects.filter(gallery=gallery, pk=guess.person_id).first()
    if person is None or not is_known(person) or not _is_born_in_all(person, faces):
        return ()
    best = best_first(Face.objects.real().of(person)).first()
    if best is None:
        return ()
    return (Suggestion(person, guess.probability, best.pk, is_guessed=True),)


def _is_born_in_all(person: Person, faces: Sequence[Face]) -> bool:
    days = [face.photo.taken_at for face in faces]
    return all(person.was_born_by(day.date() if day else None) for day in days)
