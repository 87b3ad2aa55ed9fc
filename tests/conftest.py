"""Fixtures for every test: Alice owns, Bob is a member, Mallory is nobody."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.scenes.backbones import Backbone, get_backbone
from galleries import uploads
from galleries.models import Gallery, Membership, ModelVersion, Photo, Role
from tests.drawings import DrawingEngine, DrawingSceneEngine, draw

# how long an example takes says how busy the machine is
hypothesis.settings.register_profile("likeness", deadline=None)
hypothesis.settings.load_profile("likeness")

ASSETS = Path(
    os.environ.get("LIKENESS_ASSETS") or Path(__file__).resolve().parents[2] / "shared" / "assets"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if ASSETS.is_dir():
        return
    for item in items:
        if item.get_closest_marker("assets"):
            item.add_marker(pytest.mark.skip(reason=f"no photos and weights in {ASSETS}"))


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real photos and weights; mark the test with `pytest.mark.assets`."""
    return ASSETS


@pytest.fixture(autouse=True)
def own_files_and_cache(settings: Settings, tmp_path: Path) -> None:
    """No test sees another's files or cached entries, or waits for slow password hashes."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.key_prefix = uuid.uuid4().hex


@pytest.fixture(autouse=True)
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted by the minute of the clock falls into one, however long a test takes."""
    monkeypatch.setattr("accounts.throttling.time", SimpleNamespace(time=lambda: 1_000_000_000.0))


@pytest.fixture
def model(db: None) -> ModelVersion:
    """The default model version, `open`."""
    version = ModelVersion.objects.register(PACKS["open"])
    version.make_default()
    return version


@pytest.fixture
def drawing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that sees coloured squares as faces, in place of every pack."""

    def engine_for(pack: str) -> DrawingEngine:
        return DrawingEngine(PACKS[pack].dimensions)

    monkeypatch.setattr("galleries.analysis.engine_for", engine_for)
    monkeypatch.setattr("search.probes.engine_for", engine_for)
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: True)


@pytest.fixture
def drawing_scenes(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> set[str]:
    """Backbones that see colours, in place of the real ones: those that are in the set.

    The wanted one is there; a test adds and removes others, as if weights came and went.
    """
    settings.LIKENESS_SCENES = "efficientnetb0"
    installed = {"efficientnetb0"}

    def has_weights_of(backbone: Backbone) -> bool:
        return backbone.name in installed

    def scene_engine_for(backbone: str) -> DrawingSceneEngine:
        return DrawingSceneEngine(get_backbone(backbone).dimensions)

    monkeypatch.setattr("galleries.scenes.has_weights_of", has_weights_of)
    monkeypatch.setattr("galleries.models.scene.has_weights_of", has_weights_of)
    monkeypatch.setattr("galleries.scenes.scene_engine_for", scene_engine_for)
    return installed


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice", password="alice's password")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", password="bob's password")


@pytest.fixture
def mallory(db: None) -> User:
    return User.objects.create_user("mallory", password="mallory's password")


@pytest.fixture
def gallery(model: ModelVersion, alice: User, bob: User) -> Gallery:
    """Owned by Alice, seen by Bob."""
    gallery = Gallery.create_owned_by(alice, "Summer")
    Membership.objects.create(gallery=gallery, user=bob, role=Role.VIEWER)
    return gallery


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which a user is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def add_drawing(gallery: Gallery, alice: User) -> Callable[..., Photo]:
    """Upload a drawing with one square a colour, each a face of that colour's person."""

    def add(*colours: str, name: str = "drawing.png") -> Photo:
        content = ContentFile(draw(*colours), name)
        photo = uploads.add_photo(gallery, content, alice).photo
        assert photo is not None
        return photo

    return add
