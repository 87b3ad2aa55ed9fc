"""Photos have colours and a hash always, and vectors as soon as a backbone is there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from faceengine.pictures import decode
from faceengine.scenes.backbones import get_backbone
from faceengine.scenes.colours import LAYOUT
from faceengine.scenes.hashing import distance
from galleries import filling, removal, scenes, tasks, trash
from galleries.models import Gallery, ModelVersion, Photo, PhotoLook, PhotoVector, SceneModel
from tests.drawings import draw
from tests.faces import analyse_everything

# indexes are built outside of transactions
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("drawing_engine")]

AddDrawing = Callable[..., Photo]
LATER = "resnet50"


def fill_up() -> None:
    """As the worker does, until nothing waits."""
    while filling.is_due():
        filling.work_off(8)


@pytest.fixture
def no_weights(drawing_scenes: set[str]) -> set[str]:
    """No backbone is installed; a test adds them."""
    drawing_scenes.clear()
    return drawing_scenes


@pytest.mark.usefixtures("drawing_scenes")
def test_a_photo_has_its_look_as_soon_as_it_has_its_faces(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")

    analyse_everything()

    look = PhotoLook.objects.get(photo=photo)
    assert look.layout
    assert sum(look.colours) == pytest.approx(1, abs=0.01)
    assert look.hash is not None
    assert 0 < look.sharpness < 1
    assert PhotoVector.objects.get(photo=photo).model == look.model == scenes.wanted()


def test_without_weights_photos_have_colours_and_a_hash(
    no_weights: set[str], add_drawing: AddDrawing
) -> None:
    photo = add_drawing("red")

    analyse_everything()

    look = PhotoLook.objects.get(photo=photo)
    assert look.hash is not None
    assert look.model is None
    assert not PhotoVector.objects.exists()
    assert not filling.is_due()
    assert scenes.problem().endswith("./run models install efficientnetb0")


def test_vectors_are_filled_in_when_the_weights_come(
    no_weights: set[str], add_drawing: AddDrawing
) -> None:
    photos = [add_drawing("red"), add_drawing("blue")]
    analyse_everything()

    no_weights.add("efficientnetb0")
    fill_up()

    assert set(PhotoVector.objects.values_list("photo", flat=True)) == {p.pk for p in photos}
    assert not filling.is_due()


@pytest.mark.usefixtures("drawing_scenes")
def test_photos_from_before_there_were_looks_are_looked_at(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    analyse_everything()
    before = PhotoLook.objects.get(photo=photo)
    PhotoLook.objects.filter(photo=photo).update(colours=None, layout="", hash=None, model=None)
    PhotoVector.objects.all().delete()

    fill_up()

    after = PhotoLook.objects.get(photo=photo)
    assert (after.colours, after.hash) == (before.colours, before.hash)
    assert PhotoVector.objects.filter(photo=photo).exists()


def test_two_workers_look_at_no_photo_twice(
    drawing_scenes: set[str], add_drawing: AddDrawing
) -> None:
    for _ in range(5):
        add_drawing("red")
    analyse_everything()
    PhotoLook.objects.update(model=None)

    first, second = filling.claim(3), filling.claim(3)

    assert len(first) == 3
    assert len(second) == 2
    assert not {photo.pk for photo in first} & {photo.pk for photo in second}


def test_what_a_killed_worker_had_claimed_is_taken_up_later(
    drawing_scenes: set[str], add_drawing: AddDrawing
) -> None:
    add_drawing("red")
    analyse_everything()
    PhotoLook.objects.update(model=None)
    filling.claim(1)
    assert not filling.claim(1)

    PhotoLook.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))

    assert filling.claim(1)


def test_another_backbone_is_used_once_it_has_looked_at_all_photos(
    drawing_scenes: set[str], add_drawing: AddDrawing, settings: Settings
) -> None:
    scenes.register()
    photos = [add_drawing("red") for _ in range(3)]
    analyse_everything()
    old = SceneModel.objects.default()
    settings.LIKENESS_SCENES = LATER
    drawing_scenes.add(LATER)

    filling.work_off(2)
    assert SceneModel.objects.default() == old
    assert scenes.problem() == ""
    photos.append(add_drawing("blue"))
    analyse_everything()
    fill_up()

    new = SceneModel.objects.default()
    assert new is not None
    assert new.backbone == LATER
    for model in (old, new):
        seen = PhotoVector.objects.filter(model=model).values_list("photo", flat=True)
        assert set(seen) == {photo.pk for photo in photos}


def test_colours_are_counted_anew_when_their_layout_changes(
    drawing_scenes: set[str], add_drawing: AddDrawing, settings: Settings
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    settings.LIKENESS_COLOURS = "1x1x4x2x2"
    assert scenes.example_of_photo(photo) is None

    fill_up()

    example = scenes.example_of_photo(photo)
    assert example is not None
    assert len(example.colours) == scenes.layout().dimensions == 6


def test_a_photo_that_cannot_be_read_any_more_is_not_tried_for_ever(
    no_weights: set[str], add_drawing: AddDrawing
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    photo.original.storage.delete(photo.original_name)

    no_weights.add("efficientnetb0")
    fill_up()

    assert not filling.is_due()
    assert not PhotoVector.objects.exists()


@pytest.mark.usefixtures("drawing_scenes")
def test_new_photos_come_before_those_that_wait_for_a_backbone(add_drawing: AddDrawing) -> None:
    add_drawing("red")
    analyse_everything()
    PhotoLook.objects.update(model=None)
    add_drawing("blue")

    tasks.look()
    assert PhotoLook.objects.get().model is None

    analyse_everything()
    tasks.look()
    assert not PhotoLook.objects.filter(model=None).exists()


@pytest.mark.usefixtures("drawing_scenes")
def test_vectors_and_looks_go_with_their_photo(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    analyse_everything()

    removal.remove_photos([photo])

    assert not PhotoVector.objects.exists()
    assert not PhotoLook.objects.exists()


@pytest.mark.usefixtures("drawing_scenes")
def test_vectors_and_looks_go_with_their_gallery(add_drawing: AddDrawing, gallery: Gallery) -> None:
    add_drawing("red")
    analyse_everything()

    removal.remove_gallery(gallery)

    assert not PhotoVector.objects.exists()
    assert not PhotoLook.objects.exists()


def test_what_is_looked_at_while_it_is_deleted_leaves_no_vector(
    drawing_scenes: set[str],
    add_drawing: AddDrawing,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    PhotoLook.objects.update(model=None)
    look_at = scenes.look_at

    def delete_first(images: list[object]) -> list[scenes.Look]:
        trash.throw_away([photo], alice)
        return look_at(images)  # type: ignore[arg-type]

    monkeypatch.setattr(scenes, "look_at", delete_first)
    filling.work_off(8)

    assert not PhotoVector.objects.exists()
    assert not PhotoLook.objects.exists()


@pytest.mark.usefixtures("drawing_scenes")
def test_an_example_is_seen_as_the_photo_itself_was(
    add_drawing: AddDrawing, gallery: Gallery
) -> None:
    scenes.register()
    photo = add_drawing("red", "blue")
    analyse_everything()
    stored = scenes.example_of_photo(photo)

    with photo.original.open() as file:
        shown = scenes.example_of(decode(file.read(), 2048).image)

    assert stored is not None
    assert stored.scene is not None
    assert shown.scene is not None
    assert stored.colours == pytest.approx(shown.colours, abs=1e-3)
    assert stored.scene.vector == pytest.approx(shown.scene.vector, abs=1e-3)


def test_an_example_has_colours_also_without_a_backbone(
    no_weights: set[str], model: ModelVersion
) -> None:
    image = decode(draw("red"), 512).image

    example = scenes.example_of(image)

    assert example.scene is None
    assert example.colours.sum() == pytest.approx(1)


def test_an_unknown_backbone_is_named_with_what_is_known(settings: Settings) -> None:
    settings.LIKENESS_SCENES = "alexnet"

    assert "alexnet" in scenes.problem()
    assert "efficientnetb0" in scenes.problem()
    assert scenes.wanted() is None


@pytest.mark.usefixtures("drawing_scenes")
def test_preparing_builds_the_indexes_and_is_done_at_once_the_second_time(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    scenes.prepare()
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'photo_%%hnsw%%'")
        names = {name for (name,) in cursor.fetchall()}
    model = SceneModel.objects.default()
    assert model is not None
    # those of other tests have stayed
    assert names >= {model.index_name, "photo_look_colours_hnsw_4x4x8x2x3"}

    with django_assert_num_queries(4):
        scenes.prepare()


def test_the_layout_that_is_documented_is_the_one_that_was_measured() -> None:
    assert scenes.layout() == LAYOUT


def test_dimensions_are_those_of_the_backbone() -> None:
    backbone = get_backbone("mobilenet-edgetpu")

    assert SceneModel.objects.register(backbone).dimensions == backbone.dimensions
    assert distance(0, 2**64 - 1) == 64
