"""The way of real photos through a real backbone, into the database and back."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from accounts.models import User
from faceengine.weights import WeightStore
from galleries import duplicates, engine, scenes, uploads
from galleries.looks import most_alike
from galleries.models import Gallery, Photo
from tests.faces import analyse_everything

pytestmark = [pytest.mark.assets, pytest.mark.usefixtures("drawing_engine")]

PHOTOS_OF_EACH = 4


@pytest.fixture
def classes(
    assets: Path,
    gallery: Gallery,
    alice: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[int, str]:
    """What each stored photo shows, by its id."""
    settings.LIKENESS_SCENES = "mobilenet-edgetpu"
    monkeypatch.setattr(engine, "weights", lambda: WeightStore(search=[assets / "models"]))
    scenes.register()
    shown = {}
    folders = sorted((assets / "images" / "caltech101_dev").iterdir())[:3]
    for folder in folders:
        for path in sorted(folder.glob("*.jpg"))[:PHOTOS_OF_EACH]:
            photo = uploads.add_photo(
                gallery, ContentFile(path.read_bytes(), path.name), alice
            ).photo
            assert photo is not None
            shown[photo.pk] = folder.name
    analyse_everything()
    return shown


def test_photos_of_one_thing_are_more_alike_than_others(
    classes: dict[int, str], alice: User
) -> None:
    right = 0
    for photo in Photo.objects.visible_to(alice):
        example = scenes.example_of_photo(photo)
        assert example is not None
        itself, *others = most_alike(Photo.objects.visible_to(alice), example, 1.0, 3)
        assert itself.photo_id == photo.pk
        right += sum(classes[other.photo_id] == classes[photo.pk] for other in others)

    assert right >= 0.8 * 2 * len(classes)


@pytest.mark.usefixtures("model")
def test_copies_of_a_real_photo_are_found_and_others_are_not(
    assets: Path, gallery: Gallery, alice: User
) -> None:
    copies = sorted((assets / "images" / "near_duplicates" / "pdq_bridge-mods").glob("*"))
    named = {"aaa-orig.jpg", "shrink-a-lot.jpg", "blur-a-little.jpg", "high-contrast.jpg"}
    others = sorted((assets / "images" / "caltech101_dev").rglob("*.jpg"))[::100]
    for path in [*(path for path in copies if path.name in named), *others]:
        uploads.add_photo(gallery, ContentFile(path.read_bytes(), path.name), alice)
    analyse_everything()

    (group,) = duplicates.groups_of(gallery)

    assert set(Photo.objects.filter(pk__in=group).values_list("name", flat=True)) == named
