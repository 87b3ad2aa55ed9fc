"""Taking away what was found, by page and by API, as Alice, Bob and Mallory."""

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from django.core.files.storage import default_storage
from django.core.signals import request_finished
from django.db import close_old_connections
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities
from galleries.models import Gallery, Membership, Photo
from search import exports, probes
from tests.drawings import draw
from tests.phones import phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddPhoto: TypeAlias = Callable[..., Photo]
SignIn: TypeAlias = Callable[[User], Client]
#: Asks for a file: the user, its kind, what else is asked. Returns the response.
Fetch: TypeAlias = Callable[..., Any]


@pytest.fixture(params=["page", "API"])
def fetch(request: pytest.FixtureRequest, signed_in: SignIn) -> Fetch:
    """By both doors: the file of the photos that show somebody red."""

    def by_page(user: User, kind: str, **words: Any) -> Any:
        probe = probes.look_at(draw("red"), user)
        address = reverse(f"search-{kind}", args=[probe.token])
        return signed_in(user).get(address, {"face": 0, **words})

    def by_api(user: User, kind: str, **words: Any) -> Any:
        probe = probes.look_at(draw("red"), user)
        address = reverse(f"api-probe-{kind}", args=[probe.token])
        return phone_of(user).get(address, words)

    return by_page if request.param == "page" else by_api


@pytest.fixture
def add_analysed(add_drawing: AddPhoto) -> AddPhoto:
    def add(*colours: str, **more: Any) -> Photo:
        photo = add_drawing(*colours)
        while analysis.work_off(8):
            pass
        Photo.objects.filter(pk=photo.pk).update(**more)
        return photo

    return add


def table_of(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def zip_of(response: Any) -> zipfile.ZipFile:
    assert response.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    return archive


def test_the_table_has_a_row_for_each_photo_with_all_that_is_known(
    add_analysed: AddPhoto, gallery: Gallery, alice: User, bob: User, fetch: Fetch
) -> None:
    day = datetime(2019, 5, 3, 12, 30, tzinfo=UTC)
    photo = add_analysed("red", name="ähre.png", taken_at=day)
    add_analysed("blue")
    for name in ("Zoo", "Party"):
        album = gallery.albums.create(name=name)
        album.photos.add(photo, through_defaults={"gallery": gallery})
    identities.open_person_of([photo.faces.get()], alice, "Anna")

    [row] = table_of(fetch(bob, "csv"))

    assert row == {
        "photo": "ähre.png",
        "gallery": "Summer",
        "albums": "Party; Zoo",
        "taken_at": "2019-05-03 12:30:00",
        "person": "Anna",
        "probability": row["probability"],
        "similarity": "1.0000",
        "address": f"http://testserver{reverse('photo', args=[photo.pk])}",
    }
    assert 0.99 < float(row["probability"]) <= 1


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(add_analysed: AddPhoto, bob: User, fetch: Fetch, sign: str) -> None:
    add_analysed("red", name=f"{sign}HYPERLINK(1)")
    [row] = table_of(fetch(bob, "csv"))
    assert row["photo"] == f"'{sign}HYPERLINK(1)"


def test_the_table_has_all_pages_in_the_order_that_was_asked_for(
    add_analysed: AddPhoto, bob: User, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_ONCE", 2)
    for year in (2002, 2004, 2001, 2003, 2005):
        add_analysed("red", taken_at=datetime(year, 1, 1, tzinfo=UTC))
    rows = table_of(fetch(bob, "csv", order="oldest"))
    assert [row["taken_at"][:4] for row in rows] == ["2001", "2002", "2003", "2004", "2005"]


def test_a_long_table_takes_few_queries(
    add_analysed: AddPhoto,
    bob: User,
    fetch: Fetch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(6):
        add_analysed("red")
    with django_assert_max_num_queries(35):
        assert len(table_of(fetch(bob, "csv"))) == 6


def test_the_zip_holds_the_originals_byte_for_byte_and_no_others(
    add_analysed: AddPhoto, bob: User, fetch: Fetch
) -> None:
    photo = add_analysed("red", name="Anna.png")
    add_analysed("blue")
    archive = zip_of(fetch(bob, "zip"))
    assert archive.namelist() == ["Anna.png"]
    with default_storage.open(photo.original_name) as file:
        assert archive.read("Anna.png") == file.read()


def test_nothing_of_a_zip_is_written_to_disk(
    add_analysed: AddPhoto, bob: User, fetch: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_analysed("red")
    # a temporary file fails in a folder that does not exist
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(zip_of(fetch(bob, "zip")).namelist()) == 1
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_names_in_a_zip_are_unique_and_lead_nowhere_else(
    add_analysed: AddPhoto, bob: User, fetch: Fetch
) -> None:
    names = (
        "a.jpg",
        "A.JPG",
        "../../a.jpg",
        r"c:\b.jpg",
        "con.jpg",
        "",
        "x" * 250 + ".jpg",
        "\u202ea",
    )
    for name in names:
        add_analysed("red", name=name)
    packed = zip_of(fetch(bob, "zip")).namelist()
    assert len({name.casefold() for name in packed}) == len(names)
    assert not any(set(name) & set('/\\:*?"<>|\u202e') or name.startswith(".") for name in packed)
    assert {"b.jpg", "_con.jpg"} <= set(packed)
    assert max(map(len, packed)) < 170


def test_more_than_a_zip_may_hold_is_refused_with_a_sentence(
    add_analysed: AddPhoto, bob: User, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        add_analysed("red")
    for limit in ("MAX_PHOTOS", "MAX_BYTES"):
        with monkeypatch.context() as small:
            small.setattr(exports, limit, 1)
            response = fetch(bob, "zip")
        assert "Narrow the search" in sentence_of(response)


def test_an_empty_zip_is_refused_with_a_sentence(
    add_analysed: AddPhoto, bob: User, fetch: Fetch
) -> None:
    add_analysed("blue")
    assert "nothing was found" in sentence_of(fetch(bob, "zip"))


def sentence_of(response: Any) -> str:
    """Of the API, or of the page that a browser goes back to."""
    if response.status_code == 302:
        page = response.client.get(response.headers["Location"])
        return str(page.content.decode())
    assert response.status_code == 400
    return str(response.json()["detail"])


def test_a_photo_that_is_gone_or_hidden_when_its_turn_comes_is_not_in_the_zip(
    add_analysed: AddPhoto, gallery: Gallery, alice: User, bob: User, fetch: Fetch
) -> None:
    for name in ("one.png", "two.png", "three.png"):
        add_analysed("red", name=name)
    response = fetch(bob, "zip")
    chunks = iter(response.streaming_content)
    begun = next(chunks) + next(chunks)
    Membership.objects.get(gallery=gallery, user=bob).delete()
    archive = zipfile.ZipFile(io.BytesIO(begun + b"".join(chunks)))
    assert len(archive.namelist()) == 1


def test_a_stranger_takes_nothing_away(add_analysed: AddPhoto, mallory: User, fetch: Fetch) -> None:
    add_analysed("red")
    Gallery.create_owned_by(mallory, "Hers")
    assert table_of(fetch(mallory, "csv")) == []
    assert "nothing was found" in sentence_of(fetch(mallory, "zip"))


@pytest.mark.parametrize("kind", ["csv", "zip"])
def test_a_probe_of_somebody_else_gives_no_file(
    add_analysed: AddPhoto, alice: User, bob: User, signed_in: SignIn, kind: str
) -> None:
    add_analysed("red")
    token = probes.look_at(draw("red"), alice).token
    page = signed_in(bob).get(reverse(f"search-{kind}", args=[token]), {"face": 0})
    assert page.status_code == 410
    assert phone_of(bob).get(reverse(f"api-probe-{kind}", args=[token])).status_code == 404


@pytest.mark.parametrize("door", ["page", "API"])
def test_persons_are_taken_away_without_a_picture(
    add_analysed: AddPhoto, alice: User, bob: User, mallory: User, signed_in: SignIn, door: str
) -> None:
    photo = add_analysed("red", name="Anna.png")
    anna = identities.open_person_of([photo.faces.get()], alice, "Anna")[1]
    names = ("search-people-csv", "search-people-zip") if door == "page" else ("api-csv", "api-zip")
    table, packed = map(reverse, names)

    def client(user: User) -> Client:
        return signed_in(user) if door == "page" else phone_of(user)

    assert [row["photo"] for row in table_of(client(bob).get(table, {"person": anna.pk}))] == [
        "Anna.png"
    ]
    assert zip_of(client(bob).get(packed, {"person": anna.pk})).namelist() == ["Anna.png"]
    assert client(mallory).get(table, {"person": anna.pk}).status_code == 404
    assert client(mallory).get(packed, {"person": anna.pk}).status_code == 404


def test_only_so_many_zips_are_packed_at_one_time(
    add_analysed: AddPhoto, bob: User, fetch: Fetch
) -> None:
    add_analysed("red")
    open_ones = [fetch(bob, "zip") for _ in range(exports.ZIPS_AT_ONCE)]
    refused = fetch(bob, "zip")
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    for response in open_ones:
        hang_up(response)
    assert len(zip_of(fetch(bob, "zip")).namelist()) == 1


def hang_up(response: Any) -> None:
    """As the server does when the client has gone; the test keeps its connection."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def test_a_photo_whose_file_is_lost_is_left_out_of_the_zip(
    add_analysed: AddPhoto, bob: User, fetch: Fetch
) -> None:
    add_analysed("red", name="there.png")
    default_storage.delete(add_analysed("red", name="lost.png").original_name)
    assert zip_of(fetch(bob, "zip")).namelist() == ["there.png"]
