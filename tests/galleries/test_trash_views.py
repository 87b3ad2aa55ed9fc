"""One photo of many that were deleted together: brought back, or deleted for good by owners."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from galleries import trash
from galleries.models import DeletedPhoto, Deletion, Gallery, Membership, Photo, Role
from tests.pages import text_of
from tests.phones import ONLY_OWNERS, Phone, phone_of

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
NO_DELETED_PHOTO = {"detail": "There is no such deleted photo, or you may not change its gallery."}


@pytest.fixture
def deletion(add_drawing: AddDrawing, alice: User) -> Deletion:
    """Of three photos."""
    return trash.throw_away([add_drawing("red", name=f"{name}.png") for name in "abc"], alice)


def deleted(name: str) -> DeletedPhoto:
    return DeletedPhoto.objects.get(name=name)


def digests_on_disk() -> set[str]:
    return {path.parent.name for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


def test_one_is_brought_back_and_the_others_stay_deleted(
    deletion: Deletion, alices: Client, gallery: Gallery
) -> None:
    own = reverse("deletion", args=[deletion.pk])
    assert own in alices.get(reverse("trash", args=[gallery.pk])).text
    assert "3 deleted photos" in text_of(alices.get(own))

    back = reverse("bring-back-one", args=[deleted("b.png").pk])
    page = alices.post(back, follow=True)

    assert page.redirect_chain == [(own, 302)]
    assert "1 photo brought back." in text_of(page)
    assert "2 deleted photos" in text_of(page)
    assert [photo.name for photo in Photo.objects.all()] == ["b.png"]
    assert trash.bring_back(deletion) == 2


def test_one_is_deleted_for_good_with_its_files_and_the_others_can_come_back(
    deletion: Deletion,
    alices: Client,
    gallery: Gallery,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    doomed = deleted("b.png")
    assert doomed.sha256 in digests_on_disk()
    with django_capture_on_commit_callbacks(execute=True):
        page = alices.post(reverse("deleted-photo-forget", args=[doomed.pk]), follow=True)

    assert "“b.png” is deleted for good." in text_of(page)
    assert doomed.sha256 not in digests_on_disk()
    assert len(digests_on_disk()) == 2
    assert trash.bring_back(deletion) == 2
    assert sorted(photo.name for photo in Photo.objects.all()) == ["a.png", "c.png"]


def test_a_deletion_goes_with_its_last_photo(
    deletion: Deletion, alices: Client, gallery: Gallery
) -> None:
    for name in ("a.png", "b.png"):
        alices.post(reverse("deleted-photo-forget", args=[deleted(name).pk]))
    page = alices.post(reverse("bring-back-one", args=[deleted("c.png").pk]), follow=True)
    assert page.redirect_chain == [(reverse("trash", args=[gallery.pk]), 302)]
    assert not Deletion.objects.exists()


def test_the_page_is_paged_and_takes_a_bounded_number_of_queries(
    add_drawing: AddDrawing,
    alice: User,
    alices: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr("galleries.views.lookup.ROWS_PER_PAGE", 4)
    many = trash.throw_away([add_drawing("red") for _ in range(6)], alice)
    with django_assert_max_num_queries(8):
        page = alices.get(reverse("deletion", args=[many.pk]))
    assert "Page 1 of 2" in text_of(page)
    assert "thumbnail" not in page.text


def test_viewers_and_strangers_see_and_change_nothing_and_editors_delete_nothing_for_good(
    deletion: Deletion, bob: User, mallory: User, signed_in: SignIn
) -> None:
    one = deleted("a.png")
    doors = ("bring-back-one", "deleted-photo-forget")
    for user in (bob, mallory):
        assert signed_in(user).get(reverse("deletion", args=[deletion.pk])).status_code == 404
        for door in doors:
            assert signed_in(user).post(reverse(door, args=[one.pk])).status_code == 404
        phone, own = phone_of(user), f"/deleted-photos/{one.pk}"
        assert phone.ask("get", f"/deletions/{deletion.pk}/photos")[0] == 404
        assert phone.ask("post", f"{own}/bring-back") == (404, NO_DELETED_PHOTO)
        assert phone.ask("delete", own) == (404, NO_DELETED_PHOTO)
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    page = signed_in(bob).get(reverse("deletion", args=[deletion.pk]))
    assert "Delete for good" not in page.text
    forget = reverse("deleted-photo-forget", args=[one.pk])
    assert signed_in(bob).post(forget).status_code == 404
    assert phone_of(bob).ask("delete", f"/deleted-photos/{one.pk}") == (403, ONLY_OWNERS)
    assert DeletedPhoto.objects.count() == 3


def test_the_api_does_the_same(
    deletion: Deletion, phone: Phone, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        _, page = phone.ask("get", f"/deletions/{deletion.pk}/photos")
    assert [row["name"] for row in page["results"]] == ["a.png", "b.png", "c.png"]
    assert set(page["results"][0]) == {"id", "deletion", "name", "sha256"}
    first, second, _ = (f"/deleted-photos/{row['id']}" for row in page["results"])
    assert phone.ask("post", f"{first}/bring-back") == (200, {"photo_count": 1})
    assert phone.ask("delete", second) == (204, None)
    assert phone.ask("post", f"{second}/bring-back") == (404, NO_DELETED_PHOTO)
    assert phone.ask("get", f"/deletions/{deletion.pk}")[1]["photo_count"] == 1
