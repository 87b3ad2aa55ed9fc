"""Where a search by looks begins: with a picture, a stored photo, or a part of either."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from galleries import uploads
from galleries.models import Gallery, Photo
from search.looks import probes
from search.reception import Room
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.pages import text_of
from tests.phone_pictures import as_heic, on_its_side
from tests.phones import NO_PHOTO, phone_of
from tests.search.look_pages import SignedIn, names, show


@dataclass(frozen=True)
class Seen:
    """What a picture was taken for: its size, what is most like it, and which photos it is."""

    size: tuple[int, int]
    best: str
    same: list[str]


#: Sends a picture by one of the doors.
Send = Callable[[bytes], Seen]


@pytest.fixture(params=["page", "API"])
def send(request: pytest.FixtureRequest, alice: User, signed_in: SignedIn) -> Send:
    def by_page(picture: bytes) -> Seen:
        sent = {"photo": SimpleUploadedFile("IMG_1.HEIC", picture)}
        page: Any = signed_in(alice).post(reverse("looks"), sent, follow=True)
        probe, matches = page.context["probe"], page.context["page"].matches
        same = [match.photo.name for match in matches if match.is_same]
        return Seen((probe.width, probe.height), matches[0].photo.name, same)

    def by_api(picture: bytes) -> Seen:
        phone = phone_of(alice)
        status, probe = phone.send("/looks", photo=SimpleUploadedFile("IMG_1.HEIC", picture))
        assert status == 201, probe
        rows = phone.ask("get", f"/looks/{probe['token']}/matches")[1]["results"]
        same = [row["photo"]["name"] for row in rows if row["is_same"]]
        return Seen((probe["width"], probe["height"]), rows[0]["photo"]["name"], same)

    return by_page if request.param == "page" else by_api


@pytest.mark.parametrize("change", [as_heic, on_its_side])
def test_a_picture_of_a_phone_is_looked_at_upright(
    photos: list[Photo], send: Send, change: Callable[[bytes], bytes]
) -> None:
    seen = send(change(draw("blue", "red")))
    assert seen.size == (200, 100)
    assert seen.best == "blue-red.png"


@pytest.mark.assets
@pytest.mark.usefixtures("drawing_engine", "drawing_scenes")
def test_awkward_files_are_known_again_however_they_are_turned_and_packed(
    gallery: Gallery, alice: User, assets: Path, send: Send
) -> None:
    folder = assets / "awkward"
    landscapes = sorted((folder / "exif_orientation").glob("Landscape_[1-8].jpg"))
    heic = folder / "heic" / "arrow.heic"
    for path in (landscapes[0], heic):
        uploads.add_photo(gallery, ContentFile(path.read_bytes(), path.name), alice)
    analyse_everything()

    assert len(landscapes) == 8
    for path in landscapes:
        assert send(path.read_bytes()).same == [landscapes[0].name], path.name
    assert send(heic.read_bytes()).same == [heic.name]


def test_a_stored_photo_finds_others_and_not_itself(
    photos: list[Photo], bob: User, signed_in: SignedIn
) -> None:
    page = signed_in(bob).get(reverse("looks-photo", args=[photos[0].pk]), follow=True)

    assert len(names(page)) == len(photos) - 1
    assert photos[0].name not in names(page)


def test_a_stranger_may_not_ask_with_a_photo_she_does_not_see(
    photos: list[Photo], mallory: User, signed_in: SignedIn
) -> None:
    assert signed_in(mallory).get(reverse("looks-photo", args=[photos[0].pk])).status_code == 404
    phone = phone_of(mallory)
    assert phone.ask("post", "/looks", photo_id=photos[0].pk) == (404, NO_PHOTO)


def test_a_forgotten_probe_brings_the_page_that_says_so_with_the_question_of_now(
    photos: list[Photo], alice: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(alice)
    address = show(client, "red").redirect_chain[-1][0].split("?")[0] + "?weight=0.2"
    # the server is shared with tests that run beside this one: clearing it would empty theirs
    monkeypatch.setattr(cache, "key_prefix", "forgotten")

    part = client.get(address, headers={"HX-Request": "true"})

    assert part.headers["HX-Redirect"] == address
    assert client.get(address).status_code == 410


def test_a_part_of_the_picture_is_looked_for_alone(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    probe = probes.look_at(draw("red", "blue"), alice)
    box = {"left": 0.5, "top": 0, "width": 0.5, "height": 1}

    page = client.post(reverse("looks-part", args=[probe.token]), box, follow=True)

    assert names(page)[0] == "blue.png"
    assert "Back to the whole picture" in text_of(page)


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ({"left": 0.5, "top": 0, "width": 0.01, "height": 1}, "too small"),
        ({"left": 0.5, "top": 0}, "no box within the picture"),
    ],
)
def test_a_box_that_shows_nothing_is_refused_in_a_sentence(
    photos: list[Photo],
    alice: User,
    signed_in: SignedIn,
    box: dict[str, float],
    sentence: str,
) -> None:
    probe = probes.look_at(draw("red", "blue"), alice)
    page = signed_in(alice).post(reverse("looks-part", args=[probe.token]), box, follow=True)
    assert sentence in text_of(page)


def test_a_photo_that_was_not_looked_at_yet_is_refused_in_a_sentence(
    drawing_scenes: set[str],
    add_drawing: Callable[..., Photo],
    alice: User,
    signed_in: SignedIn,
) -> None:
    photo = add_drawing("red")
    page = signed_in(alice).get(reverse("looks-photo", args=[photo.pk]), follow=True)
    assert page.status_code == 400
    assert "has not been looked at yet" in text_of(page)


@pytest.mark.parametrize("data", [b"", b"no picture at all"])
def test_what_is_no_picture_is_refused_in_a_sentence(
    photos: list[Photo], alice: User, signed_in: SignedIn, data: bytes
) -> None:
    picture = SimpleUploadedFile("mine.png", data)
    assert signed_in(alice).post(reverse("looks"), {"photo": picture}).status_code == 400
    assert phone_of(alice).send("/looks", photo=SimpleUploadedFile("a.png", data))[0] == 400


@pytest.fixture(params=["too often", "no room"])
def put_off(
    request: pytest.FixtureRequest,
    photos: list[Photo],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[int, str]:
    """No picture can be shown now; with which status and sentence that is said."""
    if request.param == "too often":
        settings.LIKENESS_SEARCHES_PER_MINUTE = 0
        return 429, "You searched very often within a minute."
    full = Room(places=0, waiting=0, seconds=0)
    monkeypatch.setattr("search.looks.probes.looking_room", lambda: full)
    return 503, "Many people are searching at this moment."


def test_who_has_to_wait_is_asked_for_the_picture_again_with_the_same_question(
    put_off: tuple[int, str], alice: User, signed_in: SignedIn
) -> None:
    status, sentence = put_off
    answer = show(signed_in(alice), "red", name="summer", weight="0.2")
    assert answer.status_code == status
    assert int(answer.headers["Retry-After"]) > 0
    assert sentence in text_of(answer)
    form = answer.content.decode().partition('id="ask"')[2].partition("</form>")[0]
    kept = re.findall(r'<input type="hidden" name="(?!csrf)(\w+)" value="([^"]+)">', form)
    assert kept == [("name", "summer"), ("weight", "0.2")]


def test_a_picture_above_the_limit_is_refused(
    photos: list[Photo], alice: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.LIKENESS_MAX_PHOTO_MB = 0
    picture = SimpleUploadedFile("a.png", bytes(200_000))
    assert signed_in(alice).post(reverse("looks"), {"photo": picture}).status_code == 413


def test_faces_and_looks_lead_to_each_other_with_the_same_picture(
    photos: list[Photo], alice: User, signed_in: SignedIn
) -> None:
    client = signed_in(alice)
    picture = SimpleUploadedFile("mine.png", draw("red"))
    faces = client.post(reverse("search"), {"photo": picture}, follow=True)
    (address,) = re.findall(r'formaction="(/search/looks/of/[^"]+)"', faces.content.decode())

    found = client.get(address, follow=True)
    assert names(found)[0] == "red.png"
    (back,) = re.findall(r'formaction="(/search/looks/[^"]+/faces)"', found.content.decode())
    again = client.get(back, follow=True)
    assert len(again.context["probe"].faces) == 1
