"""What was chosen is kept: by buttons, for another picture, when a search is put off."""

import re
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from galleries.models import Gallery, Photo
from search.pages import Cursor
from search.reception import Room
from tests.drawings import draw
from tests.pages import text_of
from tests.search.question_pages import (
    BLANK,
    EVERYBODY,
    HTMX,
    SignIn,
    call,
    found,
    get,
    show,
)


def test_all_faces_are_looked_for_but_those_that_are_left_out(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address = show(client, *EVERYBODY)
    pressed = {"without_face": 1, "strictness": "wide", **BLANK, "all_faces": 1}
    answer = get(client, address, pressed)
    assert answer.status_code == 302
    expected = f"{address}?without_face=1&strictness=wide&face=0&face=2"
    assert answer.headers["Location"] == expected


def test_without_the_filters_the_rest_of_the_question_stays(
    photos: dict[str, Photo], gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address = show(client, "red")
    filters = {"gallery": gallery.pk, "name": "a", "least_face": "yes", "taken_from": "2019-01-01"}
    pressed = {"face": 0, **filters, "order": "newest", "no_filters": 1}
    answer = get(client, address, pressed)
    assert answer.headers["Location"] == f"{address}?face=0&order=newest"
    assert get(client, address, {"no_filters": 1}).headers["Location"] == address


def test_a_forgotten_picture_keeps_what_was_changed_last(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address = f"{reverse('search-answer', args=['forgotten'])}?strictness=wide"
    answer = client.get(address, headers=HTMX)
    assert answer.headers["HX-Redirect"] == address
    page = client.get(address)
    assert page.status_code == 410
    assert 'name="strictness" value="wide"' in page.content.decode()


def test_who_searches_too_often_keeps_the_question_and_the_results(
    photos: dict[str, Photo], alice: User, signed_in: SignIn, settings: Settings
) -> None:
    client = signed_in(alice)
    address = show(client, "red")
    settings.LIKENESS_SEARCHES_PER_MINUTE = 0
    answer = get(client, address, {"face": 0}, headers=HTMX)
    assert answer.status_code == 429
    assert answer.headers["HX-Retarget"] == "#results-notice"
    # the place of more results is taken by the same button
    cursor = Cursor((1.0, 1.0, 1)).to_text()
    further = get(client, address, {"face": 0, "cursor": cursor}, headers=HTMX)
    assert "HX-Retarget" not in further.headers
    assert f'hx-get="{address}?face=0&amp;cursor={quote(cursor)}"' in further.content.decode()


def test_a_group_in_which_nothing_is_found_stays_the_group_that_is_asked_for(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    asked = {"face": 0, "group": 0, "name": "nowhere"}
    page = get(client, show(client, "red"), asked, headers=HTMX)
    assert found(page) == []
    assert '<input type="hidden" name="group" value="0" form="question">' in page.content.decode()


def test_a_name_is_searched_for_with_what_was_asked_before_another_picture(
    photos: dict[str, Photo], gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    asked = {"gallery": gallery.pk, "strictness": "wide"}
    page = get(signed_in(alice), reverse("search"), asked).content.decode()
    by_name = page.partition('id="ask-name"')[2].partition("</form>")[0]
    kept = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', by_name)
    assert kept == [("strictness", "wide"), ("gallery", str(gallery.pk))]


def test_another_picture_keeps_people_and_filters_and_forgets_the_faces(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    anna = call(photos["blue"], "Anna", alice)
    client = signed_in(alice)
    asked = {"face": 0, "person": anna.pk, "camera": "Leica", "strictness": "wide"}
    page = get(client, reverse("search"), asked).content.decode()
    kept = dict(re.findall(r'<input type="hidden" name="(?!csrf)(\w+)" value="(\w+)">', page))
    assert kept == {"person": str(anna.pk), "camera": "Leica", "strictness": "wide"}
    picture = SimpleUploadedFile("who.png", draw("red", "green"))
    answer = client.post(reverse("search"), {"photo": picture, **kept})
    question = answer.headers["Location"].partition("?")[2]
    assert question == f"person={anna.pk}&strictness=wide&camera=Leica"


def test_while_too_many_search_a_sentence_says_when_to_try_again(
    gallery: Gallery, alice: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Room(places=0, waiting=0, seconds=0)
    monkeypatch.setattr("search.probes.looking_room", lambda: full)
    picture = SimpleUploadedFile("who.png", draw("red"))
    answer = signed_in(alice).post(reverse("search"), {"photo": picture, "strictness": "wide"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Many people are searching" in text_of(answer)
    assert 'name="strictness" value="wide"' in answer.content.decode()


def test_a_picture_that_is_shown_too_often_is_asked_for_again_with_the_same_question(
    gallery: Gallery, alice: User, signed_in: SignIn, settings: Settings
) -> None:
    settings.LIKENESS_SEARCHES_PER_MINUTE = 0
    picture = SimpleUploadedFile("who.png", draw("red"))
    answer = signed_in(alice).post(reverse("search"), {"photo": picture, "strictness": "wide"})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "You searched very often within a minute." in text_of(answer)
    assert 'name="strictness" value="wide"' in answer.content.decode()


@pytest.mark.parametrize("reason", ["too often", "no room"])
def test_who_cannot_mark_a_face_now_is_led_back_to_the_same_question(
    photos: dict[str, Photo],
    bob: User,
    signed_in: SignIn,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
) -> None:
    client = signed_in(bob)
    address = show(client, "red", "blue")
    if reason == "too often":
        settings.LIKENESS_SEARCHES_PER_MINUTE = 0
    else:
        full = Room(places=0, waiting=0, seconds=0)
        monkeypatch.setattr("search.probes.looking_room", lambda: full)
    box = {"left": 0.6, "top": 0.2, "width": 0.3, "height": 0.6, "question": "strictness=wide"}
    answer = client.post(f"{address}/faces", box)
    assert answer.status_code == (429 if reason == "too often" else 503)
    assert f'href="{address}?strictness=wide"' in answer.content.decode()
