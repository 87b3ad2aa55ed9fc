"""A deleted gallery is gone for everybody at once, and in the end without a trace."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from galleries import derivatives, identities, removal, tasks, trash, uploads
from galleries.models import Gallery, Membership, Person, Photo, Role
from search.models import SearchRecord
from tests.drawings import draw
from tests.galleries.classifiers import add_person, use
from tests.pages import text_of
from tests.phones import NO_GALLERY, ONLY_OWNERS, Phone, phone_of

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
Commit = DjangoCaptureOnCommitCallbacks


def paths_on_disk() -> list[Path]:
    return list(Path(settings.MEDIA_ROOT).rglob("*"))


def rows_of(gallery_id: int) -> dict[str, int]:
    """How many rows of each table are of a gallery, where there are any."""
    inside = [
        model
        for model in apps.get_models()
        if any(field.name == "gallery" for field in model._meta.concrete_fields)
    ]
    assert SearchRecord in inside
    counts = {
        model.__name__: model._default_manager.filter(gallery=gallery_id).count()
        for model in inside
    }
    return {name: count for name, count in counts.items() if count}


@pytest.fixture
def full(
    red_and_blue: tuple[Person, Person], add_drawing: AddDrawing, gallery: Gallery, alice: User
) -> Gallery:
    """With persons, decisions, an album, deleted photos, searches, and a classifier in use."""
    red, blue = red_and_blue
    identities.name_person(red, "Ann", alice)
    identities.tell_apart(red, blue, alice)
    for name in ("Ben", "Cleo"):
        add_person(gallery, name, faces=3)
    use(gallery, alice)
    gallery.albums.create(name="Trip").photos.add(
        *gallery.photos.all()[:2], through_defaults={"gallery": gallery}
    )
    trash.throw_away([add_drawing("green")], alice)
    SearchRecord.objects.create(gallery=gallery, user=alice, kind="picture", hits=1)
    return gallery


def remove_in_the_background(commit: Commit) -> None:
    with commit(execute=True):
        tasks.remove_galleries()


def test_a_gallery_is_deleted_by_its_owner_and_leaves_nothing(
    full: Gallery,
    alices: Client,
    bob: User,
    signed_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    rung: list[bool] = []
    monkeypatch.setattr(tasks, "ring_for_removals", lambda: rung.append(True))
    photo = full.photos.latest("pk")
    with django_capture_on_commit_callbacks(execute=True):
        page = alices.post(
            reverse("gallery-remove", args=[full.pk]), {"name": " Summer "}, follow=True
        )

    assert "The gallery “Summer” is deleted." in text_of(page)
    assert rung == [True]
    for client in (alices, signed_in(bob)):
        assert "Summer" not in text_of(client.get(reverse("galleries")))
        for door, pk in (("gallery", full.pk), ("photo", photo.pk), ("original", photo.pk)):
            assert client.get(reverse(door, args=[pk])).status_code == 404

    remove_in_the_background(django_capture_on_commit_callbacks)

    assert not Gallery.objects.exists()
    assert rows_of(full.pk) == {}
    assert paths_on_disk() == []


def test_nothing_else_goes_with_it(
    full: Gallery, mallory: User, django_capture_on_commit_callbacks: Commit, alice: User
) -> None:
    other = Gallery.create_owned_by(mallory, "Other")
    photo = uploads.add_photo(other, ContentFile(draw("red"), "a.png"), mallory).photo
    assert photo is not None
    before = rows_of(other.pk)

    removal.ask(full, alice)
    remove_in_the_background(django_capture_on_commit_callbacks)

    assert rows_of(other.pk) == before
    assert default_storage.exists(photo.original_name)


def test_a_large_gallery_goes_in_steps_and_any_worker_goes_on(
    full: Gallery,
    alice: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    monkeypatch.setattr(removal, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(tasks, "DRAIN_SECONDS", 0)
    rung: list[bool] = []
    monkeypatch.setattr(tasks, "ring_for_removals", lambda: rung.append(True))
    removal.ask(full, alice)
    count = full.photos.count()

    remove_in_the_background(django_capture_on_commit_callbacks)
    assert full.photos.count() == count - 2
    assert rung == [True]
    for _ in range(100):
        tasks.ring()
        remove_in_the_background(django_capture_on_commit_callbacks)

    assert not Gallery.objects.exists()
    assert rows_of(full.pk) == {}
    assert paths_on_disk() == []


def test_a_step_takes_no_more_queries_for_many_photos(
    gallery: Gallery,
    add_drawing: AddDrawing,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(12):
        add_drawing("red", "blue")
    removal.ask(gallery, alice)
    with django_assert_max_num_queries(30):
        assert removal.work_off()
    assert not Photo.objects.exists()


def test_files_that_a_killed_worker_left_go_with_the_gallery(
    gallery: Gallery, add_drawing: AddDrawing, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_drawing("red")
    monkeypatch.setattr(derivatives, "remove_files", lambda photos: None)
    removal.ask(gallery, alice)
    while removal.work_off():
        pass
    assert paths_on_disk() == []


def test_the_name_has_to_be_typed(gallery: Gallery, alices: Client, phone: Phone) -> None:
    settings_page = reverse("gallery-settings", args=[gallery.pk])
    for typed in ({}, {"name": "summer"}, {"name": "Winter"}):
        page = alices.post(reverse("gallery-remove", args=[gallery.pk]), typed, follow=True)
        assert page.redirect_chain == [(settings_page, 302)]
        assert "This is not the name of the gallery." in text_of(page)
        status, answer = phone.ask("delete", f"/galleries/{gallery.pk}", **typed)
        assert (status, *answer) == (400, "detail", "name")
    assert not Gallery.objects.removed().exists()


def test_only_owners_delete_a_gallery(
    gallery: Gallery, bob: User, mallory: User, signed_in: SignIn
) -> None:
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    settings_page = signed_in(bob).get(reverse("gallery-settings", args=[gallery.pk])).text
    assert "Delete the gallery" not in settings_page
    for user, answer in ((bob, (403, ONLY_OWNERS)), (mallory, (404, NO_GALLERY))):
        door = reverse("gallery-remove", args=[gallery.pk])
        assert signed_in(user).post(door, {"name": "Summer"}).status_code == 404
        assert phone_of(user).ask("delete", f"/galleries/{gallery.pk}", name="Summer") == answer
    assert not Gallery.objects.removed().exists()


def test_a_gallery_is_deleted_by_the_api(
    gallery: Gallery, phone: Phone, django_capture_on_commit_callbacks: Commit
) -> None:
    assert phone.ask("delete", f"/galleries/{gallery.pk}", name="Summer") == (202, None)
    assert phone.ask("get", f"/galleries/{gallery.pk}") == (404, NO_GALLERY)
    remove_in_the_background(django_capture_on_commit_callbacks)
    assert not Gallery.objects.exists()


def test_the_page_says_what_goes_with_it(
    gallery: Gallery, add_drawing: AddDrawing, alices: Client
) -> None:
    add_drawing("red")
    page = alices.get(reverse("gallery-settings", args=[gallery.pk]))
    assert "1 photo with its file" in text_of(page)
    assert 'placeholder="Summer"' in page.text
