"""Photos that are deleted in the admin can be brought back, as on the pages."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import trash
from galleries.admin import base
from galleries.models import Deletion, Gallery, Photo
from tests.galleries.moderation import act, changelist, rows_of

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]


@pytest.fixture
def photos(add_drawing: AddDrawing) -> list[Photo]:
    return [add_drawing("red", name=f"{number}.png") for number in range(3)]


def test_a_photo_that_is_deleted_on_its_page_can_be_brought_back(
    photos: list[Photo], moderators: Client
) -> None:
    address = reverse("admin:galleries_photo_delete", args=[photos[0].pk])
    said = moderators.post(address, {"post": "yes"}, follow=True).text
    assert "They can be brought back until" in said
    assert Photo.objects.count() == 2

    page = act(moderators, "deletion", "bring_back", rows_of("deletion"))

    assert "Brought back: 1 photo." in page
    assert Photo.objects.filter(pk=photos[0].pk).exists()
    assert not Deletion.objects.exists()


def test_photos_of_several_galleries_that_are_deleted_in_the_list_can_be_brought_back(
    photos: list[Photo], moderator: User, moderators: Client
) -> None:
    other = Gallery.create_owned_by(moderator, "Other")
    Photo.objects.create(gallery=other, sha256="0" * 64, name="other.png", byte_size=1)

    act(moderators, "photo", "delete_selected", rows_of("photo"), post="yes")

    assert not Photo.objects.exists()
    deleted = Deletion.objects.order_by("photo_count").values_list("gallery", "photo_count")
    assert list(deleted) == [(other.pk, 1), (photos[0].gallery_id, 3)]


def test_more_photos_than_one_action_takes_are_not_deleted(
    photos: list[Photo], moderators: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "MAX_ROWS", 2)
    page = act(moderators, "photo", "delete_selected", rows_of("photo"), post="yes")
    assert base.TOO_MANY_ROWS in page
    assert Photo.objects.count() == 3


def test_deletions_are_listed_with_names_in_a_bounded_number_of_queries(
    photos: list[Photo],
    moderators: Client,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for photo in photos:
        trash.throw_away([photo], alice)
    with django_assert_max_num_queries(10):
        page = moderators.get(changelist("deletion"))
    assert page.context["cl"].result_count == 3
    assert "1.png" in page.text
    deletion = Deletion.objects.latest("pk")
    assert moderators.get(reverse("admin:galleries_deletion_add")).status_code == 403
    own = moderators.get(reverse("admin:galleries_deletion_change", args=[deletion.pk]))
    assert "2.png" in own.text


def test_to_viewers_and_outsiders_deletions_do_not_exist(
    photos: list[Photo], viewer: User, alice: User, signed_in: SignIn
) -> None:
    deletion = trash.throw_away(photos, alice)
    outsider = User.objects.create_superuser("outsider", password="outsider's password")
    for user in (viewer, outsider):
        client = signed_in(user)
        assert client.get(changelist("deletion")).context["cl"].result_count == 0
        act(client, "deletion", "bring_back", [deletion])
    assert Deletion.objects.get() == deletion
