"""Photos that show somebody near a place, tried as Alice, Bob and Mallory."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from faceengine.places import Place
from galleries.models import Gallery, Photo
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.pages import Page, text_of
from tests.phones import NO_PHOTO, phone_of

SignIn = Callable[[User], Client]
PLACES = {"here": Place(48.137, 11.575), "close": Place(48.2, 11.6), "far": Place(52.5, 13.4)}
UNKNOWN = "nowhere"


@pytest.fixture
def photos(add_drawing: Callable[..., Photo], drawing_engine: object) -> dict[str, Photo]:
    """All of one person, by where they were taken."""
    added = {name: add_drawing("red", name=name) for name in (*PLACES, UNKNOWN)}
    analyse_everything()
    for name, place in PLACES.items():
        where = {"latitude": place.latitude, "longitude": place.longitude}
        Photo.objects.filter(pk=added[name].pk).update(**where)
    return added


def found(page: Page) -> set[str]:
    shown = page.content.decode().partition('<details class="nearest">')[0]
    return set(re.findall(r'aria-label="(here|close|far|nowhere)"', shown))


def show(client: Client) -> str:
    picture = SimpleUploadedFile("who.png", draw("red"))
    location = client.post(reverse("search"), {"photo": picture}).headers["Location"]
    return location.partition("?")[0]


def test_photos_are_narrowed_to_those_taken_near_another(
    photos: dict[str, Photo], bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    address = show(client)
    asked = {"face": 0, "near": photos["here"].pk}
    assert found(client.get(address, {"face": 0})) == {*photos}
    assert found(client.get(address, asked)) == {"here", "close"}
    assert found(client.get(address, {**asked, "within": 1})) == {"here"}
    page = client.get(address, {**asked, "within": 100})
    assert found(page) == {"here", "close"}
    assert "Taken near here" in text_of(page)
    assert 'id="filter-count">1<' in page.content.decode()


def test_the_place_of_a_stored_photo_that_is_asked_with_is_offered(
    photos: dict[str, Photo], bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    for name, is_offered in (("here", True), (UNKNOWN, False)):
        page = client.get(reverse("search-photo", args=[photos[name].pk]), follow=True)
        assert ("Taken near" in text_of(page)) == is_offered
        assert 'id="filter-count"><' in page.content.decode()


def test_a_place_is_kept_for_another_picture_and_cleared_with_the_filters(
    photos: dict[str, Photo], bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    words = {"near": str(photos["here"].pk), "within": "100"}
    page = client.get(reverse("search"), words).content.decode()
    assert dict(re.findall(r'name="(near|within)" value="(\d+)"', page)) == words
    address = show(client)
    cleared = client.get(address, {"face": "0", **words, "no_filters": "1"})
    assert cleared.headers["Location"] == f"{address}?face=0"


def test_mallory_learns_nothing_of_places_by_trying_photos(
    photos: dict[str, Photo], mallory: User, signed_in: SignIn
) -> None:
    Gallery.create_owned_by(mallory, "Own")
    client, phone = signed_in(mallory), phone_of(mallory)
    address = show(client)
    _, probe = phone.send("/probes", photo=SimpleUploadedFile("who.png", draw("red")))
    heard: list[Any] = []
    for number in (photos["here"].pk, photos[UNKNOWN].pk, 10**12):
        page = client.get(address, {"face": 0, "near": number})
        answer = phone.ask("get", f"/probes/{probe['token']}/matches", near=number)
        heard.append((page.status_code, text_of(page), answer))
    assert heard[0] == heard[1] == heard[2]
    assert heard[0][0] == 404
    assert heard[0][2] == (404, NO_PHOTO)


@pytest.mark.parametrize("made_up", [{"near": "x"}, {"near": "-1"}, {"within": "7"}])
def test_a_place_that_the_page_does_not_offer_is_404(
    made_up: dict[str, str], photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address, asked = show(client), {"face": "0", **made_up}
    assert client.get(address, asked).status_code == 404


def test_around_a_photo_without_a_place_nothing_can_be_asked(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    number = photos[UNKNOWN].pk
    assert client.get(show(client), {"face": 0, "near": number}).status_code == 404
    phone = phone_of(alice)
    picture = SimpleUploadedFile("who.png", draw("red"))
    status, heard = phone.send("/search", photo=picture, near=number)
    assert status == 400
    assert heard["near"] == ["It is not known where this photo was taken."]


def test_the_api_narrows_to_any_distance(photos: dict[str, Photo], bob: User) -> None:
    phone = phone_of(bob)
    for kilometres, expected in ((1, 1), (10, 2), (700, 3)):
        picture = SimpleUploadedFile("who.png", draw("red"))
        asked = {"near": photos["here"].pk, "within": kilometres}
        status, heard = phone.send("/search", photo=picture, **asked)
        assert (status, heard["matches"]["total"]) == (200, expected)
