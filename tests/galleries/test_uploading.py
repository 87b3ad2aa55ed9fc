"""Photos come in through the browser, with and without its script."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries.models import Album, Gallery, Photo, Role
from tests.drawings import draw

SignIn = Callable[[User], Client]
JSON = {"Accept": "application/json"}


@pytest.fixture
def address(gallery: Gallery) -> str:
    return reverse("upload", args=[gallery.pk])


def picture(name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, draw("red"))


def test_the_script_gets_one_result_a_file_with_the_photos_page(
    address: str, alice: User, signed_in: SignIn
) -> None:
    answer = signed_in(alice).post(address, {"photos": picture()}, headers=JSON)
    photo = Photo.objects.get()
    assert answer.json() == {
        "files": [
            {
                "name": "a.png",
                "outcome": "added",
                "sentence": "Added.",
                "page": reverse("photo", args=[photo.pk]),
            }
        ]
    }
    assert photo.uploaded_by == alice


def test_a_photo_sent_twice_is_known_and_a_text_is_refused_with_a_sentence(
    address: str, alice: User, signed_in: SignIn
) -> None:
    client, content = signed_in(alice), draw("red")
    for outcome in ("added", "known"):
        file = SimpleUploadedFile("same.png", content)
        (result,) = client.post(address, {"photos": file}, headers=JSON).json()["files"]
        assert result["outcome"] == outcome
    text = SimpleUploadedFile("notes.jpg", b"no picture at all, only words")
    (result,) = client.post(address, {"photos": text}, headers=JSON).json()["files"]
    assert (result["outcome"], result["page"]) == ("refused", None)
    assert "not a picture" in result["sentence"]
    assert Photo.objects.count() == 1


def test_without_a_script_many_files_come_at_once_and_each_has_its_result(
    address: str, alice: User, signed_in: SignIn
) -> None:
    files = [picture("a.png"), picture("b.png"), SimpleUploadedFile("c.jpg", b"only words")]
    answer = signed_in(alice).post(address, {"photos": files})
    html = answer.content.decode()
    assert html.count('class="row is-added"') == 2
    assert html.count('class="row is-refused"') == 1
    assert Photo.objects.count() == 2


def test_an_album_is_made_by_its_name_and_used_again(
    gallery: Gallery, address: str, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    for name in ("a.png", "b.png"):
        client.post(address, {"photos": picture(name), "album": " Fair "}, headers=JSON)
    album = Album.objects.get()
    assert (album.name, album.gallery, album.photos.count()) == ("Fair", gallery, 2)


def test_the_page_of_an_album_uploads_into_it(
    gallery: Gallery, address: str, alice: User, signed_in: SignIn
) -> None:
    album = Album.objects.create(gallery=gallery, name="Fair & square")
    html = signed_in(alice).get(f"{address}?album={album.pk}").content.decode()
    assert 'value="Fair &amp; square"' in html


def test_an_upload_without_a_file_says_what_is_missing(
    address: str, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page = client.post(address, {"album": "Fair"})
    assert page.status_code == 400
    assert "Choose at least one photo." in page.content.decode()
    answer = client.post(address, {"album": "Fair"}, headers=JSON)
    assert (answer.status_code, answer.json()) == (400, {"detail": "Choose at least one photo."})
    assert not Album.objects.exists()


def test_an_editor_may_upload_and_a_viewer_may_not(
    gallery: Gallery, address: str, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    assert client.post(address, {"photos": picture()}, headers=JSON).status_code == 404
    gallery.memberships.filter(user=bob).update(role=Role.EDITOR)
    assert client.post(address, {"photos": picture()}, headers=JSON).status_code == 200


def test_no_file_is_taken_in_from_those_who_are_not_signed_in(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(address, {"csrfmiddlewaretoken": "a" * 32, "photos": picture()})
    assert answer.headers["Location"].startswith(reverse("sign-in"))
    # Django allows this only as long as nothing of the body was read
    answer.wsgi_request.upload_handlers = []


@pytest.mark.parametrize("form", ["alien", "missing"])
def test_an_upload_from_another_site_is_refused(form: str, address: str, alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.cookies["csrftoken"] = "a" * 32
    token = {"csrfmiddlewaretoken": "b" * 32} if form == "alien" else {}
    assert client.post(address, {**token, "photos": picture()}).status_code == 403
    assert not Photo.objects.exists()
