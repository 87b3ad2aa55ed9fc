"""`./run doctor` on the servers of the tests."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from config import doctor
from galleries.models import Gallery, ModelVersion
from tests import processes

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
    installed = "galleries.models.model_version.is_installed"
    monkeypatch.setattr(installed, lambda pack: True)
    assert doctor.look_at_models().is_well
    monkeypatch.setattr(installed, lambda pack: pack.name != "open")
    Gallery.create_owned_by(alice, "Summer")
    finding = doctor.look_at_models()
    assert not finding.is_well
    assert "./run models install open" in finding.text


def test_a_missing_backbone_is_named_with_its_remedy_and_is_no_illness(
    db: None, drawing_scenes: set[str]
) -> None:
    drawing_scenes.clear()
    finding = doctor.look_at_scenes()
    assert finding.is_well
    assert "./run models install efficientnetb0" in finding.text


def test_a_disk_without_room_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.look_at_disk().is_well
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**60)
    assert not doctor.look_at_disk().is_well


@pytest.mark.parametrize("command", [("manage.py", "check"), ("-m", "config.doctor")])
def test_a_missing_secret_is_said_in_a_sentence_and_not_as_a_traceback(
    command: tuple[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=Path(__file__).resolve().parents[2],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LIKENESS_DATA": str(tmp_path),
            "LIKENESS_HTTPS": "true",
            "SECRET_KEY": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "SECRET_KEY is not set" in said
    assert "Traceback" not in said


def test_a_database_that_is_not_prepared_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()
    known = processes.environment()
    done = subprocess.run(
        [sys.executable, "manage.py", "import_photos", str(tmp_path), "--gallery", "Summer"],
        cwd=processes.ROOT,
        # the one that every server has, empty
        env={
            **known,
            "DATABASE_URL": re.sub(r"/[^/?]+(?=\?|$)", "/postgres", known["DATABASE_URL"]),
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "start it once with ./run" in done.stderr
    assert "Traceback" not in done.stderr
