"""An archive of four kinds of things, as a real backbone sees them."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings

from accounts.models import User
from galleries import scenes, uploads
from galleries.models import Gallery
from tests.browser.looks.kinds import KINDS, OF_EACH, photos_of
from tests.faces import analyse_everything


@pytest.fixture
def backbone(settings: Settings, assets: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The small one of the shared folder, here and in the processes of the site."""
    name = "mobilenet-edgetpu"
    settings.LIKENESS_SCENES = name
    monkeypatch.setenv("LIKENESS_SCENES", name)
    scenes.register()
    return name


@pytest.fixture
def folder(assets: Path) -> Path:
    return assets / "images" / "caltech101_dev"


@pytest.fixture
def archive(backbone: str, gallery: Gallery, alice: User, folder: Path) -> Gallery:
    for kind in KINDS:
        for photo in photos_of(kind, folder)[:OF_EACH]:
            uploads.add_photo(gallery, ContentFile(photo.read_bytes(), f"{kind}.jpg"), alice)
    analyse_everything()
    return gallery
