"""Real photos, a real backbone, and albums that a classifier has learnt: are its guesses right?"""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from accounts.models import User
from faceengine.weights import WeightStore
from galleries import engine, scenes, uploads
from galleries.models import Album, AlbumGuess, Gallery
from tests.faces import analyse_everything
from tests.galleries.classifiers import use_albums

pytestmark = [pytest.mark.assets, pytest.mark.usefixtures("drawing_engine")]

ALBUMS = ("Leopards", "Motorbikes", "accordion", "bonsai", "pagoda", "watch")
STRANGERS = ("grand_piano", "hedgehog", "lotus", "snoopy", "trilobite", "yin_yang")
IN_ALBUM, LOOSE = 12, 4


@pytest.fixture
def add(gallery: Gallery, alice: User, assets: Path) -> Callable[..., None]:
    def add_photos(kind: str, first: int, count: int, album: Album | None = None) -> None:
        folder = assets / "images" / "caltech101_dev" / kind
        for path in sorted(folder.glob("*.jpg"))[first : first + count]:
            content = ContentFile(path.read_bytes(), f"{kind}_{path.name}")
            uploads.add_photo(gallery, content, alice, album)

    return add_photos


def test_most_photos_are_offered_for_their_album_and_few_others(
    gallery: Gallery,
    add: Callable[..., None],
    assets: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.LIKENESS_SCENES = "mobilenet-edgetpu"
    monkeypatch.setattr(engine, "weights", lambda: WeightStore(search=[assets / "models"]))
    scenes.register()
    for kind in ALBUMS:
        add(kind, 0, IN_ALBUM, Album.objects.create(gallery=gallery, name=kind))
        add(kind, IN_ALBUM, LOOSE)
    for kind in STRANGERS:
        add(kind, 0, LOOSE)
    analyse_everything()
    use_albums(gallery)

    guesses = AlbumGuess.objects.standing().select_related("album", "photo")
    right = [guess.photo.name.startswith(f"{guess.album.name}_") for guess in guesses]
    assert sum(right) >= 0.8 * LOOSE * len(ALBUMS)
    assert sum(right) >= 0.8 * len(right)
    claimed = sum(guess.probability for guess in guesses) / len(right)
    assert abs(claimed - sum(right) / len(right)) < 0.15
