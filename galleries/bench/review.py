"""How many answers a review takes until nearly all faces are right, with and without the queue.

A user who knows everybody and never errs answers the questions of the queue, and in a second
gallery of the same faces goes from photo to photo and types a name wherever a face has none, or a
wrong one. In both the matcher follows each answer at once.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from time import perf_counter

import numpy as np
from django.db import connection
from django.db.models import F, Q
from django.test import Client
from django.urls import reverse

from accounts.models import User
from faceengine.command_line import Measure
from faceengine.evaluation.grouping import Agreement, agree_by_face
from galleries import identities, people
from galleries.bench.crowd import fill_crowd
from galleries.bench.labelled import Labelled
from galleries.models import Face, FaceVector, Gallery, Person, Photo
from galleries.review.answers import Answer, Reply, carry_out
from galleries.review.progress import progress_of
from galleries.review.questions import NONE_SKIPPED, Question, Skips
from galleries.review.queue import look_ahead, next_question

#: Share of the faces that has to be right in the end.
GOAL = 0.95
#: Milliseconds beyond which an answer does not feel instant; answers timed of each kind.
MOST_MS, ANSWERS = 150.0, 40
SEED = 1


@dataclass(frozen=True, slots=True)
class Truth:
    """A gallery, and who its faces really are; `once` are those who have one face only."""

    gallery: Gallery
    user: User
    names: dict[int, str]
    once: frozenset[str]

    def count_right(self) -> int:
        """Faces of a person of their own name; of those seen once also the ones nobody has, and
        strangers: naming them finds nothing."""
        rows = Face.objects.filter(gallery=self.gallery).annotate(name=F("person__name"))
        rows = rows.annotate(is_nobody=Q(person=None) | Q(person__is_stranger=True))
        return sum(
            name == self.names[face] or (is_nobody and self.names[face] in self.once)
            for face, name, is_nobody in rows.values_list("pk", "name", "is_nobody")
        )

    def agreement(self) -> Agreement:
        """How far persons, and faces of nobody as one each, agree with who they really are."""
        rows = dict(Face.objects.filter(gallery=self.gallery).values_list("pk", "person"))
        keys = [(rows[face] or 0, 0 if rows[face] else face) for face in self.names]
        _, groups = np.unique(keys, axis=0, return_inverse=True)
        return agree_by_face(groups, list(self.names.values()))

    def is_done(self) -> bool:
        return self.count_right() >= GOAL * len(self.names)


def measure_review(labelled: Labelled) -> list[Measure]:
    """The lines of the report. Expects an empty database, and a default model version."""
    truth = fill(labelled)
    before = truth.count_right() / len(truth.names)
    grown = truth.agreement()
    ours = _count(truth, review(truth))
    resolved = progress_of(truth.gallery)
    by_photo = _count(*_walk(labelled, name_by_photo))
    one_by_one = _count(*_walk(labelled, name_one_by_one))
    return [
        Measure("faces", len(truth.names), "faces"),
        Measure("BCubed precision before the first answer", grown.precision, "share"),
        Measure("BCubed recall before the first answer", grown.recall, "share"),
        Measure("BCubed F before the first answer", grown.f, "share"),
        Measure("right before the first answer", before, "share"),
        _compare("answers until 95 % are right", ours, "photo by photo, group by group", by_photo),
        _compare("answers until 95 % are right", ours, "photo by photo, face by face", one_by_one),
        Measure("resolved by then", resolved.resolved / resolved.total, "share"),
    ]


def measure_waiting(count: int) -> list[Measure]:
    """How long an answer takes in a gallery of `count` faces, until the page has the next question.

    Whole requests: the session, the decision, what follows, the next question, the page.
    """
    user = User.objects.create_user("waiting")
    gallery = Gallery.create_owned_by(user, "Crowd")
    fill_crowd(gallery, count)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself a minute after an import
    client = Client(SERVER_NAME="localhost", headers={"HX-Request": "true"})
    client.force_login(user)
    groups = [_time_answer(client, gallery, NONE_SKIPPED, number) for number in range(ANSWERS)]
    unnamed = Person.objects.filter(gallery=gallery, name="").values_list("pk", flat=True)
    skips = Skips(persons=frozenset(unnamed))
    doubts = [_time_answer(client, gallery, skips, number) for number in range(ANSWERS)]
    return [
        _bounded(f"answer about {what}, {count:,} faces, {name}", 1000 * np.quantile(seconds, part))
        for what, seconds in (("a group", groups), ("a match", doubts))
        for name, part in (("median", 0.5), ("95 of 100", 0.95))
    ]


def _time_answer(client: Client, gallery: Gallery, skips: Skips, number: int) -> float:
    client.get(reverse("review-ahead", args=[gallery.pk]))  # as the page does meanwhile
    question = next_question(gallery, skips)
    if question is None or question.person is None:
        raise LookupError("The made-up gallery has too few faces: give more.")
    keys = [face.pk for face in question.faces]
    is_open = question.kind.is_open
    form = {"kind": question.kind, "shown": keys, "face": keys, "person": question.person.pk}
    form |= {"answer": "name", "name": f"Somebody {number}"} if is_open else {"answer": "yes"}
    started = perf_counter()
    response = client.post(reverse("review-answer", args=[gallery.pk]), form)
    if response.status_code != HTTPStatus.OK:
        raise LookupError(f"The answer was refused with status {response.status_code}.")
    return perf_counter() - started


def fill(labelled: Labelled) -> Truth:
    """A gallery of these faces, one a photo, as the worker would leave it; in random order."""
    user = User.objects.create_user(f"reviewer-{User.objects.count()}")
    gallery = Gallery.create_owned_by(user, "Review")
    names: dict[int, str] = {}
    order = list(range(len(labelled.people)))
    random.Random(SEED).shuffle(order)  # noqa: S311 - the same order each time
    for number in order:
        face = _add(gallery, labelled, number)
        names[face.pk] = labelled.people[number]
        people.assign([face], gallery.model)
    counts = Counter(names.values())
    return Truth(gallery, user, names, frozenset(n for n, count in counts.items() if count == 1))


def _add(gallery: Gallery, labelled: Labelled, number: int) -> Face:
    photo = Photo.objects.create(
        gallery=gallery, sha256=f"{number:064x}", name=f"{number}.jpg", byte_size=0
    )
    face = Face.objects.create(
        gallery=gallery,
        photo=photo,
        **dict.fromkeys(("left", "top", "width", "height"), 0.25),
        landmarks=[0.5] * 10,
        score=1.0,
        quality=labelled.qualities[number],
        weakness=labelled.weaknesses[number],
    )
    FaceVector.objects.create(
        gallery=gallery, face=face, model=gallery.model, vector=labelled.vectors[number]
    )
    return face


def review(truth: Truth) -> Iterator[None]:
    """Answer one question of the queue after the other; yields after each answer."""
    gallery = truth.gallery
    question = next_question(gallery, NONE_SKIPPED)
    while question:
        look_ahead(gallery)  # as the page does while somebody thinks
        carry_out(gallery, _reply(truth, question), truth.user)
        question = next_question(gallery, NONE_SKIPPED)
        yield


def _reply(truth: Truth, question: Question) -> Reply:
    """What a truthful user says: the name of most of the faces, the others unticked."""
    names = [truth.names[face.pk] for face in question.faces]
    name = Counter(names).most_common(1)[0][0]
    if question.person and not question.kind.is_open and name == question.person.name:
        return Reply(question.kind, Answer.YES, question.faces, person=question.person)
    pairs = list(zip(question.faces, names, strict=True))
    return Reply(
        question.kind,
        Answer.NAME,
        tuple(face for face, known in pairs if known == name),
        tuple(face for face, known in pairs if known != name),
        question.person,
        _called(truth, name),
        name,
    )


def _walk(labelled: Labelled, act: Callable[[Truth, Face], None]) -> tuple[Truth, Iterator[None]]:
    """Another gallery of the same faces, gone through photo by photo."""
    truth = fill(labelled)

    def answers() -> Iterator[None]:
        for key in sorted(truth.names):
            face = Face.objects.select_related("person").get(pk=key)
            if not face.person or face.person.name != truth.names[key]:
                act(truth, face)
                yield

    return truth, answers()


def name_by_photo(truth: Truth, face: Face) -> None:
    """A name typed for a face of an unnamed group is the group's."""
    name, known = truth.names[face.pk], _called(truth, truth.names[face.pk])
    group = face.person if face.person and not face.person.name else None
    if group and known:
        identities.merge_persons([group], known, truth.user)
    elif group:
        identities.name_person(group, name, truth.user)
    else:
        name_one_by_one(truth, face)
        return
    people.reconsider(known or group, truth.gallery.model)


def name_one_by_one(truth: Truth, face: Face) -> None:
    """A name typed for a face is that face's."""
    name, known = truth.names[face.pk], _called(truth, truth.names[face.pk])
    if known:
        identities.move_faces([face], known, truth.user)
    else:
        _, known = identities.open_person_of([face], truth.user, name)
    people.reconsider(known, truth.gallery.model)


def _called(truth: Truth, name: str) -> Person | None:
    return Person.objects.present().filter(gallery=truth.gallery, name=name).first()


def _count(truth: Truth, answers: Iterator[None]) -> int:
    """How many answers it takes to reach the goal."""
    count = 0
    while not truth.is_done() and next(answers, True) is None:
        count += 1
    return count


def _compare(name: str, ours: int, peer: str, theirs: int) -> Measure:
    return Measure(name, ours, "answers", peer, theirs, theirs / ours, 1.0, ok=theirs > ours)


def _bounded(name: str, value: np.floating) -> Measure:
    return Measure(name, float(value), "ms", target=MOST_MS, ok=bool(value <= MOST_MS))
