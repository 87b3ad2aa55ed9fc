"""A real Celery worker on real photos: done, done once, and done after a kill."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from accounts.models import User
from galleries.models import Analysis, Face, FaceVector, Gallery, ModelVersion, Photo
from search import probes
from search.asking import Asked, answer
from search.scope import Scope
from tests import processes

pytestmark = [
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]


@pytest.fixture(autouse=True)
def own_queue(settings: Settings, request: pytest.FixtureRequest) -> Iterator[None]:
    """Messages of other tests must not ring at this test's worker."""
    from config import celery_app

    queue = f"test-{request.node.name}"
    settings.CELERY_TASK_DEFAULT_QUEUE = queue
    before = celery_app.conf.task_default_queue
    celery_app.conf.task_default_queue = queue
    celery_app.amqp.flush_routes()
    yield
    celery_app.conf.task_default_queue = before


def wait_until(condition: Callable[[], bool], timeout_seconds: float) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def import_folder(folder: Path) -> None:
    call_command("import_photos", str(folder), gallery="Import", user="alice")


def finished() -> int:
    return Analysis.objects.filter(state="done").count()


def test_a_killed_worker_costs_no_photo_and_doubles_no_face(
    model: ModelVersion, alice: User, assets: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.LIKENESS_LEASE_SECONDS = 3
    folder = tmp_path / "photos"
    folder.mkdir()
    for path in sorted((assets / "faces" / "lfw_dev").rglob("*.jpg"))[:200]:
        shutil.copy(path, folder / path.name)
    import_folder(folder)

    with processes.running(*processes.worker_command()) as victim:
        wait_until(lambda: finished() >= 10, 90)
        processes.kill_tree(victim)
    assert finished() < 200, "the worker was killed too late for this test to mean anything"

    time.sleep(3)
    with processes.running(*processes.worker_command()):
        from galleries import tasks

        tasks.ring()
        wait_until(lambda: not Analysis.objects.unfinished().exists(), 180)

    assert finished() == 200
    faces = list(Face.objects.select_related("photo"))
    assert len(faces) == FaceVector.objects.count() >= 200
    by_photo: dict[int, list[Face]] = {}
    for face in faces:
        by_photo.setdefault(face.photo_id, []).append(face)
    for siblings in by_photo.values():
        for place, face in enumerate(siblings):
            assert all(face.box.overlap(other.box) < 0.5 for other in siblings[place + 1 :])


def test_the_photos_of_a_person_are_found_by_another_photo_of_that_person(
    model: ModelVersion, alice: User, mallory: User, assets: Path, tmp_path: Path
) -> None:
    people = assets / "faces" / "lfw_dev"
    folder = tmp_path / "photos"
    folder.mkdir()
    wanted = sorted((people / "Alejandro_Toledo").glob("*.jpg"))
    others = [next(person.glob("*.jpg")) for person in sorted(people.iterdir())[:40]]
    for path in [*wanted[1:], *others]:
        shutil.copy(path, folder / path.name)
    import_folder(folder)
    with processes.running(*processes.worker_command()):
        wait_until(lambda: not Analysis.objects.unfinished().exists(), 120)

    probe = probes.look_at(wanted[0].read_bytes(), alice)
    page = answer(Asked(Scope(alice), probe.faces)).page
    found = {match.face.photo.name for match in page.matches}

    expected = {path.name for path in [*wanted[1:], *others] if "Alejandro_Toledo" in path.name}
    assert found == expected
    Gallery.create_owned_by(mallory, "Mallory's")
    assert answer(Asked(Scope(mallory), probe.faces)).page.total == 0


def test_every_awkward_file_gets_a_clear_state_and_the_good_ones_are_done(
    model: ModelVersion, alice: User, assets: Path
) -> None:
    import_folder(assets / "awkward")
    with processes.running(*processes.worker_command()):
        wait_until(lambda: not Analysis.objects.unfinished().exists(), 300)

    assert Photo.objects.count() == Analysis.objects.count() > 100
    for row in Analysis.objects.quarantined():
        assert row.get_reason_display().endswith(".")
        assert " " in row.get_reason_display()
    assert finished() > 50
