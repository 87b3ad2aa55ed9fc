"""From one way to ask to the other: by faces, and by looks; colours are persons."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any, TypeAlias
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries.models import Gallery, Photo
from search.models import SearchRecord
from tests.drawings import draw
from tests.pages import Page, text_of
from tests.search.question_pages import BLANK, HTMX, SignIn, call

pytestmark = pytest.mark.usefixtures("drawing_scenes")

Words: TypeAlias = Mapping[str, Any]

#: How a picture is asked with: leads to an answer, which is given back.
Begin: TypeAlias = Callable[[Client, str], Any]


@pytest.fixture
def filters(photos: dict[str, Photo], gallery: Gallery) -> Words:
    """All that narrows an answer on both pages; the photos "red" and "red blue" meet it."""
    album = gallery.albums.create(name="Party")
    for crowd in ("red", "red blue"):
        album.photos.add(photos[crowd], through_defaults={"gallery": gallery})
    taken = datetime(2019, 5, 3, 12, tzinfo=UTC)
    known = {"taken_at": taken, "camera": "Leica M3", "latitude": 52.5, "longitude": 13.4}
    Photo.objects.update(**known)
    return {
        "gallery": str(gallery.pk),
        "album": str(album.pk),
        "taken_from": "2019-05-01",
        "taken_until": "2019-05-04",
        "camera": "Leica M3",
        "name": "red",
        "near": str(photos["blue"].pk),
        "within": "100",
    }


@pytest.fixture(params=["picture", "stored photo"])
def begin(request: pytest.FixtureRequest, photos: dict[str, Photo]) -> Begin:
    """With a picture of red and blue, at the address of one of the two ways to ask."""

    def with_picture(client: Client, way: str) -> Any:
        picture = SimpleUploadedFile("who.png", draw("red", "blue"))
        return client.post(reverse(way), {"photo": picture}, follow=True)

    def with_photo(client: Client, way: str) -> Any:
        address = reverse(f"{way}-photo", args=[photos["red blue"].pk])
        return client.get(address, follow=True)

    return with_picture if request.param == "picture" else with_photo


def press(client: Client, page: Page, tab: str, said: Words) -> Any:
    """A tab of the page of an answer, as a form sends it: with all of its fields."""
    (address,) = re.findall(rf'formaction="([^"]+)"[^>]*>{tab}</button>', page.content.decode())
    return client.get(unescape(address), {**BLANK, **said}, follow=True)


def question_of(page: Any) -> dict[str, str]:
    """What the address says at which the page is."""
    return QueryDict(page.redirect_chain[-1][0].partition("?")[2]).dict()


def hidden_in(page: Page) -> dict[str, str]:
    """What the form keeps for another picture."""
    form = page.content.decode().partition('id="ask"')[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(?!csrf)(\w+)" value="([^"]+)">', form))


def test_filters_go_with_the_picture_from_faces_to_looks_and_back(
    begin: Begin, filters: Words, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    said = {**filters, "face": 0, "strictness": "wide", "least_face": "10"}

    looks = press(client, begin(client, "search"), "Looks", said)

    assert question_of(looks) == filters
    assert 'alt="red.png"' in looks.content.decode()
    assert looks.context["form"].filter_count == 7

    faces = press(client, looks, "Faces", {**filters, "weight": "0.2", "colour": "#dc0000"})

    assert question_of(faces) == filters
    assert "There are 2 faces in your picture." in text_of(faces)
    assert faces.context["form"].filter_count == 7


def test_a_tab_of_a_single_face_or_of_names_keeps_the_filters_for_a_picture(
    photos: dict[str, Photo], filters: Words, alice: User, signed_in: SignIn
) -> None:
    anna = call(photos["red"], "Anna", alice)
    client = signed_in(alice)
    of_face = client.get(reverse("search-face", args=[photos["red"].faces.get().pk]), follow=True)
    by_name = client.get(reverse("search-people"), {"person": anna.pk})
    by_colours = client.get(reverse("looks-photos"))
    for page, tab in ((of_face, "Looks"), (by_name, "Looks"), (by_colours, "Faces")):
        asking = press(client, page, tab, {**filters, "person": anna.pk, "weight": "0.2"})
        assert asking.context["tab"] == tab.lower()
        kept = hidden_in(asking)
        assert {key: kept.get(key) for key in filters if key != "gallery"} == {
            key: value for key, value in filters.items() if key != "gallery"
        }
        assert [str(pk) for pk in asking.context["chosen_galleries"]] == [filters["gallery"]]


@pytest.mark.parametrize(("way", "other"), [("search", "looks"), ("looks", "search")])
def test_a_tab_of_the_page_that_asks_takes_its_form_along_and_sends_no_picture(
    filters: Words, alice: User, signed_in: SignIn, way: str, other: str
) -> None:
    client = signed_in(alice)
    page = client.get(reverse(way), filters)
    assert f'formaction="{reverse(other)}"' in page.content.decode()

    sent = {**hidden_in(page), "gallery": filters["gallery"], "only_ask": "1"}
    answer = client.post(reverse(other), sent)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{reverse(other)}?{urlencode(filters)}"
    assert not SearchRecord.objects.exists()


def test_filters_by_what_one_may_not_see_are_not_found_behind_a_tab_either(
    begin: Begin, alice: User, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    faces, looks = begin(client, "search"), begin(client, "looks")
    hidden = Gallery.create_owned_by(alice, "Hers")
    for page, tab in ((faces, "Looks"), (looks, "Faces")):
        assert press(client, page, tab, {"gallery": hidden.pk}).status_code == 404


@pytest.mark.parametrize("way", ["search", "looks"])
def test_a_tab_of_a_forgotten_picture_asks_for_it_again_with_the_filters(
    filters: Words, alice: User, bob: User, signed_in: SignIn, way: str
) -> None:
    picture = SimpleUploadedFile("who.png", draw("red", "blue"))
    page = signed_in(alice).post(reverse(way), {"photo": picture}, follow=True)
    tab = "Looks" if way == "search" else "Faces"

    asking = press(signed_in(bob), page, tab, filters)

    assert asking.status_code == 410
    assert asking.context["tab"] == tab.lower()
    assert hidden_in(asking)["album"] == filters["album"]


@pytest.mark.parametrize("way", ["search", "looks"])
def test_enter_asks_and_presses_no_other_button(
    photos: dict[str, Photo], alice: User, signed_in: SignIn, way: str
) -> None:
    picture = SimpleUploadedFile("who.png", draw("red", "blue"))
    client = signed_in(alice)
    for page, form in (
        (client.get(reverse(way)), "ask"),
        (client.post(reverse(way), {"photo": picture}, follow=True), "question"),
    ):
        html = page.content.decode()
        first = re.search(r'<button[^>]*type="submit"[^>]*>', html[html.index("<main") :])
        assert first is not None
        assert f'form="{form}"' in first[0]
        assert "formaction" not in first[0]
        assert "name=" not in first[0]


@pytest.mark.parametrize("way", ["search", "looks"])
def test_what_is_drawn_is_asked_with_in_the_question_as_it_is(
    filters: Words, alice: User, signed_in: SignIn, way: str
) -> None:
    picture = SimpleUploadedFile("who.png", draw("red", "blue"))
    client = signed_in(alice)
    page = client.post(reverse(way), {"photo": picture}, follow=True)
    (address,) = re.findall(r'<form method="post" action="(/search/[^"]+)"', page.content.decode())
    box = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.6}

    drawn = client.post(address, {**box, "question": urlencode(filters) + "&cursor=x"}, follow=True)

    question = question_of(drawn)
    assert {key: question[key] for key in filters} == filters
    assert question.keys() - filters.keys() <= {"face"}
    assert drawn.status_code == 200


@pytest.mark.parametrize("way", ["search", "looks"])
def test_results_that_filters_have_emptied_offer_to_search_without_them(
    photos: dict[str, Photo], alice: User, signed_in: SignIn, way: str
) -> None:
    picture = SimpleUploadedFile("who.png", draw("red"))
    client = signed_in(alice)
    address = client.post(reverse(way), {"photo": picture}).headers["Location"].partition("?")[0]
    said = {"face": "0"} if way == "search" else {"weight": "0.2"}

    part = client.get(address, {**said, "name": "nowhere"}, headers=HTMX)

    button = re.search(r"<button[^>]*>Search without the filters</button>", part.content.decode())
    assert button is not None
    assert 'form="question"' in button[0]
    assert 'name="no_filters"' in button[0]
    assert '<span id="filter-count" hx-swap-oob="innerHTML">1</span>' in part.content.decode()
    pressed = client.get(address, {**said, **BLANK, "name": "nowhere", "no_filters": "1"})
    assert pressed.headers["Location"] == f"{address}?{urlencode(said)}"
