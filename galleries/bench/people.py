"""How long identities take in a large gallery: a new face, and decisions about ten thousand.

Times are of whole transactions, as a worker or a page waits for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from numpy.typing import NDArray

from accounts.models import User
from faceengine.command_line import Measure
from galleries import identities, people, undo
from galleries.bench.crowd import fill_crowd
from galleries.bench.pages import measure_pages
from galleries.models import (
    AssignedBy,
    Batch,
    Face,
    FaceVector,
    Gallery,
    ModelVersion,
    Person,
    Photo,
)

#: Beside another face of the same human, as `crowd` has it.
SPREAD = 0.72
MOST_MATCHING_MS, MOST_DECIDING_MS = 20.0, 1000.0
FACES_OF_A_GROUP_PHOTO = 8
SEED = 2
Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Bench:
    gallery: Gallery
    user: User
    random: np.random.Generator
    moved: int
    runs: int

    @property
    def model(self) -> ModelVersion:
        return self.gallery.model


def measure_people(count: int, moved: int, runs: int) -> list[Measure]:
    """Args: faces of the gallery, faces that are decided about at once, faces that are matched."""
    user = User.objects.create_user("bench")
    gallery = Gallery.create_owned_by(user, "Crowd")
    fill_crowd(gallery, count)
    gallery.model.create_index()
    with connection.cursor() as cursor:
        # what a server does by itself in the first minutes, and would do while we measure
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    bench = Bench(gallery, user, np.random.default_rng(SEED), moved, runs)
    return [
        *_measure_matching(bench),
        *_measure_reconsidering(bench),
        *_measure_deciding(bench),
        *measure_pages(gallery, user, runs),
    ]


def _measure_matching(bench: Bench) -> Iterator[Measure]:
    known = Face.objects.exclude(person=None)
    waiting = Face.objects.filter(person=None)
    kinds: dict[str, Callable[[], Vector]] = {
        "of a known person": lambda: _like(bench, known),
        "like one that waits": lambda: _like(bench, waiting),
        "of nobody": lambda: _unit(bench.random.standard_normal(bench.model.dimensions)),
    }
    for kind, draw in kinds.items():
        times, joined = [], 0
        for _ in range(bench.runs):
            (face,) = _add_photo(bench, [draw()])
            times.append(_milliseconds(partial(people.assign, [face], bench.model)))
            joined += Face.objects.filter(pk=face.pk).exclude(person=None).exists()
        yield Measure(f"matching a new face {kind}, median", float(np.median(times)), "ms")
        yield _p95(f"matching a new face {kind}, p95", times, MOST_MATCHING_MS)
        yield Measure(f"… that got a person, {kind}", joined / bench.runs, "share")
    faces = _add_photo(bench, [_like(bench, known) for _ in range(FACES_OF_A_GROUP_PHOTO)])
    with CaptureQueriesContext(connection) as queries:
        people.assign(faces, bench.model)
    yield Measure(f"queries for {len(faces)} faces of one photo", len(queries), "queries")


def _measure_reconsidering(bench: Bench) -> Iterator[Measure]:
    persons = list(Person.objects.order_by("pk")[: bench.runs])
    times = [_milliseconds(partial(people.reconsider, person, bench.model)) for person in persons]
    yield _p95("looking anew at what is like a person, p95", times, None)


def _measure_deciding(bench: Bench) -> Iterator[Measure]:
    """A person of many faces merged into another, split up again, and so on."""
    source, target = Person.objects.order_by("pk")[:2]
    chosen = Face.objects.order_by("pk").values("pk")[: bench.moved]
    Face.objects.filter(pk__in=chosen).update(person=source, assigned_by=AssignedBy.MATCHER)
    moved = f"{Face.objects.of(source).count():,} faces"
    steps: list[tuple[str, Callable[[], Batch | None]]] = [
        ("merging", lambda: identities.merge_persons([source], target, bench.user)),
        ("undo of that", lambda: _undo_last(bench)),
        ("redo of that", lambda: _undo_last(bench)),
        ("deleting a person of", lambda: identities.delete_person(target, bench.user)),
        ("undo of that deletion", lambda: _undo_last(bench)),
        (
            "giving another person",
            lambda: identities.move_faces(Face.objects.of(target), _last_person(), bench.user),
        ),
        ("undo of that gift", lambda: _undo_last(bench)),
    ]
    for name, step in steps:
        took = _milliseconds(step)
        yield Measure(
            f"{name}, {moved}", took, "ms", target=MOST_DECIDING_MS, ok=took <= MOST_DECIDING_MS
        )


def _undo_last(bench: Bench) -> Batch | None:
    return undo.undo(Batch.objects.newest_first()[0], bench.user).batch


def _last_person() -> Person:
    return Person.objects.order_by("pk").reverse()[0]


def _like(bench: Bench, faces: QuerySet[Face]) -> Vector:
    """Another picture of whom one of the faces shows."""
    number = int(bench.random.integers(faces.count()))
    face = faces.order_by("pk")[number]
    known = FaceVector.objects.get(gallery=bench.gallery, face=face, model=bench.model).vector
    # two of the crowd have their person's direction in common, so the noise of one is enough
    noise = _unit(bench.random.standard_normal(bench.model.dimensions))
    return _unit(np.asarray(known, np.float64) + SPREAD * noise)


def _add_photo(bench: Bench, vectors: Sequence[Vector]) -> list[Face]:
    number = Photo.objects.count()
    photo = Photo.objects.create(
        gallery=bench.gallery, sha256=f"new {number}", name=f"new {number}.jpg", byte_size=0
    )
    faces = [
        Face(
            gallery=bench.gallery,
            photo=photo,
            **dict.fromkeys(("left", "top", "width", "height"), 0.25),
            landmarks=[0.5] * 10,
            score=1.0,
            quality=0.9,
        )
        for _ in vectors
    ]
    Face.objects.bulk_create(faces)
    FaceVector.objects.bulk_create(
        FaceVector(gallery=bench.gallery, face=face, model=bench.model, vector=vector)
        for face, vector in zip(faces, vectors, strict=True)
    )
    return faces


def _milliseconds(work: Callable[[], object]) -> float:
    """Of a whole transaction: constraints are checked at its end."""
    started = time.perf_counter()
    with transaction.atomic():
        work()
    return (time.perf_counter() - started) * 1000


def _p95(name: str, times: Sequence[float], target: float | None) -> Measure:
    slow = float(np.percentile(times, 95))
    return Measure(name, slow, "ms", target=target, ok=None if target is None else slow <= target)


def _unit(vector: NDArray[np.float64]) -> Vector:
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
