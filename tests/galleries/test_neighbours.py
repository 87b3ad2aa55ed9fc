"""The nearest vectors: which path is taken, and that each finds the right ones."""

import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from faceengine.catalog import PACKS, get_pack
from galleries import neighbours
from galleries.models import Face, FaceVector, Gallery, ModelVersion, Photo
from galleries.neighbours import WholeGalleries

EVERYTHING = 2.0


def unit_vectors(count: int, dimensions: int) -> np.ndarray:
    vectors = np.random.default_rng(7).normal(size=(count, dimensions))
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit.astype(np.float32)


def add_faces(photo: Photo, model: ModelVersion, vectors: np.ndarray) -> list[int]:
    faces = Face.objects.bulk_create(
        Face(
            gallery_id=photo.gallery_id, photo=photo, left=0, top=0, width=1, height=1,
            landmarks=[0] * 10, score=1, quality=1,
        )
        for _ in vectors
    )  # fmt: skip
    FaceVector.objects.bulk_create(
        FaceVector(gallery_id=photo.gallery_id, face=face, model=model, vector=vector)
        for face, vector in zip(faces, vectors, strict=True)
    )
    return [face.pk for face in faces]


def near(
    gallery: Gallery, vector: np.ndarray, model: ModelVersion, max_distance: float = EVERYTHING
) -> neighbours.Ranked:
    visible = WholeGalleries([gallery.pk], model)
    return visible.within(vector, max_distance=max_distance, most=1000)


def plans_of(ask: Callable[[], neighbours.Ranked]) -> tuple[neighbours.Ranked, list[str]]:
    """What is answered, and how the database goes about each ranking for it."""
    with CaptureQueriesContext(connection) as captured:
        answered = ask()
    plans = []
    with connection.cursor() as cursor:
        for query in captured.captured_queries:
            *settings, ranking = query["sql"].split(";\n")
            if "<=>" in ranking:
                cursor.execute(f"SAVEPOINT plan; {';'.join(settings) or 'SELECT'}")
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + ranking)
                plans.append(json.dumps(cursor.fetchone()))
                cursor.execute("ROLLBACK TO plan")
    return answered, plans


@pytest.fixture
def indexed_model(model: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    """With so few rows that all of them are many."""
    monkeypatch.setattr(neighbours, "EXACT_ROWS", 100)
    with connection.cursor() as cursor:  # CONCURRENTLY is not possible inside a test's transaction
        cursor.execute(
            "CREATE INDEX hnsw_for_test ON galleries_facevector USING hnsw "
            f"((vector::halfvec({model.dimensions:d})) halfvec_cosine_ops) "
            f"WHERE model_id = {model.pk:d}"
        )
    return model


@pytest.fixture
def others(alice: User, model: ModelVersion, add_drawing: Callable[..., Photo]) -> Photo:
    """A photo in another gallery."""
    photo = add_drawing("green", name="other.png")
    photo.gallery = Gallery.create_owned_by(alice, "Others")
    photo.save()
    return photo


def test_few_vectors_are_ranked_exactly_although_an_index_exists(
    gallery: Gallery, add_drawing: Callable[..., Photo], indexed_model: ModelVersion
) -> None:
    vectors = unit_vectors(100, indexed_model.dimensions)
    add_faces(add_drawing("red"), indexed_model, vectors)

    hits, plans = plans_of(lambda: near(gallery, vectors[0], indexed_model))

    assert not any("hnsw_for_test" in plan for plan in plans)
    assert hits[0][1] == pytest.approx(0.0, abs=1e-3)
    assert len(hits) == 100


def test_what_few_faces_cost_does_not_depend_on_the_faces_of_others(
    gallery: Gallery,
    others: Photo,
    add_drawing: Callable[..., Photo],
    indexed_model: ModelVersion,
) -> None:
    """Neither the path nor the number of vectors that are looked at."""
    vectors = unit_vectors(900, indexed_model.dimensions)
    add_faces(add_drawing("red"), indexed_model, vectors[:50])

    def compared() -> list[int]:
        _, plans = plans_of(lambda: near(gallery, vectors[0], indexed_model))
        return [max(map(int, re.findall(r'"Actual Rows": (\d+)', plan))) for plan in plans]

    before = compared()
    add_faces(others, indexed_model, vectors[50:])

    assert compared() == before == [50]


def test_many_vectors_are_walked_through_the_index_and_the_nearest_are_found(
    gallery: Gallery, add_drawing: Callable[..., Photo], indexed_model: ModelVersion
) -> None:
    vectors = unit_vectors(600, indexed_model.dimensions)
    faces = add_faces(add_drawing("red"), indexed_model, vectors)

    hits, plans = plans_of(lambda: near(gallery, vectors[5], indexed_model))

    assert all("hnsw_for_test" in plan for plan in plans)
    nearest = np.argsort(-(vectors @ vectors[5]))[:10]
    assert [face for face, _ in hits[:10]] == [faces[number] for number in nearest]


def test_all_that_are_near_are_found_however_many_are_nearer_in_other_galleries(
    gallery: Gallery,
    others: Photo,
    add_drawing: Callable[..., Photo],
    indexed_model: ModelVersion,
) -> None:
    """More of them than are met by the first step of a walk."""
    vectors = unit_vectors(701, indexed_model.dimensions)
    probe, strangers = vectors[0], vectors[1:]
    alike = probe + 0.3 * strangers
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    order = np.argsort(-(alike @ probe))
    add_faces(others, indexed_model, alike[order[:500]])
    own = set(add_faces(add_drawing("red"), indexed_model, alike[order[500:]]))

    hits, plans = plans_of(lambda: near(gallery, probe, indexed_model, max_distance=0.5))

    assert {face for face, _ in hits} == own
    assert all("hnsw_for_test" in plan for plan in plans)


def test_the_nearest_of_many_are_walked_to_and_are_those_of_an_exact_ranking(
    gallery: Gallery, add_drawing: Callable[..., Photo], indexed_model: ModelVersion
) -> None:
    vectors = unit_vectors(600, indexed_model.dimensions)
    add_faces(add_drawing("red"), indexed_model, vectors)
    visible = WholeGalleries([gallery.pk], indexed_model)

    hits, plans = plans_of(lambda: visible.nearest(vectors[3], limit=10))

    assert len(plans) == 1
    assert "hnsw_for_test" in plans[0]
    exact = neighbours.rank_exactly(visible.vectors, vectors[3], limit=10)
    assert [face for face, _ in hits] == [face for face, _ in exact]


def test_the_nearest_are_compared_one_by_one_where_a_walk_meets_others_first(
    gallery: Gallery,
    others: Photo,
    add_drawing: Callable[..., Photo],
    indexed_model: ModelVersion,
) -> None:
    vectors = unit_vectors(901, indexed_model.dimensions)
    order = np.argsort(-(vectors @ vectors[0]))
    add_faces(others, indexed_model, vectors[order[:600]])
    faces = add_faces(add_drawing("red"), indexed_model, vectors[order[600:]])
    own = FaceVector.objects.filter(gallery=gallery, model=indexed_model)

    hits, plans = plans_of(lambda: neighbours.rank(own, vectors[0], indexed_model, limit=10))

    assert [face for face, _ in hits] == faces[:10]
    assert ["hnsw_for_test" in plan for plan in plans] == [True, False]


def test_faces_that_do_not_belong_are_not_among_the_nearest(
    gallery: Gallery, add_drawing: Callable[..., Photo], indexed_model: ModelVersion
) -> None:
    vectors = unit_vectors(600, indexed_model.dimensions)
    faces = add_faces(add_drawing("red"), indexed_model, vectors)
    own = FaceVector.objects.filter(gallery=gallery, model=indexed_model)
    some = own.exclude(face__in=faces[:300])

    hits = neighbours.rank(some, vectors[3], indexed_model, limit=10, max_distance=0.99)

    assert hits
    assert not {face for face, _ in hits} & set(faces[:300])


def test_vectors_too_long_for_an_index_are_ranked_exactly_however_many(
    gallery: Gallery, add_drawing: Callable[..., Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "EXACT_ROWS", 10)
    measured = PACKS["open"].calibration
    monkeypatch.setattr("galleries.models.model_version.calibration_for", lambda pack: measured)
    model = ModelVersion.objects.register(get_pack("deepface:VGG-Face"))
    vectors = unit_vectors(30, model.dimensions)
    add_faces(add_drawing("red"), model, vectors)

    hits = near(gallery, vectors[5], model)

    assert len(hits) == 30
    assert hits[0][1] == pytest.approx(0.0, abs=1e-3)
