"""`./run doctor` on the servers of the tests."""

import pytest
from pytest_django import Settings

from accounts.models import User
from config import doctor
from galleries.models import Gallery, ModelVersion

pytestmark = pytest.mark.django_db


def test_a_migrated_database_and_a_running_queue_are_well() -> None:
    database, queue = doctor.look_at_database(), doctor.look_at_queue()
    assert (database.is_well, queue.is_well) == (True, True)
    assert database.text.startswith("PostgreSQL 18")


def test_a_dead_queue_is_ill(settings: Settings) -> None:
    settings.REDIS_URL = "unix:///nowhere/redis.sock"
    assert not doctor.look_at_queue().is_well


def test_a_gallery_whose_model_is_gone_is_ill_and_the_remedy_is_named(
    model: ModelVersion, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galleries.engine.is_installed", lambda pack: pack.name != "open")
    assert doctor.look_at_models().is_well
    Gallery.create_owned_by(alice, "Summer")
    finding = doctor.look_at_models()
    assert not finding.is_well
    assert "./run models install open" in finding.text


def test_a_disk_without_room_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.look_at_disk().is_well
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**60)
    assert not doctor.look_at_disk().is_well
