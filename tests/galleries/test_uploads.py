"""Photos come in once, are refused with a reason, and go without a trace."""

import errno
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from galleries import analysis, removal, tasks, uploads
from galleries.models import Album, Analysis, Face, FaceVector, Gallery, Photo
from galleries.uploads import Outcome
from tests.drawings import draw


def files_on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def stored(photo: Photo) -> bytes:
    with default_storage.open(photo.original_name) as file:
        return bytes(file.read())


def test_a_new_photo_is_stored_by_content_and_queued(gallery: Gallery, alice: User) -> None:
    content = draw("red")
    upload = uploads.add_photo(gallery, ContentFile(content, "holiday/IMG 1.png"), alice)

    assert upload.outcome is Outcome.ADDED
    assert upload.photo is not None
    assert upload.photo.name == "IMG 1.png"
    assert stored(upload.photo) == content
    assert upload.photo.analyses.get().state == "queued"


def test_the_same_content_under_another_name_is_known_and_not_queued_again(
    gallery: Gallery, alice: User
) -> None:
    content = draw("red")
    first = uploads.add_photo(gallery, ContentFile(content, "a.png"), alice)
    second = uploads.add_photo(gallery, ContentFile(content, "b.png"), alice)

    assert second.outcome is Outcome.KNOWN
    assert second.photo == first.photo
    assert Analysis.objects.count() == 1


@pytest.mark.usefixtures("drawing_engine")
def test_uploading_again_what_was_lost_from_the_disk_mends_it(
    gallery: Gallery, alice: User
) -> None:
    content = draw("red")
    photo = uploads.add_photo(gallery, ContentFile(content, "a.png"), alice).photo
    assert photo is not None
    default_storage.delete(photo.original_name)
    analysis.work_off(8)
    assert photo.analyses.get().state == "failed"

    uploads.add_photo(gallery, ContentFile(content, "a.png"), alice)

    assert stored(photo) == content
    assert photo.analyses.get().state == "queued"


def test_a_full_disk_is_said_and_leaves_no_photo(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("galleries.storage.os.fsync", refuse)
    upload = uploads.add_photo(gallery, ContentFile(draw("red"), "a.png"), alice)

    assert "disk is full" in upload.sentence
    assert not Photo.objects.exists()
    assert files_on_disk() == []


def test_two_galleries_keep_the_same_content_apart(gallery: Gallery, alice: User) -> None:
    other = Gallery.create_owned_by(alice, "Winter")
    content = draw("red")
    photos = [
        uploads.add_photo(place, ContentFile(content, "a.png"), alice).photo
        for place in (gallery, other)
    ]
    assert photos[0] is not None
    assert photos[1] is not None
    assert photos[0].original.name != photos[1].original.name


def test_a_known_photo_joins_a_second_album(gallery: Gallery, alice: User) -> None:
    content = draw("red")
    albums = [Album.objects.create(gallery=gallery, name=name) for name in ("One", "Two")]
    for album in albums:
        uploads.add_photo(gallery, ContentFile(content, "a.png"), alice, album)
    assert list(Photo.objects.get().albums.all()) == albums


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"Dear diary, this is a text.", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "cannot be"),
        (b"MZ\x90\x00" + b"\x00" * 400, "not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(
    gallery: Gallery, alice: User, content: bytes, words: str
) -> None:
    upload = uploads.add_photo(gallery, ContentFile(content, "photo.jpg"), alice)

    assert upload.outcome is Outcome.REFUSED
    assert words in upload.sentence
    assert not Photo.objects.exists()
    assert files_on_disk() == []


def test_a_file_above_the_limit_is_refused(
    gallery: Gallery, alice: User, settings: Settings
) -> None:
    settings.LIKENESS_MAX_PHOTO_MB = 0
    upload = uploads.add_photo(gallery, ContentFile(draw("red"), "a.png"), alice)
    assert "larger than 0 MB" in upload.sentence


def test_one_bad_file_does_not_stop_the_others(gallery: Gallery, alice: User) -> None:
    contents = [draw("red"), b"no picture", draw("blue")]
    files = [ContentFile(content, f"{place}.png") for place, content in enumerate(contents)]
    outcomes = [upload.outcome for upload in uploads.add_photos(gallery, files, alice)]
    assert outcomes == [Outcome.ADDED, Outcome.REFUSED, Outcome.ADDED]


@pytest.mark.usefixtures("drawing_engine")
def test_a_removed_photo_leaves_no_row_and_no_file(
    add_drawing: Callable[..., Photo],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = add_drawing("red", "blue")
    analysis.work_off(8)
    assert len(files_on_disk()) == 5

    with django_capture_on_commit_callbacks(execute=True):
        removal.remove_photos([photo])

    assert not any(model.objects.exists() for model in (Photo, Face, FaceVector, Analysis))
    assert files_on_disk() == []


def test_a_photo_uploaded_again_while_its_files_wait_for_removal_keeps_them(
    gallery: Gallery,
    alice: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    content = draw("red")
    photo = uploads.add_photo(gallery, ContentFile(content, "a.png"), alice).photo
    assert photo is not None
    with django_capture_on_commit_callbacks(execute=True):
        removal.remove_photos([photo])
        uploads.add_photo(gallery, ContentFile(content, "a.png"), alice)

    assert default_storage.exists(Photo.objects.get().original_name)


def test_an_upload_succeeds_while_the_queue_cannot_be_reached(
    gallery: Gallery,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    nowhere = Celery("nowhere", broker="redis://127.0.0.1:1/0", set_as_current=False)
    nowhere.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(tasks, "drain", nowhere.task(tasks.drain.run))
    started = time.monotonic()
    with pytest.raises(OperationalError):
        tasks.drain.apply_async(retry=False)
    assert time.monotonic() - started < 3  # Celery's own patience is over 6 seconds a photo

    with django_capture_on_commit_callbacks(execute=True):
        upload = uploads.add_photo(gallery, ContentFile(draw("red"), "a.png"), alice)

    assert upload.outcome is Outcome.ADDED
