"""All that a question can say on its page, as Alice, Bob and Mallory; colours are persons."""

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import uploads
from galleries.models import Gallery, Person, Photo
from tests.drawings import DrawingEngine
from tests.faces import analyse_everything
from tests.pages import text_of
from tests.phone_pictures import as_heic, on_its_side
from tests.search.question_pages import (
    BLANK,
    EVERYBODY,
    HTMX,
    AddDrawing,
    SignIn,
    call,
    found,
    get,
    show,
)

drawn = pytest.mark.usefixtures("drawing_engine")


def test_faces_are_looked_for_together_or_left_out(
    photos: dict[str, Photo], bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    address = show(client, *EVERYBODY)
    together = get(client, address, {"face": [0, 1], "combine": "together", **BLANK})
    assert sorted(found(together)) == ["red blue", "red blue green"]
    assert "2 photos of face 1 and face 2 together" in text_of(together)
    without = get(client, address, {"face": 0, "without_face": 1})
    assert sorted(found(without)) == ["red", "red green"]
    assert "2 photos of this person, without face 2" in text_of(without)
    assert len(found(get(client, address, {"face": [0, 1]}))) == 5


def test_all_faces_that_answer_are_marked(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    asked = {"face": [0, 1, 2], "combine": "together"}
    page = get(client, show(client, *EVERYBODY), asked, headers=HTMX).content.decode()
    assert page.count('class="box"') == 3


def test_somebody_cannot_be_looked_for_and_left_out(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    page = get(client, show(client, "red"), {"face": 0, "without_face": 0})
    assert "looked for and left out at once" in text_of(page)
    assert found(page) == []


def test_persons_are_found_by_name_without_a_picture(
    photos: dict[str, Photo], alice: User, bob: User, signed_in: SignIn
) -> None:
    anna = call(photos["blue"], "Anna", alice)
    page = get(signed_in(bob), reverse("search-people"), {**BLANK, "who": "anna"}, follow=True)
    assert page.redirect_chain == [(f"{reverse('search-people')}?person={anna.pk}", 302)]
    assert sorted(found(page)) == ["blue", "red blue", "red blue green"]
    assert "3 photos of Anna" in text_of(page)


def test_nobody_whom_one_may_not_see_can_be_named(
    photos: dict[str, Photo], alice: User, mallory: User, signed_in: SignIn
) -> None:
    anna = call(photos["blue"], "Anna", alice)
    Gallery.create_owned_by(mallory, "Own")
    client = signed_in(mallory)
    page = get(client, reverse("search-people"), {"who": "Anna"})
    assert "Nobody you can see is called “Anna”" in text_of(page)
    assert get(client, reverse("search-people"), {"person": anna.pk}).status_code == 404
    assert get(client, reverse("search-people"), {"without_person": anna.pk}).status_code == 404
    assert "Anna" not in text_of(get(client, reverse("search-names"), {"who": "An"}))


def test_names_are_suggested_from_all_galleries_with_numbers_where_two_are_the_same(
    photos: dict[str, Photo], alice: User, bob: User, signed_in: SignIn
) -> None:
    call(photos["red"], "Bert", alice)
    anna = call(photos["blue"], "Anna", alice)
    other = Gallery.create_owned_by(alice, "Other")
    namesake = Person.objects.create(gallery=other, name="Anna")
    suggested = signed_in(alice).get(reverse("search-names"), {"who": "ann"}).content.decode()
    for person in (anna, namesake):
        assert f'value="Anna #{person.pk}">{person.gallery.name}<' in suggested
    assert "Bert" not in suggested
    suggested = signed_in(bob).get(reverse("search-names"), {"who": ""}).content.decode()
    assert 'value="Anna">Summer<' in suggested
    assert 'value="Bert">Summer<' in suggested


@pytest.mark.parametrize("page", ["search-people", "search-names"])
def test_a_name_that_no_database_keeps_is_a_name_of_nobody(
    page: str, photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    call(photos["blue"], "Anna", alice)
    assert get(signed_in(alice), reverse(page), {"who": "\0"}).status_code == 200


def test_of_namesakes_the_user_chooses_one(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    namesakes = [call(photos[crowd], "Anna", alice) for crowd in ("red", "blue")]
    page = signed_in(alice).get(reverse("search-people"), {"who": "Anna"})
    assert "Several people are called “Anna”" in text_of(page)
    chosen = re.findall(r'<button[^>]* name="person"\s+value="(\d+)"', page.content.decode())
    assert [int(pk) for pk in chosen] == [person.pk for person in namesakes]


def test_of_those_with_a_part_of_the_name_the_user_chooses_too(
    photos: dict[str, Photo], alice: User, mallory: User, signed_in: SignIn
) -> None:
    anna = call(photos["blue"], "Anna Lind", alice)
    Gallery.create_owned_by(mallory, "Own")
    page = signed_in(alice).get(reverse("search-people"), {"who": "lind"})
    assert "Nobody is called just “lind”" in text_of(page)
    assert f'name="person" value="{anna.pk}"' in re.sub(r"\s+", " ", page.content.decode())
    page = signed_in(mallory).get(reverse("search-people"), {"who": "lind"})
    assert "Nobody you can see is called “lind”" in text_of(page)
    assert "Anna" not in text_of(page)


def test_a_face_is_mixed_with_named_persons(
    photos: dict[str, Photo], alice: User, bob: User, signed_in: SignIn
) -> None:
    anna, bert = (
        call(photos[crowd], name, alice) for crowd, name in (("blue", "Anna"), ("green", "Bert"))
    )
    client = signed_in(bob)
    asked = {"face": 0, "person": anna.pk, "without_person": bert.pk, "combine": "together"}
    page = get(client, show(client, "red"), asked)
    assert found(page) == ["red blue"]
    assert "1 photo of this person and Anna together, without Bert" in text_of(page)


def test_a_name_joins_the_question_as_it_is(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    anna = call(photos["blue"], "Anna", alice)
    client = signed_in(alice)
    address = show(client, "red", "green")
    asked = {"without_face": 1, "strictness": "wide", **BLANK, "who": "Anna"}
    answer = get(client, address, asked)
    assert answer.status_code == 302
    expected = f"{address}?without_face=1&strictness=wide&person={anna.pk}"
    assert answer.headers["Location"] == expected


def test_a_question_names_ten_people_at_most(
    gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    crowd = [Person.objects.create(gallery=gallery, name=str(number)).pk for number in range(11)]
    client = signed_in(alice)
    page = get(client, reverse("search-people"), {"person": crowd})
    assert "Name 10 people at most." in text_of(page)


def test_photos_are_narrowed_by_what_is_known_of_them(
    photos: dict[str, Photo], gallery: Gallery, bob: User, signed_in: SignIn
) -> None:
    day = datetime(2019, 5, 3, 12, tzinfo=UTC)
    Photo.objects.filter(pk=photos["red"].pk).update(taken_at=day, camera="Leica M3")
    album = gallery.albums.create(name="Party")
    album.photos.add(photos["red blue"], through_defaults={"gallery": gallery})
    client = signed_in(bob)
    address = show(client, "red")
    narrowed = {
        ("taken_from", "2019-05-03"): {"red"},
        ("taken_until", "2019-05-02"): set(),
        ("camera", "Leica M3"): {"red"},
        ("name", "GREEN"): {"red green", "red blue green"},
        ("album", str(album.pk)): {"red blue"},
        ("least_face", "1000"): set(),
    }
    for (field, value), expected in narrowed.items():
        page = get(client, address, {"face": 0, **BLANK, field: value})
        shown = page.content.decode().partition('<details class="nearest">')[0]
        assert set(re.findall(r'aria-label="([a-z ]+)\.png"', shown)) == expected, field
        assert ("Search without the filters" in shown) == (not expected)
        assert ("No photo that the filters leave" in shown) == (not expected)


def test_what_is_typed_wrong_is_said_in_a_sentence(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    address = show(client, "red")
    for typed, sentence in (
        ({"taken_from": "2020-02-01", "taken_until": "2020-01-01"}, "The first day is after"),
        ({"taken_from": "yesterday"}, "Write a day as 2024-05-31."),
        ({"least_face": "-3"}, "a whole number of pixels"),
    ):
        for headers in ({}, HTMX):
            page = get(client, address, {"face": 0, **typed}, headers=headers)
            assert page.status_code == 200
            assert sentence in text_of(page)
            assert found(page) == []


@pytest.mark.parametrize(
    "made_up",
    [
        *({"face": 7}, {"face": "x"}, {"without_face": 7}, {"person": 10**12}, {"album": 10**12}),
        *({"combine": "both"}, {"strictness": "lax"}, {"order": "random"}, {"by": "colour"}),
        *({"cursor": "x"}, {"group": -1}),
    ],
)
def test_a_question_that_the_page_does_not_offer_is_404(
    made_up: dict[str, Any], photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    assert get(client, show(client, "red"), made_up).status_code == 404


def test_albums_and_cameras_are_offered_of_visible_photos_only(
    photos: dict[str, Photo], gallery: Gallery, bob: User, mallory: User, signed_in: SignIn
) -> None:
    gallery.albums.create(name="Party")
    Photo.objects.filter(pk=photos["red"].pk).update(camera="Leica M3")
    Gallery.create_owned_by(mallory, "Own")
    for user, is_offered in ((bob, True), (mallory, False)):
        client = signed_in(user)
        page = text_of(client.get(show(client, "red")))
        assert [word in page for word in ("Party", "Leica M3")] == [is_offered] * 2


def test_the_newest_photos_come_first_if_asked_for(
    photos: dict[str, Photo], alice: User, signed_in: SignIn
) -> None:
    for year, crowd in ((2003, "red"), (2001, "red blue"), (2002, "red green")):
        day = datetime(year, 1, 1, tzinfo=UTC)
        Photo.objects.filter(pk=photos[crowd].pk).update(taken_at=day)
    client = signed_in(alice)
    page = get(client, show(client, "red"), {"face": 0, "order": "newest"})
    assert found(page) == ["red", "red green", "red blue", "red blue green"]


def test_photos_are_grouped_by_the_persons_in_them(
    photos: dict[str, Photo], alice: User, bob: User, signed_in: SignIn
) -> None:
    anna = call(photos["blue"], "Anna", alice)
    client = signed_in(bob)
    address = show(client, "red", "blue")
    page = get(client, address, {"face": [0, 1], "by": "person"})
    groups = re.findall(r'<h2 class="group-title">(.*?)</h2>', page.content.decode(), re.DOTALL)
    assert {re.sub(r"<[^>]+>|\s+", " ", one).split()[0] for one in groups} == {"Anna", "Unnamed"}
    own = get(client, address, {"face": [0, 1], "group": anna.pk})
    assert found(own) == ["blue"]
    assert "Back to all groups" in text_of(own)


def test_the_results_lead_to_the_same_as_a_table_and_as_a_zip(
    photos: dict[str, Photo], bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    page = get(client, show(client, *EVERYBODY), {"face": 0, "without_face": 1})
    links = re.findall(r'href="([^"]+photos\.(?:csv|zip)[^"]*)"', page.content.decode())
    table, archive = (client.get(link.replace("&amp;", "&")) for link in links)
    rows = b"".join(table).decode().splitlines()[1:]
    assert sorted(row.partition(",")[0] for row in rows) == ["red green.png", "red.png"]
    packed = zipfile.ZipFile(io.BytesIO(b"".join(archive))).namelist()
    assert sorted(packed) == ["red green.png", "red.png"]


def test_a_stored_photo_is_asked_with_by_all_its_faces_by_members_only(
    photos: dict[str, Photo], bob: User, mallory: User, signed_in: SignIn
) -> None:
    address = reverse("search-photo", args=[photos["red blue"].pk])
    page = signed_in(bob).get(address, follow=True)
    assert "There are 2 faces in your picture." in text_of(page)
    assert reverse("preview", args=[photos["red blue"].pk]) in page.content.decode()
    client = signed_in(bob)
    answer = client.get(client.get(address).headers["Location"], {"face": 1})
    assert sorted(found(answer)) == ["blue", "red blue", "red blue green"]
    assert signed_in(mallory).get(address).status_code == 404


@drawn
def test_a_photo_that_waits_to_be_read_cannot_be_asked_with_yet(
    add_drawing: AddDrawing, bob: User, signed_in: SignIn
) -> None:
    page = signed_in(bob).get(reverse("search-photo", args=[add_drawing("red").pk]))
    assert page.status_code == 400
    assert "Try again later" in text_of(page)


def test_a_face_that_was_missed_is_drawn_and_looked_for(
    photos: dict[str, Photo], bob: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(bob)
    monkeypatch.setattr(DrawingEngine, "find_faces", lambda *_: [])
    address = show(client, "red", "blue")
    box = {"left": 0.6, "top": 0.2, "width": 0.3, "height": 0.6}
    answer = client.post(f"{address}/faces", {**box, "question": "strictness=wide&cursor=x"})
    assert answer.headers["Location"] == f"{address}?strictness=wide&face=0"
    page = client.get(answer.headers["Location"])
    assert sorted(found(page)) == ["blue", "red blue", "red blue green"]


def test_a_box_outside_the_picture_is_refused_in_a_sentence(
    photos: dict[str, Photo], bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    address = show(client, "red", "blue")
    box = {"left": 1, "top": 1, "width": 0.3, "height": 0.6, "question": "face=1"}
    answer = client.post(f"{address}/faces", box, follow=True)
    assert answer.redirect_chain == [(f"{address}?face=1", 302)]
    assert "This is no box within the picture." in text_of(answer)


def test_only_who_showed_the_picture_draws_in_it(
    photos: dict[str, Photo], alice: User, bob: User, signed_in: SignIn
) -> None:
    address = show(signed_in(alice), "red")
    box = {"left": 0.2, "top": 0.2, "width": 0.3, "height": 0.6}
    answer = signed_in(bob).post(f"{address}/faces", box)
    assert answer.status_code == 410
    assert "forgotten" in text_of(answer)


def test_the_page_costs_the_same_few_queries_however_much_there_is(
    photos: dict[str, Photo],
    gallery: Gallery,
    alice: User,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    anna, bert = (
        call(photos[crowd], name, alice) for crowd, name in (("blue", "Anna"), ("green", "Bert"))
    )
    for number in range(5):
        gallery.albums.create(name=f"Album {number}")
        Person.objects.create(gallery=gallery, name="Anna")
    client = signed_in(alice)
    address = show(client, "red", "blue")
    asked = {"face": [0, 1], "person": [anna.pk, bert.pk], "by": "person"}
    with django_assert_max_num_queries(50):
        get(client, address, asked)


@pytest.mark.assets
@pytest.mark.parametrize("kind", ["HEIF", "turned"])
def test_heic_and_turned_pictures_find_their_person(
    kind: str, gallery: Gallery, alice: User, assets: Path, signed_in: SignIn
) -> None:
    query, *wanted = sorted((assets / "faces" / "lfw_dev" / "Alejandro_Toledo").glob("*.jpg"))[:3]
    for path in wanted:
        uploads.add_photo(gallery, ContentFile(path.read_bytes(), path.name), alice)
    analyse_everything()
    client = signed_in(alice)
    change = as_heic if kind == "HEIF" else on_its_side
    content = change(query.read_bytes())
    answer = client.post(reverse("search"), {"photo": SimpleUploadedFile("a.heic", content)})
    page = client.get(answer.headers["Location"]).content.decode()
    assert {path.name for path in wanted} == set(re.findall(r'aria-label="(\w+\.jpg)"', page))
