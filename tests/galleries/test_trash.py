"""Deleted photos are nowhere, and come back as they were; until somebody forgets them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from galleries import identities, purging, removal, snapshots, tasks, trash, undo, uploads
from galleries.models import (
    Album,
    AlbumGuess,
    AlbumPhoto,
    Analysis,
    DeletedPhoto,
    Deletion,
    Face,
    FaceVector,
    Gallery,
    LineFace,
    Person,
    Photo,
    PhotoLook,
    PhotoVector,
)
from tests.drawings import draw
from tests.faces import analyse_everything, faces_of

AddDrawing = Callable[..., Photo]
Pair = tuple[Person, Person]

#: What hangs on a photo and is made anew from the picture.
MADE_ANEW = {Analysis, FaceVector, PhotoVector, PhotoLook, AlbumGuess, LineFace}


def rows_of(model: type[models.Model]) -> list[dict[str, object]]:
    return list(model._default_manager.order_by("pk").values())


def all_rows() -> dict[str, list[dict[str, object]]]:
    kept: list[type[models.Model]] = [*snapshots.KEPT, Person]
    return {model.__name__: rows_of(model) for model in kept}


def files_on_disk() -> set[Path]:
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.fixture
def ann(red_and_blue: Pair, alice: User) -> Person:
    """Red, named and with a cover; of one face somebody said that it is not she, of one nothing."""
    red, _ = red_and_blue
    identities.name_person(red, "Ann", alice)
    red.refresh_from_db()
    first, second, *_ = faces_of(red)
    identities.set_cover(red, second, alice)
    identities.reject_faces([first], red, alice)
    return Person.objects.get(pk=red.pk)


def test_every_table_that_hangs_on_a_photo_comes_back_or_is_made_anew() -> None:
    hanging = {
        relation.related_model
        for model in (Photo, Face)
        for relation in model._meta.get_fields(include_hidden=True)
        if getattr(relation, "on_delete", None) is models.CASCADE and relation.auto_created
    }
    assert hanging == {*snapshots.KEPT, *MADE_ANEW} - {Photo}


@pytest.mark.usefixtures("ann")
def test_deleting_and_bringing_back_changes_nothing(gallery: Gallery, alice: User) -> None:
    album = Album.objects.create(gallery=gallery, name="Beach")
    for photo in gallery.photos.all():
        AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photo)
    before, files = all_rows(), files_on_disk()

    deletion = trash.throw_away(list(gallery.photos.all()), alice)
    assert not Photo.objects.exists()
    assert not Face.objects.exists()
    assert trash.bring_back(deletion) == 4

    assert all_rows() == before
    assert files_on_disk() == files
    assert not DeletedPhoto.objects.exists()


def test_photos_that_come_back_are_looked_at_and_keep_their_persons(
    ann: Person, gallery: Gallery, alice: User
) -> None:
    before = [face.pk for face in faces_of(ann)]
    deletion = trash.throw_away(list(gallery.photos.all()), alice)
    assert not FaceVector.objects.exists()

    trash.bring_back(deletion)
    analyse_everything()

    assert [face.pk for face in faces_of(ann)] == before
    assert FaceVector.objects.count() == Face.objects.count()


def test_deleted_photos_are_behind_no_door(
    ann: Person, gallery: Gallery, alice: User, alices: Client
) -> None:
    doomed = list(gallery.photos.all())
    faces = [face.pk for face in Face.objects.all()]
    trash.throw_away(doomed, alice)

    for door in ("photo", "thumbnail", "preview", "original", "photo-state"):
        for photo in doomed:
            assert alices.get(reverse(door, args=[photo.pk])).status_code == 404
    for face in faces:
        assert alices.get(reverse("face-crop", args=[face])).status_code == 404
    assert alices.get(f"/api/v1/photos/{doomed[0].pk}").status_code == 404
    assert Person.objects.with_faces().get(pk=ann.pk).face_count == 0


def test_uploading_a_deleted_content_brings_it_back_with_its_names(
    ann: Person, gallery: Gallery, alice: User
) -> None:
    photo = faces_of(ann)[0].photo
    content = (Path(settings.MEDIA_ROOT) / photo.original_name).read_bytes()
    deletion = trash.throw_away(list(gallery.photos.all()), alice)

    upload = uploads.add_photo(gallery, ContentFile(content, "again.png"), alice)

    assert upload.photo == photo
    assert Face.objects.filter(photo=photo, person=ann).exists()
    deletion.refresh_from_db()
    assert deletion.photo_count == 3


def test_who_was_purged_meanwhile_does_not_come_back(
    ann: Person, gallery: Gallery, alice: User
) -> None:
    deletion = trash.throw_away(list(gallery.photos.all()), alice)
    purging.purge_person(ann)

    trash.bring_back(deletion)

    assert Photo.objects.count() == 4
    assert not Person.objects.filter(name="Ann").exists()
    assert not Face.objects.filter(person=None).exclude(assigned_by="").exists()


def test_faces_of_somebody_who_was_deleted_meanwhile_wait_again(
    ann: Person, gallery: Gallery, alice: User
) -> None:
    deletion = trash.throw_away(list(gallery.photos.all()), alice)
    identities.delete_person(ann, alice)

    trash.bring_back(deletion)

    assert not faces_of(ann)


def test_what_was_decided_before_can_be_taken_back_after(
    ann: Person, gallery: Gallery, alice: User
) -> None:
    faces = faces_of(ann)
    ben, _ = identities.open_person_of(faces[:2], alice, "Ben")
    deletion = trash.throw_away([face.photo for face in faces], alice)
    trash.bring_back(deletion)

    undo.undo(ben, alice)

    assert faces_of(ann) == faces


def test_an_album_that_has_gone_meanwhile_is_left_out(
    add_drawing: AddDrawing, gallery: Gallery, alice: User
) -> None:
    photo = add_drawing("red")
    album = Album.objects.create(gallery=gallery, name="Beach")
    AlbumPhoto.objects.create(gallery=gallery, album=album, photo=photo)
    deletion = trash.throw_away([photo], alice)
    album.delete()

    assert trash.bring_back(deletion) == 1

    assert not AlbumPhoto.objects.exists()


def test_bringing_back_twice_brings_back_once(
    add_drawing: AddDrawing, gallery: Gallery, alice: User
) -> None:
    deletion = trash.throw_away([add_drawing("red")], alice)

    assert trash.bring_back(deletion) == 1
    assert trash.bring_back(deletion) == 0


def test_photos_of_another_gallery_are_not_deleted_with_them(
    add_drawing: AddDrawing, alice: User
) -> None:
    photo = add_drawing("red")
    other = Gallery.create_owned_by(alice, "Other")
    foreign = uploads.add_photo(other, ContentFile(draw("red"), "a.png"), alice).photo
    assert foreign is not None

    trash.throw_away([photo, foreign], alice)

    assert list(Photo.objects.all()) == [foreign]


@pytest.mark.usefixtures("ann")
def test_after_its_days_files_and_rows_are_gone_for_good(
    gallery: Gallery,
    alice: User,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.LIKENESS_TRASH_DAYS = 30
    photos = list(gallery.photos.all())
    old, young = trash.throw_away(photos[:1], alice), trash.throw_away(photos[1:], alice)
    Deletion.objects.filter(pk=old.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    kept = {path for path in files_on_disk() if photos[0].sha256 not in str(path)}

    with django_capture_on_commit_callbacks(execute=True):
        tasks.empty_trash()

    assert list(Deletion.objects.all()) == [young]
    assert files_on_disk() == kept


def test_files_of_a_content_that_was_uploaded_by_somebody_meanwhile_stay(
    add_drawing: AddDrawing,
    gallery: Gallery,
    alice: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = add_drawing("red")
    deletion = trash.throw_away([photo], alice)
    trash.bring_back_content(gallery.pk, photo.sha256)

    with django_capture_on_commit_callbacks(execute=True):
        trash.forget(Deletion.objects.filter(pk=deletion.pk))

    assert files_on_disk()


@pytest.mark.usefixtures("drawing_engine")
def test_a_gallery_goes_with_what_was_deleted_from_it(
    add_drawing: AddDrawing,
    gallery: Gallery,
    alice: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    trash.throw_away([add_drawing("red")], alice)

    with django_capture_on_commit_callbacks(execute=True):
        removal.remove_gallery(gallery)

    assert not DeletedPhoto.objects.exists()
    assert not files_on_disk()


@pytest.mark.usefixtures("drawing_engine")
def test_a_worker_that_was_reading_a_photo_writes_nothing_of_it(
    add_drawing: AddDrawing, gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = add_drawing("red")
    from galleries import analysis

    stored = analysis.store

    def delete_first(*arguments: object) -> None:
        trash.throw_away([photo], alice)
        stored(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(analysis, "store", delete_first)
    analyse_everything()

    assert not Face.objects.exists()
    assert not PhotoLook.objects.exists()
