"""Every vector of a photo has its binary code beside it."""

from collections.abc import Iterator

import numpy as np
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from numpy.typing import NDArray
from pgvector import HalfVector

from galleries.models import Photo, PhotoVector, SceneModel
from galleries.models.scene import code_of

BEFORE, AFTER = ("galleries", "0011_album_guesses"), ("galleries", "0012_codes")


def vector_of(number: int) -> NDArray[np.float32]:
    """One that halfvec holds as it is."""
    return np.random.default_rng(number).random(8, np.float32).astype(np.float16).astype(np.float32)


@pytest.fixture
def scene_model(db: None) -> SceneModel:
    return SceneModel.objects.create(key="eight-1", backbone="eight", dimensions=8)


def code_in_the_database(photo: Photo | int) -> str:
    return str(PhotoVector.objects.values_list("code", flat=True).get(photo=photo))


def test_a_code_is_written_with_its_vector(photo: Photo, scene_model: SceneModel) -> None:
    row = PhotoVector.objects.create(
        gallery=photo.gallery, photo=photo, model=scene_model, vector=vector_of(1)
    )
    assert code_in_the_database(photo) == code_of(vector_of(1))

    row.refresh_from_db()
    row.save()
    assert code_in_the_database(photo) == code_of(vector_of(1))

    row.vector = vector_of(2)
    PhotoVector.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["gallery", "photo", "model"],
        update_fields=["vector", "code"],
    )
    assert code_in_the_database(photo) == code_of(vector_of(2)) != code_of(vector_of(1))


def test_the_code_is_that_of_the_vector_as_it_is_stored(
    photo: Photo, scene_model: SceneModel
) -> None:
    finer = np.full(8, 1 / 3, np.float32) - vector_of(1)
    PhotoVector.objects.create(gallery=photo.gallery, photo=photo, model=scene_model, vector=finer)

    stored = np.array(PhotoVector.objects.get(photo=photo).vector, np.float32)

    assert (stored != finer).any()
    assert code_in_the_database(photo) == code_of(stored)


@pytest.fixture
def before_codes(transactional_db: None) -> Iterator[MigrationExecutor]:
    executor = MigrationExecutor(connection)
    executor.migrate([BEFORE])
    yield MigrationExecutor(connection)
    MigrationExecutor(connection).migrate([AFTER])


def test_vectors_from_before_there_were_codes_get_theirs(
    before_codes: MigrationExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connection.cursor() as cursor:
        for photo in range(1, 8):
            cursor.execute(
                "INSERT INTO galleries_photovector (gallery_id, photo_id, model_id, vector)"
                " VALUES (1, %s, %s, %s)",
                [photo, 1 + photo % 2, HalfVector(vector_of(photo)).to_text()],
            )
        cursor.execute(
            "CREATE INDEX photo_vector_hnsw_1 ON galleries_photovector USING hnsw"
            " ((vector::halfvec(8)) halfvec_cosine_ops) WHERE model_id = 1"
        )
    migration = before_codes.loader.get_migration(*AFTER)
    monkeypatch.setattr(f"{type(migration).__module__}.ROWS_AT_ONCE", 2)

    before_codes.migrate([AFTER])

    for photo in range(1, 8):
        assert code_in_the_database(photo) == code_of(vector_of(photo))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('photo_vector_hnsw_1')")
        assert cursor.fetchone() == (None,)
