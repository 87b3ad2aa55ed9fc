"""Two at once: uploads, deletions and workers must not meet in a way that loses anything."""

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import analysis, derivatives, faces, ledger, removal, trash, upgrades, uploads
from galleries.models import Deletion, Face, Gallery, ModelVersion, Photo
from galleries.models.photo import PhotoQuerySet
from galleries.uploads import Outcome
from tests.drawings import draw
from tests.phones import phone_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("drawing_engine"),
]

AddDrawing = Callable[..., Photo]


class Beside:
    """A function at work in a thread, with a database connection of its own."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=[work])
        self._thread.start()

    def _run(self, work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again in `finish`
            self._error = error
        finally:
            connection.close()

    def finish(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        if self._error:
            raise self._error


def files_on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_photos_can_be_deleted_while_a_worker_opens_a_person_with_their_faces(
    add_drawing: AddDrawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [add_drawing("red"), add_drawing("red")]
    while analysis.work_off(8):
        pass
    fresh = add_drawing("red")
    is_storing, is_deleting = threading.Event(), threading.Event()
    replace, delete = faces.replace, PhotoQuerySet.delete

    def replace_slowly(*args: object) -> list[Face]:
        rows = replace(*args)  # type: ignore[arg-type]
        is_storing.set()
        is_deleting.wait(1)  # in vain where the deletion waits for us
        return rows

    def delete_and_tell(photos: PhotoQuerySet) -> object:
        result = delete(photos)
        is_deleting.set()
        return result

    monkeypatch.setattr("galleries.analysis.faces.replace", replace_slowly)
    monkeypatch.setattr(PhotoQuerySet, "delete", delete_and_tell)
    worker = Beside(lambda: analysis.work_off(8))
    assert is_storing.wait(10)
    removal.remove_photos([*known, fresh])
    worker.finish()

    assert not Face.objects.exists()
    assert files_on_disk() == []


def test_an_upload_into_a_gallery_deleted_meanwhile_is_refused_and_leaves_no_file(
    gallery: Gallery, alice: User
) -> None:
    removal.remove_gallery(Gallery.objects.get(pk=gallery.pk))

    upload = uploads.add_photo(gallery, ContentFile(draw("red"), "a.png"), alice)

    assert upload.outcome is Outcome.REFUSED
    assert "deleted at this moment" in upload.sentence
    assert files_on_disk() == []


def test_a_photo_uploaded_again_while_it_is_deleted_keeps_its_file(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = draw("red")
    photo = uploads.add_photo(gallery, ContentFile(content, "a.png"), alice).photo
    assert photo is not None
    removing, has_stored = threading.Event(), threading.Event()
    delete_orphans, enqueue = derivatives.delete_orphans, analysis.enqueue

    def delete_orphans_later(doomed: Photo) -> None:
        removing.set()
        has_stored.wait(10)
        delete_orphans(doomed)

    def enqueue_slowly(*args: object) -> None:
        has_stored.set()
        time.sleep(1)  # the row is not committed, and a removal must not take that for absence
        enqueue(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(derivatives, "delete_orphans", delete_orphans_later)
    monkeypatch.setattr(analysis, "enqueue", enqueue_slowly)
    deletion = Beside(lambda: removal.remove_photos([photo]))
    assert removing.wait(10)
    upload = uploads.add_photo(gallery, ContentFile(content, "a.png"), alice)
    deletion.finish()

    assert upload.outcome is Outcome.ADDED
    assert default_storage.exists(Photo.objects.get().original_name)


def test_a_file_that_cannot_be_removed_does_not_keep_those_of_other_photos(
    add_drawing: AddDrawing,
) -> None:
    stuck, other = add_drawing("red"), add_drawing("blue")
    obstacle = Path(default_storage.path(stuck.folder)) / "folder"
    obstacle.mkdir()

    removal.remove_photos([stuck, other])

    assert not Photo.objects.exists()
    assert files_on_disk() == []


def test_two_starts_prepare_the_database_one_after_the_other(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = threading.Semaphore(1)
    was_alone = []

    def look_slowly() -> list[ModelVersion]:
        was_alone.append(inside.acquire(blocking=False))
        time.sleep(0.5)
        if was_alone[-1]:
            inside.release()
        return []

    monkeypatch.setattr(upgrades, "outdated", look_slowly)
    prepare = "galleries.management.commands.prepare"
    monkeypatch.setattr(f"{prepare}.is_installed", lambda pack: True)
    monkeypatch.setattr(f"{prepare}.engine_for", lambda pack: None)
    starts = [Beside(lambda: call_command("prepare", stdout=io.StringIO())) for _ in range(2)]
    for start in starts:
        start.finish()
    assert was_alone == [True, True]


def test_photos_brought_back_while_one_of_them_is_uploaded_come_back_once(
    gallery: Gallery, alice: User
) -> None:
    contents = [draw("red"), draw("blue")]
    for _ in range(5):
        upload = [
            uploads.add_photo(gallery, ContentFile(each, "a.png"), alice) for each in contents
        ]
        photos = [one.photo for one in upload if one.photo]
        deletion = trash.throw_away(photos, alice)
        gate = threading.Barrier(2)

        def upload_again(gate: threading.Barrier = gate) -> None:
            gate.wait(5)
            uploads.add_photo(gallery, ContentFile(contents[1], "a.png"), alice)

        uploader = Beside(upload_again)
        gate.wait(5)
        trash.bring_back(deletion)
        uploader.finish()

        assert set(Photo.objects.all()) == set(photos)
        assert not Deletion.objects.exists()


def test_photos_that_two_bring_back_come_back_once(add_drawing: AddDrawing, alice: User) -> None:
    photo = add_drawing("red")
    deletion = trash.throw_away([photo], alice)
    counts: list[int] = []

    others = [Beside(lambda: counts.append(trash.bring_back(deletion))) for _ in range(2)]
    for other in others:
        other.finish()

    assert sorted(counts) == [0, 1]
    assert list(Photo.objects.all()) == [photo]


def test_a_photo_that_is_deleted_by_two_clicks_is_one_deletion(
    gallery: Gallery, add_drawing: AddDrawing, alice: User
) -> None:
    photo = add_drawing("red")
    browser, phone = Client(), phone_of(alice)
    browser.force_login(alice)
    said: list[int] = []

    def click() -> None:
        said.append(browser.post(reverse("photo-delete", args=[photo.pk])).status_code)

    def tap() -> None:
        said.append(phone.ask("delete", f"/photos/{photo.pk}")[0])

    with transaction.atomic():
        ledger.lock_gallery(gallery.pk)
        others = [Beside(click), Beside(tap)]
        time.sleep(1)  # both have found the photo, and wait
    for other in others:
        other.finish()

    assert sorted(said) in ([200, 302], [302, 404])
    assert Deletion.objects.get().photo_count == 1
