"""Deleted photos by token: brought back by editors, deleted for good by owners."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from galleries import trash
from galleries.models import Deletion, Gallery, Membership, Photo, Role
from tests.phones import NO_DELETION, NO_GALLERY, NO_PHOTO, ONLY_LOOK, ONLY_OWNERS, Phone, phone_of

AddDrawing = Callable[..., Photo]


@pytest.fixture
def bobs(bob: User, gallery: Gallery) -> Phone:
    """Bob's phone, who is an editor here."""
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    return phone_of(bob)


def files_on_disk() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_what_is_deleted_by_the_api_is_nowhere_and_comes_back(
    add_drawing: AddDrawing, phone: Phone, bobs: Phone, gallery: Gallery
) -> None:
    photo = add_drawing("red", name="red.png")
    _, before = phone.ask("get", f"/photos/{photo.pk}")

    status, deletion = phone.ask("delete", f"/photos/{photo.pk}")

    assert status == 200
    assert phone.ask("get", f"/photos/{photo.pk}") == (404, NO_PHOTO)
    assert deletion == {
        "id": Deletion.objects.get().pk,
        "gallery": gallery.pk,
        "user": "alice",
        "photo_count": 1,
        "names": ["red.png"],
        "deleted_at": deletion["deleted_at"],
        "kept_until": deletion["kept_until"],
    }
    assert bobs.ask("get", f"/deletions/{deletion['id']}") == (200, deletion)
    back = f"/deletions/{deletion['id']}/bring-back"
    assert bobs.ask("post", back) == (200, {"photo_count": 1})
    assert bobs.ask("post", back) == (404, NO_DELETION)
    _, after = phone.ask("get", f"/photos/{photo.pk}")
    times = {"analysis": None}
    assert after | times == before | times
    assert after["analysis"]["state"] == "queued"


def test_owners_delete_for_good_and_nobody_else(
    add_drawing: AddDrawing,
    phone: Phone,
    bobs: Phone,
    mallory: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    _, deletion = bobs.ask("delete", f"/photos/{add_drawing('red').pk}")
    address = f"/deletions/{deletion['id']}"
    assert bobs.ask("delete", address) == (403, ONLY_OWNERS)
    assert phone_of(mallory).ask("delete", address) == (404, NO_DELETION)
    assert files_on_disk()

    with django_capture_on_commit_callbacks(execute=True):
        assert phone.ask("delete", address) == (204, None)

    assert not files_on_disk()
    assert phone.ask("delete", address) == (404, NO_DELETION)
    assert phone.ask("post", f"{address}/bring-back") == (404, NO_DELETION)


def test_to_viewers_and_strangers_a_deletion_does_not_exist(
    add_drawing: AddDrawing, gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    deletion = trash.throw_away([add_drawing("red")], alice)
    for user, answer in ((bob, (403, ONLY_LOOK)), (mallory, (404, NO_GALLERY))):
        phone = phone_of(user)
        assert phone.ask("get", f"/galleries/{gallery.pk}/deletions") == answer
        for method, door in (("get", ""), ("delete", ""), ("post", "/bring-back")):
            address = f"/deletions/{deletion.pk}{door}"
            assert phone.ask(method, address) == (404, NO_DELETION)
    assert Deletion.objects.get() == deletion


def test_deletions_are_listed_newest_first_with_the_names_of_some_photos(
    add_drawing: AddDrawing, phone: Phone, gallery: Gallery, alice: User
) -> None:
    old = trash.throw_away([add_drawing("red", name=f"{n}.png") for n in range(5)], alice)
    new = trash.throw_away([add_drawing("blue", name="blue.png")], alice)

    _, page = phone.ask("get", f"/galleries/{gallery.pk}/deletions")

    assert [(row["id"], row["names"], row["photo_count"]) for row in page["results"]] == [
        (new.pk, ["blue.png"], 1),
        (old.pk, ["0.png", "1.png", "2.png"], 5),
    ]


def test_a_list_of_deletions_takes_as_many_queries_for_one_as_for_many_and_is_paged(
    add_drawing: AddDrawing,
    phone: Phone,
    gallery: Gallery,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(4):
        trash.throw_away([add_drawing("red"), add_drawing("red")], alice)
    address = f"/galleries/{gallery.pk}/deletions"
    with django_assert_max_num_queries(5):
        _, page = phone.ask("get", address)
    assert len(page["results"]) == 4
    _, page = phone.ask("get", address, page_size="3")
    assert len(page["results"]) == 3
    assert len(phone.get(page["next"]).json()["results"]) == 1
