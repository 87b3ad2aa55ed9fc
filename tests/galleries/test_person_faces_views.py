"""The faces on the page of a person, and what may be said about them."""

import pytest
from django.test import Client
from django.urls import reverse

from galleries.forms import MAX_FACES
from galleries.models import AssignedBy, Batch, Difference, Person
from galleries.views import person as person_pages
from tests.faces import faces_of
from tests.galleries.people_pages import at, call, say
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_a_person_shows_who_says_so_for_each_face(red: Person, alices: Client) -> None:
    face, *_ = faces_of(red)
    page = text_of(alices.get(at("person", red)))
    assert page.count("found, ") == 4
    assert "1 face of Unnamed" in say(alices, red, "confirm", face)
    page = text_of(alices.get(at("person", red)))
    assert page.count("found, ") == 3
    assert "4 faces, 1 confirmed" in page


def test_each_face_links_to_its_photo_the_newest_first(
    red: Person, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = alices.get(at("person", red)).content.decode()
    links = [reverse("photo", args=[face.photo_id]) for face in reversed(faces_of(red))]
    places = [html.index(f'href="{link}"') for link in links]
    assert places == sorted(places)

    monkeypatch.setattr(person_pages, "FACES_PER_PAGE", 3)
    second = alices.get(at("person", red) + "?order=doubtful&page=2").content.decode()
    assert second.count("/crop") == 1 + 1  # with the portrait
    assert "?order=doubtful&amp;page=1" in second


def test_a_face_that_is_not_this_person_waits_and_never_returns(
    red: Person, alices: Client
) -> None:
    face, *_ = faces_of(red)
    assert "never again" in say(alices, red, "reject", face)
    face.refresh_from_db()
    assert face.person is None
    assert face.rejections.filter(person=red).exists()


def test_faces_of_somebody_else_go_to_whom_the_name_means_or_to_a_new_person(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    one, two, three, *_ = faces_of(red)
    call(alices, blue, "Zoe")
    assert "1 face given to Zoe." in say(alices, red, "move", one, name="zoe")
    assert one in faces_of(blue)
    assert "split off, as Otto" in say(alices, red, "move", two, name="Otto")
    assert faces_of(Person.objects.get(name="Otto")) == [two]
    assert "Type the name" in say(alices, red, "move", three)


def test_some_faces_become_a_new_person(red: Person, alices: Client) -> None:
    one, two, *rest = faces_of(red)
    assert "2 faces split off, as Unnamed" in say(alices, red, "split", one, two)
    newcomer = Person.objects.latest("pk")
    assert faces_of(newcomer) == [one, two]
    assert faces_of(red) == rest
    assert Difference.objects.standing().count() == 1


def test_what_is_not_a_face_is_nobodys(red: Person, alices: Client) -> None:
    face, *_ = faces_of(red)
    say(alices, red, "not-a-face", face)
    face.refresh_from_db()
    assert (face.person, face.verdict) == (None, "not-a-face")


def test_one_face_becomes_the_cover_and_not_two(red: Person, alices: Client) -> None:
    one, two, *_ = faces_of(red)
    assert "one face only" in say(alices, red, "cover", one, two)
    say(alices, red, "cover", two)
    red.refresh_from_db()
    assert red.cover == two


def test_all_faces_of_a_person_are_chosen_at_once(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    say(alices, red, "confirm", is_all="on")
    assert {face.assigned_by for face in faces_of(red)} == {AssignedBy.HUMAN}
    say(alices, red, "move", is_all="on", name=str(blue))
    assert len(faces_of(blue)) == 7


def test_no_face_and_too_many_faces_are_answered_by_a_sentence(red: Person, alices: Client) -> None:
    assert "Tick the faces first" in say(alices, red, "reject")
    data = {"decision": "reject", "face": list(range(1, MAX_FACES + 2))}
    page = alices.post(at("person-faces", red), data, follow=True)
    assert f"at most {MAX_FACES} faces" in text_of(page)
    alices.post(at("person-faces", red), {"decision": "sing", "face": [1]})
    assert not Batch.objects.decided().exists()


def test_a_face_of_another_person_is_left_alone(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    theirs, *_ = faces_of(blue)
    assert "Tick the faces first" in say(alices, red, "reject", theirs)
    assert theirs in faces_of(blue)
