"""All that can be asked by token: the same words as on the page, as Alice, Bob and Mallory."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.faces import Weakness
from galleries import analysis, identities
from galleries.models import Gallery, Person, Photo
from search import reception
from tests.drawings import DrawingEngine, draw
from tests.phones import Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

Crowd: TypeAlias = dict[str, Photo]


@pytest.fixture
def crowd(add_drawing: Callable[..., Photo]) -> Crowd:
    """By who is in them."""
    scenes = ("red", "blue", "green", "red blue", "red green", "red blue green", "violet")
    photos = {scene: add_drawing(*scene.split()) for scene in scenes}
    while analysis.work_off(8):
        pass
    return photos


@pytest.fixture
def anna(crowd: Crowd, alice: User) -> Person:
    """Is blue."""
    return identities.open_person_of([crowd["blue"].faces.get()], alice, "Anna")[1]


def show(phone: Phone, *colours: str) -> str:
    """Make a probe. Returns its address."""
    picture = SimpleUploadedFile("who.png", draw(*colours))
    status, probe = phone.send("/probes", photo=picture)
    assert status == 201, probe
    return f"/probes/{probe['token']}"


def ask(phone: Phone, address: str, **words: Any) -> dict[str, Any]:
    status, page = phone.ask("get", address, **words)
    assert status == 200, page
    answer: dict[str, Any] = page
    return answer


def scenes(crowd: Crowd, page: dict[str, Any]) -> list[str]:
    known = {photo.pk: scene for scene, photo in crowd.items()}
    return [known[match["photo"]["id"]] for match in page["results"]]


def test_several_faces_are_looked_for_together_or_without_each_other(
    crowd: Crowd, bob: User
) -> None:
    phone = phone_of(bob)
    address = f"{show(phone, 'red', 'blue')}/matches"
    together = ask(phone, address, face=[0, 1], combine="together")
    assert sorted(scenes(crowd, together)) == ["red blue", "red blue green"]
    assert ask(phone, address, face=[0, 1], combine="any")["total"] == 5
    without = ask(phone, address, face=0, without_face=1)
    assert sorted(scenes(crowd, without)) == ["red", "red green"]
    # what is left out is not looked for
    assert scenes(crowd, ask(phone, address, without_face=1)) == scenes(crowd, without)


def test_faces_are_mixed_with_persons(crowd: Crowd, anna: Person, bob: User) -> None:
    phone = phone_of(bob)
    address = f"{show(phone, 'red')}/matches"
    together = ask(phone, address, person=anna.pk, combine="together")
    assert sorted(scenes(crowd, together)) == ["red blue", "red blue green"]
    without = ask(phone, address, without_person=anna.pk)
    assert sorted(scenes(crowd, without)) == ["red", "red green"]


def test_a_search_in_one_step_takes_the_same_words(crowd: Crowd, anna: Person, bob: User) -> None:
    picture = SimpleUploadedFile("who.png", draw("red"))
    status, answer = phone_of(bob).send("/search", photo=picture, without_person=anna.pk)
    assert status == 200
    assert sorted(scenes(crowd, answer["matches"])) == ["red", "red green"]


def test_persons_are_searched_without_a_picture(crowd: Crowd, anna: Person, bob: User) -> None:
    phone = phone_of(bob)
    found = ask(phone, "/matches", person=anna.pk)
    assert sorted(scenes(crowd, found)) == ["blue", "red blue", "red blue green"]
    status, answer = phone.ask("get", "/matches")
    assert (status, list(answer)) == (400, ["detail", "person"])


def test_photos_are_narrowed_by_what_is_known_of_them(
    crowd: Crowd, gallery: Gallery, bob: User
) -> None:
    day = datetime(2019, 5, 3, 23, 30, tzinfo=UTC)
    Photo.objects.filter(pk=crowd["red"].pk).update(taken_at=day, camera="A", name="May.jpg")
    album = gallery.albums.create(name="Party")
    album.photos.add(crowd["red blue"], through_defaults={"gallery": gallery})
    phone = phone_of(bob)
    address = f"{show(phone, 'red')}/matches"
    for words, expected in (
        ({"taken_from": "2019-05-03", "taken_until": "2019-05-03"}, ["red"]),
        ({"taken_from": "2019-05-04"}, []),
        ({"camera": "A"}, ["red"]),
        ({"name": "may"}, ["red"]),
        ({"album": album.pk}, ["red blue"]),
        ({"least_face": 10_000}, []),
    ):
        assert scenes(crowd, ask(phone, address, **words)) == expected


def test_photos_come_in_the_order_that_is_asked_for_on_every_page(crowd: Crowd, bob: User) -> None:
    for year, scene in ((2001, "red"), (2003, "red blue"), (2002, "red green")):
        day = datetime(year, 1, 1, tzinfo=UTC)
        Photo.objects.filter(pk=crowd[scene].pk).update(taken_at=day)
    phone = phone_of(bob)
    page = ask(phone, f"{show(phone, 'red')}/matches", order="oldest", page_size=2)
    rest = phone.get(page["next"]).json()
    assert scenes(crowd, page) + scenes(crowd, rest) == [
        *("red", "red green", "red blue", "red blue green")
    ]


@pytest.mark.parametrize("word", ["gallery", "album", "person", "without_person"])
def test_what_one_may_not_see_is_404_as_if_it_did_not_exist(
    crowd: Crowd, gallery: Gallery, anna: Person, mallory: User, word: str
) -> None:
    Gallery.create_owned_by(mallory, "Hers")
    album = gallery.albums.create(name="Party")
    hidden = {"gallery": gallery.pk, "album": album.pk}.get(word, anna.pk)
    phone = phone_of(mallory)
    address = f"{show(phone, 'red')}/matches"
    status, seen = phone.ask("get", address, **{word: hidden})
    assert (status, seen) == phone.ask("get", address, **{word: 10**9})
    assert status == 404
    assert seen["detail"].startswith("There is no such ")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"face": 0, "without_face": 0}, "without_face"),
        ({"taken_from": "2020-01-02", "taken_until": "2020-01-01"}, "taken_from"),
        ({"taken_from": "yesterday"}, "taken_from"),
        ({"combine": "all"}, "combine"),
        ({"order": "best"}, "order"),
        ({"person": list(range(1, 12))}, "person"),
        ({"person": 2**63}, "person"),
        ({"without_face": 7}, "without_face"),
        ({"page_size": 0}, "page_size"),
        ({"name": "a\0b"}, "name"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_the_name_of_its_field(
    crowd: Crowd, bob: User, words: dict[str, Any], field: str
) -> None:
    phone = phone_of(bob)
    status, answer = phone.ask("get", f"{show(phone, 'red')}/matches", **words)
    assert status == 400
    assert field in answer


def test_an_answer_says_in_words_what_its_strictness_means(crowd: Crowd, bob: User) -> None:
    phone = phone_of(bob)
    meant = ask(phone, f"{show(phone, 'red')}/matches", strictness="wide")["strictness"]
    assert meant == {
        "word": "wide",
        "meaning": "About 1 in 1,000 strangers would look this similar.",
    }


def test_matches_are_grouped_by_person_with_an_address_of_all(
    crowd: Crowd, anna: Person, bob: User
) -> None:
    phone = phone_of(bob)
    page = ask(phone, f"{show(phone, 'red', 'blue', 'violet')}/groups")
    groups = {group["person"] and group["person"]["id"]: group for group in page["results"]}
    assert page["total"] == len(groups)
    assert {anna.pk, None} < set(groups)
    for person, group in groups.items():
        matches = phone.get(group["matches"]).json()
        assert matches["total"] == group["photo_count"] == len(group["best"])
        persons = [match["face"]["person"] for match in matches["results"]]
        assert {found and found["id"] for found in persons} == {person}


def test_groups_come_page_by_page(crowd: Crowd, anna: Person, bob: User) -> None:
    phone = phone_of(bob)
    first = ask(phone, f"{show(phone, 'blue', 'violet')}/groups", page_size=2)
    second = phone.get(first["next"]).json()
    assert [len(page["results"]) for page in (first, second)] == [2, 1]
    assert (second["next"], second["results"][0]["person"]) == (None, None)
    assert phone.get(second["previous"]).json()["results"] == first["results"]


def test_persons_are_grouped_without_a_picture(crowd: Crowd, anna: Person, bob: User) -> None:
    page = ask(phone_of(bob), "/groups", person=anna.pk)
    assert page["results"][0]["person"]["name"] == "Anna"


def test_a_stored_photo_is_searched_with_by_those_who_see_it(
    crowd: Crowd, bob: User, mallory: User
) -> None:
    photo = crowd["red green"]
    status, probe = phone_of(bob).ask("post", "/probes", photo_id=photo.pk)
    assert (status, [face["is_usable"] for face in probe["faces"]]) == (201, [True, True])
    found = ask(phone_of(bob), f"/probes/{probe['token']}/matches", combine="together")
    assert sorted(scenes(crowd, found)) == ["red blue green", "red green"]
    status, answer = phone_of(mallory).ask("post", "/probes", photo_id=photo.pk)
    assert status == 404
    assert "photo" in answer["detail"]


def test_a_face_is_marked_by_hand_and_searched_with(crowd: Crowd, bob: User) -> None:
    phone = phone_of(bob)
    address = show(phone, "red", "blue")
    box = {"left": 0.6, "top": 0.2, "width": 0.3, "height": 0.6}
    status, probe = phone.ask("post", f"{address}/faces", **box)
    assert status == 201
    drawn = probe["faces"][-1]
    assert (drawn["number"], drawn["is_drawn"], drawn["is_usable"]) == (2, True, True)
    assert ask(phone, f"{address}/matches", face=2)["total"] == 3


def test_a_marked_face_that_is_too_poor_says_what_would_help(
    crowd: Crowd, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = phone_of(bob)
    address = show(phone, "red", "blue")
    monkeypatch.setattr(DrawingEngine, "weakness", Weakness.BLURRED)
    monkeypatch.setattr(DrawingEngine, "quality", 0.01)
    box = {"left": 0.6, "top": 0.2, "width": 0.3, "height": 0.6}
    probe = phone.ask("post", f"{address}/faces", **box)[1]
    assert probe["faces"][-1]["problem"] == Weakness.BLURRED.sentence


@pytest.mark.parametrize(
    "box",
    [
        {"left": 0, "top": 0, "width": 0, "height": 1},
        {"left": 1, "top": 0, "width": 1, "height": 1},
        {"left": "nan", "top": 0, "width": 1, "height": 1},
        {"left": 0, "top": 0, "width": 1},
    ],
)
def test_a_box_outside_the_picture_is_refused(crowd: Crowd, bob: User, box: dict[str, Any]) -> None:
    phone = phone_of(bob)
    assert phone.ask("post", f"{show(phone, 'red')}/faces", **box)[0] == 400


def test_nobody_marks_a_face_in_the_picture_of_somebody_else(
    crowd: Crowd, alice: User, bob: User
) -> None:
    address = show(phone_of(alice), "red")
    box = {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.5}
    assert phone_of(bob).ask("post", f"{address}/faces", **box)[0] == 404


def test_who_finds_no_room_is_told_when_to_come_again(
    gallery: Gallery, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = reception.Room(places=0, waiting=1, seconds=0.01)
    monkeypatch.setattr("search.probes.looking_room", lambda: full)
    picture = SimpleUploadedFile("who.png", draw("red"))
    response = phone_of(bob).post("/api/v1/probes", {"photo": picture}, format="multipart")
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.json()["detail"].startswith("Many people are searching")


def test_a_page_of_groups_takes_as_many_queries_for_one_group_as_for_many(
    crowd: Crowd,
    anna: Person,
    bob: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    phone = phone_of(bob)
    address = show(phone, "red", "blue")
    # three of them write down who searched
    with django_assert_max_num_queries(12):
        ask(phone, f"{address}/groups")
