"""Searching by looks, as a phone does."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import User
from galleries import trash
from galleries.models import Photo
from search.looks import probes
from search.looks.asking import USUAL_WEIGHT
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.phones import phone_of
from tests.search.look_pages import SignedIn, names


def test_pages_follow_each_other_without_gap_or_repeat_while_photos_come_and_go(
    photos: list[Photo], alice: User, add_drawing: Callable[..., Photo]
) -> None:
    phone = phone_of(alice)
    probe = probes.look_at(draw("red"), alice)
    _, whole = phone.ask("get", f"/looks/{probe.token}/matches")
    expected = [row["photo"]["id"] for row in whole["results"]]
    address = f"/looks/{probe.token}/matches?page_size=3"
    _, page = phone.ask("get", address)
    seen = [row["photo"]["id"] for row in page["results"]]
    add_drawing("red")
    analyse_everything()
    trash.throw_away([photos[0]], alice)

    while page["next"]:
        page = phone.get(page["next"]).json()
        seen += [row["photo"]["id"] for row in page["results"]]

    assert seen == expected


def test_newest_first_goes_on_where_it_ended(photos: list[Photo], alice: User) -> None:
    phone = phone_of(alice)
    _, page = phone.ask("get", "/looks/matches?page_size=4")
    seen = [row["photo"]["id"] for row in page["results"]]
    while page["next"]:
        page = phone.get(page["next"]).json()
        seen += [row["photo"]["id"] for row in page["results"]]
    assert seen == [photo.pk for photo in reversed(photos)]


def test_the_api_answers_as_the_page_does_and_shows_no_vector(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    phone = phone_of(alice)
    status, probe = phone.send("/looks", photo=SimpleUploadedFile("mine.png", draw("red")))
    assert status == 201
    assert probe["has_content"]
    assert set(probe) == {"token", "width", "height", "swatches", "has_content"}
    assert probe["swatches"][0]["share"] > 0.4

    status, found = phone.ask("get", f"/looks/{probe['token']}/matches", weight=0.5)

    assert status == 200
    page = signed_in(alice).get(reverse("looks-answer", args=[probe["token"]]), {"weight": "0.5"})
    assert [row["photo"]["name"] for row in found["results"]] == names(page)
    assert set(found["results"][0]) == {"photo", "similarity", "content", "colour", "is_same"}


def test_the_api_lets_named_colours_count_half_unless_it_is_said(
    photos: list[Photo], alice: User
) -> None:
    phone = phone_of(alice)
    token = probes.look_at(draw("red"), alice).token
    _, half = phone.ask("get", f"/looks/{token}/matches?colour=%2300c800&weight=0.5")
    assert phone.ask("get", f"/looks/{token}/matches?colour=%2300c800") == (200, half)
    _, usual = phone.ask("get", f"/looks/{token}/matches?weight={USUAL_WEIGHT}")
    assert phone.ask("get", f"/looks/{token}/matches") == (200, usual)


def test_the_api_finds_by_part_by_photo_and_by_colours(photos: list[Photo], alice: User) -> None:
    phone = phone_of(alice)
    whole = probes.look_at(draw("red", "blue"), alice)
    box = {"left": 0.5, "top": 0, "width": 0.5, "height": 1}
    status, part = phone.ask("post", f"/looks/{whole.token}/part", **box)
    assert status == 201
    _, found = phone.ask("get", f"/looks/{part['token']}/matches")
    assert found["results"][0]["photo"]["name"] == "blue.png"

    status, stored = phone.ask("post", "/looks", photo_id=photos[0].pk)
    assert (status, stored["width"]) == (201, photos[0].width)

    address = "/looks/matches?colour=%23dc0000&share=36&colour=%23ffffff&share=64"
    _, found = phone.ask("get", address)
    assert found["results"][0]["photo"]["name"] == "red.png"
    _, first = phone.ask("get", f"{address}&page_size=1")
    assert phone.get(first["next"]).json()["results"] == [found["results"][1]]
    assert phone.ask("get", "/looks/matches?gallery=999999")[0] == 404
    assert phone.ask("post", "/looks")[0] == 400


@pytest.mark.parametrize(
    "words",
    ["taken_from=2024-05-02&taken_until=2024-05-01", "colour=orange", "weight=2", "cursor=x"],
)
def test_the_api_refuses_what_says_nothing(alice: User, words: str) -> None:
    assert phone_of(alice).ask("get", f"/looks/matches?{words}")[0] == 400
