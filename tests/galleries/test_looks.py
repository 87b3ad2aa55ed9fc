"""Photos that look like an example, whichever way the database takes to them."""

from collections.abc import Callable

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import looks, scenes, uploads
from galleries.looks import Alike, Example, most_alike
from galleries.models import (
    Album,
    AlbumPhoto,
    Gallery,
    Photo,
    PhotoLook,
    PhotoVector,
    SceneModel,
)
from tests.drawings import draw
from tests.faces import analyse_everything

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]
MIXED = ("red", "blue", "green", "yellow")


@pytest.fixture
def photos(add_drawing: AddDrawing, drawing_scenes: set[str]) -> list[Photo]:
    """Every pair of two colours, and each colour alone; with vectors, colours and hashes."""
    scenes.register()
    pairs = [(one, other) for one in MIXED for other in MIXED if one < other]
    drawn = [add_drawing(*colours) for colours in [*pairs, *((one,) for one in MIXED)]]
    analyse_everything()
    return drawn


@pytest.fixture(params=["by comparing all", "by the indexes"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to the answer."""
    if request.param == "by the indexes":
        monkeypatch.setattr(looks, "EXACT_PHOTOS", 0)
        monkeypatch.setattr(looks, "_estimate_every", lambda: 0)
    return str(request.param)


def example_of(photo: Photo) -> Example:
    example = scenes.example_of_photo(photo)
    assert example is not None
    return example


def ids(answer: list[Alike]) -> list[int]:
    return [alike.photo_id for alike in answer]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_a_photo_is_most_like_itself(photos: list[Photo], alice: User, weight: float) -> None:
    for photo in photos[::4]:
        best = most_alike(Photo.objects.visible_to(alice), example_of(photo), weight, 3)[0]
        assert best.similarity == pytest.approx(1, abs=2e-3)
        assert best.colour == pytest.approx(1, abs=2e-3)
        assert best.content == pytest.approx(1, abs=2e-3)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.7, 1.0])
def test_photos_stand_in_the_order_of_the_weighted_mean(
    photos: list[Photo], alice: User, weight: float
) -> None:
    example = example_of(photos[0])

    answer = most_alike(Photo.objects.visible_to(alice), example, weight, 100)

    assert len(answer) == len(photos)
    assert [alike.similarity for alike in answer] == sorted(
        (alike.similarity for alike in answer), reverse=True
    )
    for alike in answer:
        look = PhotoLook.objects.get(photo=alike.photo_id)
        vector = PhotoVector.objects.get(photo=alike.photo_id).vector
        assert example.scene is not None
        content = float(np.dot(vector, example.scene.vector))
        colour = 1 - float(np.abs(np.array(look.colours) - example.colours).sum()) / 2
        assert alike.content == pytest.approx(content, abs=2e-3)
        assert alike.colour == pytest.approx(colour, abs=2e-3)
        mean = weight * content + (1 - weight) * colour
        assert alike.similarity == pytest.approx(mean, abs=2e-3)


@pytest.mark.usefixtures("way")
def test_only_what_the_caller_chose_is_found(
    photos: list[Photo], gallery: Gallery, alice: User
) -> None:
    album = Album.objects.create(gallery=gallery, name="Beach")
    chosen = photos[3:6]
    for photo in chosen:
        AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photo)

    in_album = Photo.objects.visible_to(alice).filter(albums=album)
    answer = most_alike(in_album, example_of(photos[0]), 0.5, 10)

    assert set(ids(answer)) == {photo.pk for photo in chosen}


@pytest.mark.usefixtures("way")
def test_nobody_finds_what_they_do_not_see(
    photos: list[Photo], gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    hidden = Gallery.create_owned_by(mallory, "Hidden")
    uploads.add_photo(hidden, ContentFile(draw("red", "blue"), "a.png"), mallory)
    analyse_everything()
    example = example_of(photos[0])

    for user in (alice, bob):
        answer = most_alike(Photo.objects.visible_to(user), example, 0.5, 100)
        assert set(ids(answer)) == {photo.pk for photo in photos}
    (own,) = most_alike(Photo.objects.visible_to(mallory), example, 0.5, 100)
    assert Photo.objects.get(pk=own.photo_id).gallery == hidden


@pytest.mark.usefixtures("way")
def test_a_photo_that_a_condition_meets_twice_is_found_once(
    photos: list[Photo], gallery: Gallery, alice: User
) -> None:
    for name in ("Beach", "Best"):
        album = Album.objects.create(gallery=gallery, name=name)
        AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photos[0])

    in_albums = Photo.objects.visible_to(alice).filter(~Q(albums=None))
    answer = most_alike(in_albums, example_of(photos[0]), 0.5, 10)

    assert ids(answer) == [photos[0].pk]


@pytest.mark.usefixtures("way")
def test_colours_are_found_without_any_vector(photos: list[Photo], alice: User) -> None:
    PhotoVector.objects.all().delete()
    everything = Photo.objects.visible_to(alice)
    example = example_of(photos[-1])
    assert example.scene is None

    answer = most_alike(everything, example, 0.9, 5)

    assert len(answer) == 5
    assert answer[0].photo_id == photos[-1].pk
    assert {alike.content for alike in answer} == {None}
    assert all(alike.similarity == pytest.approx(alike.colour) for alike in answer)


@pytest.mark.usefixtures("way")
def test_a_palette_finds_the_photos_of_these_colours(photos: list[Photo], alice: User) -> None:
    example = scenes.example_of_palette([((255, 255, 255), 0.64), ((220, 0, 0), 0.36)])

    best = most_alike(Photo.objects.visible_to(alice), example, 0.5, 1)[0]

    assert best.photo_id == photos[6 + MIXED.index("red")].pk


@pytest.mark.usefixtures("way")
def test_a_photo_without_vector_counts_by_its_colours(photos: list[Photo], alice: User) -> None:
    PhotoVector.objects.filter(photo=photos[0]).delete()

    answer = most_alike(Photo.objects.visible_to(alice), example_of(photos[1]), 0.5, 100)

    (bare,) = (alike for alike in answer if alike.photo_id == photos[0].pk)
    assert bare.content is None
    assert bare.similarity == pytest.approx(bare.colour / 2, abs=1e-3)


def test_photos_of_another_layout_are_left_out_until_they_are_counted_anew(
    photos: list[Photo], alice: User
) -> None:
    PhotoLook.objects.filter(photo=photos[0]).update(layout="1x1x4x2x2", colours=[1.0] * 6)

    answer = most_alike(Photo.objects.visible_to(alice), example_of(photos[1]), 0.5, 100)

    assert photos[0].pk not in ids(answer)
    assert len(answer) == len(photos) - 1


def test_an_answer_is_one_query(
    photos: list[Photo], alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    example, everything = example_of(photos[0]), Photo.objects.visible_to(alice)
    most_alike(everything, example, 0.5, 10)  # how many photos there are is remembered

    with django_assert_num_queries(1):
        most_alike(everything, example, 0.5, 10)


@pytest.mark.usefixtures("way")
def test_nothing_is_found_among_no_photos(photos: list[Photo]) -> None:
    assert most_alike(Photo.objects.none(), example_of(photos[0]), 0.5, 10) == []


def test_more_candidates_are_taken_while_too_few_of_them_are_wanted(
    photos: list[Photo], gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "EXACT_PHOTOS", 0)
    monkeypatch.setattr(looks, "_estimate_every", lambda: 0)
    monkeypatch.setattr(looks, "FIRST_WALK", 1)
    example = example_of(photos[0])
    near = most_alike(Photo.objects.visible_to(alice), example, 1.0, 100)
    farthest = [alike.photo_id for alike in near[-2:]]

    answer = most_alike(Photo.objects.visible_to(alice).filter(pk__in=farthest), example, 1.0, 2)

    assert set(ids(answer)) == set(farthest)


@pytest.mark.django_db(transaction=True)
def test_of_many_photos_the_indexes_name_the_candidates(
    photos: list[Photo], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes.prepare()
    monkeypatch.setattr(looks, "EXACT_PHOTOS", 0)
    monkeypatch.setattr(looks, "_estimate_every", lambda: 0)
    plans = {
        weight: plan_of(Photo.objects.visible_to(alice), example_of(photos[0]), weight)
        for weight in (0.05, 0.5, 0.95)
    }

    model = SceneModel.objects.default()
    assert model is not None
    assert [model.index_name in plan for plan in plans.values()] == [False, True, True]
    assert ["photo_look_colours_hnsw" in plan for plan in plans.values()] == [True, True, False]


def test_photos_that_wait_for_their_vectors_are_named_by_their_colours(
    photos: list[Photo], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "EXACT_PHOTOS", 0)
    monkeypatch.setattr(looks, "_estimate_every", lambda: 0)
    example = example_of(photos[0])
    PhotoVector.objects.exclude(photo=photos[0]).delete()

    answer = most_alike(Photo.objects.visible_to(alice), example, 0.95, 5)

    assert len(answer) == 5
    assert [alike.content is None for alike in answer] == [False, True, True, True, True]


@pytest.mark.django_db(transaction=True)
def test_few_photos_are_compared_without_an_index(photos: list[Photo], alice: User) -> None:
    scenes.prepare()

    assert "hnsw" not in plan_of(Photo.objects.visible_to(alice), example_of(photos[0]))


def plan_of(everything: object, example: Example, weight: float = 0.5) -> str:
    """How PostgreSQL finds the last statement's answer, under the settings of a walk."""
    with CaptureQueriesContext(connection) as context:
        most_alike(everything, example, weight, 5)  # type: ignore[arg-type]
    statements = [query["sql"] for query in context.captured_queries]
    (ranking,) = (sql for sql in statements if "ORDER BY" in sql and "similarity" in sql)
    is_walk = any("hnsw.ef_search" in sql for sql in statements)
    with connection.cursor() as cursor:
        if is_walk:
            cursor.execute("SET enable_sort = off; SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {ranking}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_sort; RESET enable_seqscan")
    return plan
