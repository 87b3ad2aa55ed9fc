"""Galleries, albums and uploads by token: as Alice (owner), Bob (viewer) and Mallory (nobody)."""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries.models import Album, Gallery, Membership, Photo, Role
from tests.drawings import draw
from tests.phones import NO_GALLERY, ONLY_LOOK, Phone, phone_of


def file(content: bytes, name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def upload(phone: Phone, gallery: Gallery, content: bytes, **parts: Any) -> tuple[int, Any]:
    return phone.send(f"/galleries/{gallery.pk}/photos", file=file(content), **parts)


def test_members_list_the_gallery_with_their_own_role(
    gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    def roles(user: User) -> list[tuple[str, str]]:
        _, answer = phone_of(user).ask("get", "/galleries")
        return [(row["name"], row["role"]) for row in answer["results"]]

    assert roles(alice) == [("Summer", "owner")]
    assert roles(bob) == [("Summer", "viewer")]
    assert roles(mallory) == []


def test_being_an_administrator_opens_no_gallery(gallery: Gallery, mallory: User) -> None:
    User.objects.filter(pk=mallory.pk).update(is_superuser=True, is_staff=True)
    assert phone_of(mallory).ask("get", f"/galleries/{gallery.pk}") == (404, NO_GALLERY)


def test_galleries_come_page_by_page_in_the_order_of_their_names(
    gallery: Gallery, alice: User
) -> None:
    for name in ("Winter", "Autumn", "Summer", "Summer"):
        Gallery.create_owned_by(alice, name)
    phone = phone_of(alice)
    _, page = phone.ask("get", "/galleries", page_size="2")
    names = [row["name"] for row in page["results"]]
    while page["next"]:
        page = phone.get(page["next"]).json()
        names += [row["name"] for row in page["results"]]
    assert names == ["Autumn", "Summer", "Summer", "Summer", "Winter"]


def test_no_page_is_larger_than_200(gallery: Gallery, alice: User) -> None:
    Gallery.objects.bulk_create(Gallery(name="g", model=gallery.model) for _ in range(200))
    Membership.objects.bulk_create(
        Membership(gallery=row, user=alice) for row in Gallery.objects.exclude(pk=gallery.pk)
    )
    _, page = phone_of(alice).ask("get", "/galleries", page_size="100000")
    assert len(page["results"]) == 200
    assert page["next"]


def test_whoever_creates_a_gallery_owns_it_whatever_the_body_says(
    gallery: Gallery, alice: User, mallory: User
) -> None:
    status, answer = phone_of(mallory).ask(
        "post", "/galleries", name="Mine", owner=alice.pk, user=alice.pk, role="viewer"
    )
    assert status == 201
    assert (answer["name"], answer["role"], answer["photo_count"]) == ("Mine", "owner", 0)
    assert list(Membership.objects.filter(gallery=answer["id"]).values_list("user", "role")) == [
        (mallory.pk, "owner")
    ]


def test_only_owners_rename_a_gallery(
    gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    address = f"/galleries/{gallery.pk}"
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    status, answer = phone_of(bob).ask("patch", address, name="Bob's")
    assert (status, answer) == (403, {"detail": "Only an owner of this gallery may do that."})
    assert phone_of(mallory).ask("patch", address, name="Mine") == (404, NO_GALLERY)

    status, answer = phone_of(alice).ask("patch", address, name="Sommer")

    assert (status, answer["name"]) == (200, "Sommer")


def test_a_gallery_needs_a_name(gallery: Gallery, alice: User) -> None:
    status, answer = phone_of(alice).ask("post", "/galleries", name=" ")
    assert status == 400
    assert answer["name"] == ["This field may not be blank."]
    assert answer["detail"] == "name: This field may not be blank."


def test_an_album_is_made_once_however_often_it_is_asked_for(
    gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    address = f"/galleries/{gallery.pk}/albums"
    status, album = phone_of(alice).ask("post", address, name="Beach")
    assert (status, album["gallery"], album["photo_count"]) == (201, gallery.pk, 0)
    assert phone_of(alice).ask("post", address, name="Beach") == (200, album)
    assert phone_of(bob).ask("post", address, name="Bob's") == (403, ONLY_LOOK)
    assert phone_of(mallory).ask("post", address, name="Mine") == (404, NO_GALLERY)

    _, listed = phone_of(bob).ask("get", address)

    assert listed["results"] == [album]
    assert phone_of(mallory).ask("get", address) == (404, NO_GALLERY)


def test_an_uploaded_photo_is_added_once_and_known_after(gallery: Gallery, alice: User) -> None:
    phone, content = phone_of(alice), draw("red")
    digest = hashlib.sha256(content).hexdigest()

    status, photo = upload(phone, gallery, content, sha256=digest.upper())

    assert status == 201, photo
    assert (photo["sha256"], photo["uploaded_by"]) == (digest, "alice")
    assert (photo["analysis"]["state"], photo["thumbnail"]) == ("queued", None)
    assert upload(phone, gallery, content) == (200, photo)


def test_an_upload_can_go_into_an_album_of_the_gallery_only(gallery: Gallery, alice: User) -> None:
    album = Album.objects.create(gallery=gallery, name="Beach")
    other = Gallery.create_owned_by(alice, "Other")
    foreign = Album.objects.create(gallery=other, name="Foreign")
    phone, content = phone_of(alice), draw("red")

    status, answer = upload(phone, gallery, content, album=foreign.pk)
    assert status == 400
    assert answer["album"] == ["This gallery has no such album."]
    assert not Photo.objects.exists()

    status, photo = upload(phone, gallery, content, album=album.pk)
    assert (status, photo["albums"]) == (201, [album.pk])


def test_a_file_that_changed_on_its_way_is_refused(gallery: Gallery, alice: User) -> None:
    status, answer = upload(phone_of(alice), gallery, draw("red"), sha256="0" * 64)
    assert status == 400
    assert answer["sha256"] == ["The file that arrived has another SHA-256. Send it again."]
    assert not Photo.objects.exists()


def test_what_is_no_picture_is_refused_with_a_sentence(gallery: Gallery, alice: User) -> None:
    status, answer = upload(phone_of(alice), gallery, b"hello" * 100)
    assert status == 400
    assert answer["detail"].startswith("This file is not a picture")
    assert upload(phone_of(alice), gallery, b"")[1]["detail"].startswith("This file is empty")


def test_an_upload_without_a_file_is_refused(gallery: Gallery, alice: User) -> None:
    status, answer = phone_of(alice).send(f"/galleries/{gallery.pk}/photos", album="1")
    assert (status, answer["file"]) == (400, ["No file was submitted."])


def test_only_editors_upload_and_the_uploader_is_who_asks(
    gallery: Gallery, alice: User, bob: User, mallory: User
) -> None:
    content = draw("red")
    assert upload(phone_of(bob), gallery, content) == (403, ONLY_LOOK)
    assert upload(phone_of(mallory), gallery, content) == (404, NO_GALLERY)
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)

    status, photo = upload(phone_of(bob), gallery, content, uploaded_by=alice.pk)

    assert (status, photo["uploaded_by"]) == (201, "bob")


def test_a_client_learns_which_files_it_need_not_send(
    gallery: Gallery, add_drawing: Callable[..., Photo], bob: User, mallory: User
) -> None:
    photo, address = add_drawing("red"), f"/galleries/{gallery.pk}/photos/check"
    asked = ["f" * 64, photo.sha256.upper(), "f" * 64]

    status, answer = phone_of(bob).ask("post", address, sha256=asked)

    assert status == 200
    assert answer == {
        "known": [{"id": photo.pk, "sha256": photo.sha256}],
        "missing": ["f" * 64],
    }
    assert phone_of(mallory).ask("post", address, sha256=asked) == (404, NO_GALLERY)


def test_a_check_does_not_tell_of_photos_in_other_galleries(
    gallery: Gallery, add_drawing: Callable[..., Photo], mallory: User
) -> None:
    photo, own = add_drawing("red"), Gallery.create_owned_by(mallory, "Own")
    _, answer = phone_of(mallory).ask(
        "post", f"/galleries/{own.pk}/photos/check", sha256=[photo.sha256]
    )
    assert answer == {"known": [], "missing": [photo.sha256]}


@pytest.mark.parametrize("digests", [["0" * 64] * 501, ["x" * 64], []])
def test_a_check_takes_1_to_500_digests(gallery: Gallery, alice: User, digests: list[str]) -> None:
    status, answer = phone_of(alice).ask(
        "post", f"/galleries/{gallery.pk}/photos/check", sha256=digests
    )
    assert status == 400
    assert answer["detail"].startswith("sha256: ")


def test_the_state_of_the_work_is_counted(
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    analysed: Callable[..., Photo],
    bob: User,
    mallory: User,
) -> None:
    analysed(add_drawing("red", "blue"))
    add_drawing("green")
    address = f"/galleries/{gallery.pk}/analysis"
    assert phone_of(bob).ask("get", address) == (
        200,
        {"total": 2, "done": 1, "failed": 0, "unfinished": 1, "faces": 2},
    )
    assert phone_of(mallory).ask("get", address) == (404, NO_GALLERY)


@pytest.mark.parametrize(
    "address", ["/galleries", "/galleries/{0}/albums", "/galleries/{0}/photos"]
)
def test_a_list_takes_as_many_queries_for_one_row_as_for_many(
    address: str,
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        Gallery.create_owned_by(alice, f"gallery {number}")
        album = Album.objects.create(gallery=gallery, name=f"album {number}")
        album.photos.add(add_drawing("red"), through_defaults={"gallery": gallery})
    phone = phone_of(alice)
    with django_assert_max_num_queries(6):
        _, answer = phone.ask("get", address.format(gallery.pk))
    assert len(answer["results"]) >= 5


@pytest.mark.parametrize("position", ["abc", "\0", "", "9" * 40])
def test_a_cursor_that_somebody_wrote_is_answered_by_404(
    gallery: Gallery, alice: User, position: str
) -> None:
    cursor = b64encode(f"p={quote(position)}".encode()).decode()
    for address in (f"/galleries/{gallery.pk}/photos", "/galleries", "/tokens"):
        status, answer = phone_of(alice).ask("get", address, cursor=cursor)
        assert status in {200, 404}
        assert status == 200 or "cursor" in answer["detail"]


def test_a_token_of_strange_letters_is_404(alice: User) -> None:
    assert phone_of(alice).delete("/api/v1/tokens/%00").status_code == 404
