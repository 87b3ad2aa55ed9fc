"""The list of people, merging and hiding: Alice owns, Bob looks, Mallory is nobody."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import identities, undo
from galleries.models import Batch, Difference, Gallery, Person
from galleries.views import people as people_pages
from tests.faces import faces_of
from tests.galleries.people_pages import at, call, undo_latest
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
EDITING = (
    "person-name",
    "person-edit",
    "person-faces",
    "person-different",
    "person-hide",
    "person-show",
    "person-stranger",
    "person-delete",
)


def pages_of(person: Person) -> list[str]:
    return [
        at("people", person.gallery),
        at("people-names", person.gallery),
        at("person", person),
        at("history", person.gallery),
    ]


def doors_of(person: Person) -> list[str]:
    batch = Batch.objects.filter(persons=person).latest("pk")
    return [
        *(at(name, person) for name in EDITING),
        at("people-merge", person.gallery),
        at("people-hide", person.gallery),
        at("batch-undo", batch),
    ]


def test_members_open_every_page(red: Person, bob: User, signed_in: SignIn) -> None:
    client = signed_in(bob)
    assert [client.get(page).status_code for page in pages_of(red)] == [200] * 4


def test_for_a_stranger_no_page_and_no_door_exists(
    red: Person, mallory: User, signed_in: SignIn
) -> None:
    client = signed_in(mallory)
    before = Batch.objects.count()
    assert {client.get(page).status_code for page in pages_of(red)} == {404}
    assert {client.post(door).status_code for door in doors_of(red)} == {404}
    assert Batch.objects.count() == before


def test_a_viewer_finds_every_door_shut_and_no_button_to_it(
    red: Person, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    doors = doors_of(red)
    before = Batch.objects.count()
    assert {client.post(door).status_code for door in doors} == {404}
    assert client.get(at("people-merge", red.gallery)).status_code == 404
    assert Batch.objects.count() == before
    for page in pages_of(red):
        html = client.get(page).content.decode()
        assert [door for door in doors if f'"{door}"' in html] == []
        assert 'type="checkbox"' not in html


def test_without_a_sign_in_every_page_leads_to_it(red: Person, client: Client) -> None:
    for page in pages_of(red):
        assert client.get(page).headers["Location"].startswith(reverse("sign-in"))


def test_no_page_needs_what_the_content_security_policy_forbids(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    merge = at("people-merge", red.gallery) + f"?person={red.pk}&person={blue.pk}"
    for page in [*pages_of(red), merge]:
        html = alices.get(page).content.decode()
        assert re.findall(r"<style|<script>|\sstyle=|\son\w+=", html) == []


def test_the_gallery_leads_to_its_people_and_its_history(red: Person, alices: Client) -> None:
    html = alices.get(at("gallery", red.gallery)).content.decode()
    assert f'href="{at("people", red.gallery)}"' in html
    assert f'href="{at("history", red.gallery)}"' in html


def test_people_are_listed_named_first_and_then_by_size(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    say_page = text_of(alices.get(at("people", red.gallery)))
    assert say_page.index(str(red)) < say_page.index(str(blue))
    assert "4 faces" in say_page
    call(alices, blue, "Zoe")
    say_page = text_of(alices.get(at("people", red.gallery)))
    assert say_page.index("Zoe") < say_page.index(str(red))


def test_people_are_filtered_and_searched_by_name(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    call(alices, red, "Anna")

    def shown(query: str) -> set[Person]:
        html = alices.get(at("people", red.gallery) + query).content.decode()
        return {person for person in red_and_blue if f'href="{at("person", person)}"' in html}

    assert shown("") == {red, blue}
    assert shown("?show=named") == {red}
    assert shown("?show=unnamed") == {blue}
    assert shown("?show=hidden") == set()
    assert shown("?q=nn") == {red}
    assert shown(f"?q=unnamed+{blue.pk}") == {blue}
    assert shown("?q=Otto") == set()
    assert shown("?show=nonsense&page=99") == {red, blue}


@pytest.mark.parametrize(("page", "field"), [("people", "q"), ("people-names", "name")])
def test_a_name_that_no_database_keeps_is_looked_for_all_the_same(
    page: str, field: str, red: Person, alices: Client
) -> None:
    assert alices.get(at(page, red.gallery), {field: "\0"}).status_code == 200


def test_hidden_people_and_strangers_are_found_by_their_filter_only(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    alices.post(at("person-hide", red))
    alices.post(at("person-stranger", blue))
    assert "Nobody yet" in text_of(alices.get(at("people", red.gallery)))
    aside = text_of(alices.get(at("people", red.gallery) + "?show=hidden"))
    assert str(red) in aside
    assert "stranger" in aside

    alices.post(at("person-show", blue))
    assert str(blue) in text_of(alices.get(at("people", red.gallery)))


def test_many_people_are_shown_by_pages(
    gallery: Gallery, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_pages, "CARDS_PER_PAGE", 2)
    for name in ("Ada", "Ben", "Cleo"):
        Person.objects.create(gallery=gallery, name=name)
    assert "Page 1 of 2" in text_of(alices.get(at("people", gallery)))
    second = text_of(alices.get(at("people", gallery) + "?page=2"))
    assert "Cleo" in second
    assert "Ada" not in second


def test_several_are_merged_into_the_one_who_is_kept_and_parted_by_undo(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    door = at("people-merge", red.gallery)
    both = {"person": [red.pk, blue.pk]}
    ask = alices.post(door, both)
    assert "Who is kept?" in text_of(ask)
    assert not Batch.objects.decided().exists()

    done = alices.post(door, both | {"kept": blue.pk}, follow=True)
    assert done.redirect_chain[-1][0] == at("person", blue)
    assert f"4 faces joined {blue}." in text_of(done)
    assert len(faces_of(blue)) == 7
    undo_latest(alices)
    assert (len(faces_of(red)), len(faces_of(blue))) == (4, 3)


def test_one_person_alone_or_none_is_not_merged(red: Person, alices: Client) -> None:
    door = at("people-merge", red.gallery)
    for chosen in ({}, {"person": [red.pk]}, {"person": ["x", "9" * 30]}):
        assert "at least two" in text_of(alices.post(door, chosen, follow=True))
    many = {"person": list(range(1, 102))}
    assert "at most 100 persons" in text_of(alices.post(door, many, follow=True))


def test_a_person_is_merged_into_another_by_name(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    call(alices, blue, "Zoe")
    door = at("people-merge", red.gallery)
    ask = alices.get(door, {"person": str(red.pk), "into": "zoe"})
    assert "Merge 2 people" in text_of(ask)
    lost = alices.get(door, {"person": str(red.pk), "into": "Nobody"}, follow=True)
    assert "Nobody in this gallery is called “Nobody”" in text_of(lost)


def test_people_told_apart_are_merged_only_after_a_warning(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    told = alices.post(at("person-different", red), {"name": str(blue)}, follow=True)
    assert "two people" in text_of(told)
    assert Difference.objects.standing().count() == 1

    door = at("people-merge", red.gallery)
    both = {"person": [red.pk, blue.pk], "kept": red.pk}
    warning = alices.post(door, both)
    assert warning.status_code == 409
    assert "Merge all the same" in text_of(warning)
    assert len(faces_of(blue)) == 3
    alices.post(door, both | {"even_if_different": "on"})
    assert len(faces_of(red)) == 7


def test_several_are_hidden_by_one_decision_that_one_undo_takes_back(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    door = at("people-hide", red.gallery)
    assert "Choose the people to hide" in text_of(alices.post(door, follow=True))
    page = alices.post(door, {"person": [red.pk, blue.pk]}, follow=True)
    assert "2 people hidden" in text_of(page)
    assert not Person.objects.listed().exists()
    undo_latest(alices)
    assert Person.objects.listed().count() == 2


def test_a_page_costs_the_same_few_queries_however_much_it_shows(
    red: Person,
    alice: User,
    alices: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(15):
        Person.objects.create(gallery=red.gallery, name=f"Extra {number}")
        naming = identities.name_person(red, f"Anna {number}", alice)
        undone = undo.undo(naming, alice).batch
        assert undone
        undo.undo(undone, alice)
    for page in (at("people", red.gallery), at("person", red), at("history", red.gallery)):
        with django_assert_max_num_queries(14):
            assert alices.get(f"{page}?all=1").status_code == 200
