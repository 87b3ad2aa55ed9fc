"""The pages of people and their history: Alice owns, Bob looks, Mallory is nobody."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities, undo
from galleries.forms import MAX_FACES
from galleries.models import AssignedBy, Batch, Difference, Face, Gallery, Person, Photo
from galleries.views import history as history_pages
from galleries.views import people as people_pages
from galleries.views import person as person_pages
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
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


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


@pytest.fixture
def persons(add_drawing: AddDrawing) -> tuple[Person, Person]:
    """Red is left in four photos, blue is right in three of them; the matcher found both."""
    for _ in range(3):
        add_drawing("red", "blue")
    add_drawing("red")
    analyse_everything()
    red, blue = Person.objects.with_faces().largest_first()
    return red, blue


@pytest.fixture
def red(persons: tuple[Person, Person]) -> Person:
    return persons[0]


@pytest.fixture
def blue(persons: tuple[Person, Person]) -> Person:
    return persons[1]


@pytest.fixture
def browser(alice: User, signed_in: SignIn) -> Client:
    """Alice's."""
    return signed_in(alice)


def at(name: str, row: Person | Gallery | Batch) -> str:
    return reverse(name, args=[row.pk])


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


def faces_of(person: Person) -> list[Face]:
    return list(Face.objects.of(person).order_by("pk"))


def say(client: Client, person: Person, decision: str, *faces: Face, **more: str) -> str:
    """Tick faces, press a button; the text of the page that follows."""
    data = {"decision": decision, "face": [face.pk for face in faces], **more}
    return text_of(client.post(at("person-faces", person), data, follow=True))


def call(client: Client, person: Person, name: str) -> str:
    return text_of(client.post(at("person-name", person), {"name": name}, follow=True))


def undo_latest(client: Client) -> str:
    batch = Batch.objects.latest("pk")
    return text_of(client.post(at("batch-undo", batch), follow=True))


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
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    merge = at("people-merge", red.gallery) + f"?person={red.pk}&person={blue.pk}"
    for page in [*pages_of(red), merge]:
        html = browser.get(page).content.decode()
        assert re.findall(r"<style|<script>|\sstyle=|\son\w+=", html) == []


def test_the_gallery_leads_to_its_people_and_its_history(red: Person, browser: Client) -> None:
    html = browser.get(at("gallery", red.gallery)).content.decode()
    assert f'href="{at("people", red.gallery)}"' in html
    assert f'href="{at("history", red.gallery)}"' in html


def test_people_are_listed_named_first_and_then_by_size(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    say_page = text_of(browser.get(at("people", red.gallery)))
    assert say_page.index(str(red)) < say_page.index(str(blue))
    assert "4 faces" in say_page
    call(browser, blue, "Zoe")
    say_page = text_of(browser.get(at("people", red.gallery)))
    assert say_page.index("Zoe") < say_page.index(str(red))


def test_people_are_filtered_and_searched_by_name(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    call(browser, red, "Anna")

    def shown(query: str) -> set[Person]:
        html = browser.get(at("people", red.gallery) + query).content.decode()
        return {person for person in persons if f'href="{at("person", person)}"' in html}

    assert shown("") == {red, blue}
    assert shown("?show=named") == {red}
    assert shown("?show=unnamed") == {blue}
    assert shown("?show=hidden") == set()
    assert shown("?q=nn") == {red}
    assert shown(f"?q=unnamed+{blue.pk}") == {blue}
    assert shown("?q=Otto") == set()
    assert shown("?show=nonsense&page=99") == {red, blue}


def test_hidden_people_and_strangers_are_found_by_their_filter_only(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    browser.post(at("person-hide", red))
    browser.post(at("person-stranger", blue))
    assert "Nobody yet" in text_of(browser.get(at("people", red.gallery)))
    aside = text_of(browser.get(at("people", red.gallery) + "?show=hidden"))
    assert str(red) in aside
    assert "stranger" in aside

    browser.post(at("person-show", blue))
    assert str(blue) in text_of(browser.get(at("people", red.gallery)))


def test_many_people_are_shown_by_pages(
    gallery: Gallery, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_pages, "CARDS_PER_PAGE", 2)
    for name in ("Ada", "Ben", "Cleo"):
        Person.objects.create(gallery=gallery, name=name)
    assert "Page 1 of 2" in text_of(browser.get(at("people", gallery)))
    second = text_of(browser.get(at("people", gallery) + "?page=2"))
    assert "Cleo" in second
    assert "Ada" not in second


def test_the_first_name_is_given_in_place_and_can_be_taken_back(
    red: Person, browser: Client
) -> None:
    page = browser.post(at("person-name", red), {"name": "Anna"}, follow=True)
    assert "This is Anna now." in text_of(page)
    assert f'action="{at("batch-undo", Batch.objects.latest("pk"))}"' in page.content.decode()
    assert "Taken back" in undo_latest(browser)
    red.refresh_from_db()
    assert red.name == ""


def test_a_name_that_another_has_leads_to_the_offer_to_merge(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    call(browser, red, "Anna")
    offer = call(browser, blue, "anna")
    assert "“anna” is here already" in offer
    blue.refresh_from_db()
    assert blue.name == ""

    browser.post(at("person-name", blue), {"name": "Anna", "is_namesake": "on"})
    blue.refresh_from_db()
    assert blue.name == "Anna"


def test_where_two_have_one_name_the_number_says_who_is_meant(
    persons: tuple[Person, Person], browser: Client, gallery: Gallery
) -> None:
    red, blue = persons
    anna, other = (Person.objects.create(gallery=gallery, name="Anna") for _ in range(2))
    face, *_ = faces_of(red)
    answer = say(browser, red, "move", face, name="Anna")
    assert f"type “Anna #{anna.pk}” or “Anna #{other.pk}”" in answer.replace("&amp;", "&")
    say(browser, red, "move", face, name=f"Anna #{other.pk}")
    assert faces_of(other) == [face]
    say(browser, other, "move", face, name=f"Unnamed {blue.pk}")
    assert face in faces_of(blue)
    names = browser.get(at("people-names", gallery) + "?name=ann").content.decode()
    assert f'"Anna #{anna.pk}"' in names


def test_no_name_and_a_name_too_long_are_refused(red: Person, browser: Client) -> None:
    assert "Type a name" in call(browser, red, "  ")
    assert "at most 200" in call(browser, red, "x" * 201)
    assert not Batch.objects.decided().exists()


def test_several_are_merged_into_the_one_who_is_kept_and_parted_by_undo(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    door = at("people-merge", red.gallery)
    both = {"person": [red.pk, blue.pk]}
    ask = browser.post(door, both)
    assert "Who is kept?" in text_of(ask)
    assert not Batch.objects.decided().exists()

    done = browser.post(door, both | {"kept": blue.pk}, follow=True)
    assert done.redirect_chain[-1][0] == at("person", blue)
    assert f"4 faces joined {blue}." in text_of(done)
    assert len(faces_of(blue)) == 7
    undo_latest(browser)
    assert (len(faces_of(red)), len(faces_of(blue))) == (4, 3)


def test_one_person_alone_or_none_is_not_merged(red: Person, browser: Client) -> None:
    door = at("people-merge", red.gallery)
    for chosen in ({}, {"person": [red.pk]}, {"person": ["x", "9" * 30]}):
        assert "at least two" in text_of(browser.post(door, chosen, follow=True))
    many = {"person": list(range(1, 102))}
    assert "at most 100 persons" in text_of(browser.post(door, many, follow=True))


def test_a_person_is_merged_into_another_by_name(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    call(browser, blue, "Zoe")
    door = at("people-merge", red.gallery)
    ask = browser.get(door, {"person": str(red.pk), "into": "zoe"})
    assert "Merge 2 people" in text_of(ask)
    lost = browser.get(door, {"person": str(red.pk), "into": "Nobody"}, follow=True)
    assert "Nobody in this gallery is called “Nobody”" in text_of(lost)


def test_people_told_apart_are_merged_only_after_a_warning(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    told = browser.post(at("person-different", red), {"name": str(blue)}, follow=True)
    assert "two people" in text_of(told)
    assert Difference.objects.standing().count() == 1

    door = at("people-merge", red.gallery)
    both = {"person": [red.pk, blue.pk], "kept": red.pk}
    warning = browser.post(door, both)
    assert warning.status_code == 409
    assert "Merge all the same" in text_of(warning)
    assert len(faces_of(blue)) == 3
    browser.post(door, both | {"even_if_different": "on"})
    assert len(faces_of(red)) == 7


def test_a_person_is_told_apart_only_from_somebody_else_who_is_there(
    red: Person, browser: Client
) -> None:
    for name in ("Nobody", "", "Unnamed 99999", str(red)):
        page = browser.post(at("person-different", red), {"name": name}, follow=True)
        assert "Nobody else in this gallery" in text_of(page)
    assert not Difference.objects.exists()


def test_several_are_hidden_by_one_decision_that_one_undo_takes_back(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    door = at("people-hide", red.gallery)
    assert "Choose the people to hide" in text_of(browser.post(door, follow=True))
    page = browser.post(door, {"person": [red.pk, blue.pk]}, follow=True)
    assert "2 people hidden" in text_of(page)
    assert not Person.objects.listed().exists()
    undo_latest(browser)
    assert Person.objects.listed().count() == 2


def test_facts_are_changed_and_a_day_to_come_is_refused(
    red: Person, bob: User, mallory: User, browser: Client
) -> None:
    facts = {"born_on": "1980-02-03", "user": bob.pk, "notes": "Plays the cello."}
    shown = text_of(browser.post(at("person-edit", red), facts, follow=True))
    assert "3 February 1980" in shown
    assert "Plays the cello." in shown
    red.refresh_from_db()
    assert red.user == bob

    tomorrow = timezone.localdate() + timedelta(days=1)
    wrong = browser.post(at("person-edit", red), facts | {"born_on": tomorrow})
    assert wrong.status_code == 400
    assert "still to come" in text_of(wrong)
    stranger = browser.post(at("person-edit", red), facts | {"user": mallory.pk})
    assert stranger.status_code == 400


def test_a_person_shows_who_says_so_for_each_face(red: Person, browser: Client) -> None:
    face, *_ = faces_of(red)
    page = text_of(browser.get(at("person", red)))
    assert page.count("found, ") == 4
    assert "1 face of Unnamed" in say(browser, red, "confirm", face)
    page = text_of(browser.get(at("person", red)))
    assert page.count("found, ") == 3
    assert "4 faces, 1 confirmed" in page


def test_each_face_links_to_its_photo_the_newest_first(
    red: Person, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    html = browser.get(at("person", red)).content.decode()
    links = [reverse("photo", args=[face.photo_id]) for face in reversed(faces_of(red))]
    places = [html.index(f'href="{link}"') for link in links]
    assert places == sorted(places)

    monkeypatch.setattr(person_pages, "FACES_PER_PAGE", 3)
    second = browser.get(at("person", red) + "?order=doubtful&page=2").content.decode()
    assert second.count("/crop") == 1 + 1  # with the portrait
    assert "?order=doubtful&amp;page=1" in second


def test_a_face_that_is_not_this_person_waits_and_never_returns(
    red: Person, browser: Client
) -> None:
    face, *_ = faces_of(red)
    assert "never again" in say(browser, red, "reject", face)
    face.refresh_from_db()
    assert face.person is None
    assert face.rejections.filter(person=red).exists()


def test_faces_of_somebody_else_go_to_whom_the_name_means_or_to_a_new_person(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    one, two, three, *_ = faces_of(red)
    call(browser, blue, "Zoe")
    assert "1 face given to Zoe." in say(browser, red, "move", one, name="zoe")
    assert one in faces_of(blue)
    assert "split off, as Otto" in say(browser, red, "move", two, name="Otto")
    assert faces_of(Person.objects.get(name="Otto")) == [two]
    assert "Type the name" in say(browser, red, "move", three)


def test_some_faces_become_a_new_person(red: Person, browser: Client) -> None:
    one, two, *rest = faces_of(red)
    assert "2 faces split off, as Unnamed" in say(browser, red, "split", one, two)
    newcomer = Person.objects.latest("pk")
    assert faces_of(newcomer) == [one, two]
    assert faces_of(red) == rest
    assert Difference.objects.standing().count() == 1


def test_what_is_not_a_face_is_nobodys(red: Person, browser: Client) -> None:
    face, *_ = faces_of(red)
    say(browser, red, "not-a-face", face)
    face.refresh_from_db()
    assert (face.person, face.verdict) == (None, "not-a-face")


def test_one_face_becomes_the_cover_and_not_two(red: Person, browser: Client) -> None:
    one, two, *_ = faces_of(red)
    assert "one face only" in say(browser, red, "cover", one, two)
    say(browser, red, "cover", two)
    red.refresh_from_db()
    assert red.cover == two


def test_all_faces_of_a_person_are_chosen_at_once(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    say(browser, red, "confirm", is_all="on")
    assert {face.assigned_by for face in faces_of(red)} == {AssignedBy.HUMAN}
    say(browser, red, "move", is_all="on", name=str(blue))
    assert len(faces_of(blue)) == 7


def test_no_face_and_too_many_faces_are_answered_by_a_sentence(
    red: Person, browser: Client
) -> None:
    assert "Tick the faces first" in say(browser, red, "reject")
    data = {"decision": "reject", "face": list(range(1, MAX_FACES + 2))}
    page = browser.post(at("person-faces", red), data, follow=True)
    assert f"at most {MAX_FACES} faces" in text_of(page)
    browser.post(at("person-faces", red), {"decision": "sing", "face": [1]})
    assert not Batch.objects.decided().exists()


def test_a_face_of_another_person_is_left_alone(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    theirs, *_ = faces_of(blue)
    assert "Tick the faces first" in say(browser, red, "reject", theirs)
    assert theirs in faces_of(blue)


def test_waiting_faces_follow_a_decision_at_once_and_are_counted(
    red: Person, alice: User, browser: Client
) -> None:
    one, two, *_ = faces_of(red)
    identities.delete_person(red, alice)
    batch, anna = identities.open_person_of([one], alice, "Anna")
    assert batch.face_count == 1
    page = call(browser, anna, "Anna Berg")
    assert "3 faces that waited joined Anna Berg." in page
    assert two in faces_of(anna)


def test_a_deleted_person_is_gone_from_the_list_and_comes_back_by_undo(
    red: Person, browser: Client
) -> None:
    page = browser.post(at("person-delete", red), follow=True)
    assert "is deleted. The photos stayed." in text_of(page)
    gone = browser.get(at("person", red), follow=True)
    assert gone.redirect_chain[-1][0].endswith(f"?person={red.pk}")
    assert "deleted Unnamed" in text_of(gone)
    undo_latest(browser)
    assert browser.get(at("person", red)).status_code == 200
    assert len(faces_of(red)) == 4


def test_who_was_deleted_meanwhile_is_decided_about_no_more(
    red: Person, alice: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes the person between the check and the lock."""
    found = person_pages._editable

    def delete_after_finding(*args: object) -> Person:
        person = found(*args)  # type: ignore[arg-type]
        identities.delete_person(Person.objects.get(pk=person.pk), alice)
        return person

    monkeypatch.setattr(person_pages, "_editable", delete_after_finding)
    page = browser.post(at("person-name", red), {"name": "Anna"}, follow=True)
    assert "meanwhile" in text_of(page)


def test_the_history_reads_newest_first_and_is_undone_by_its_buttons(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    call(browser, red, "Anna")
    call(browser, blue, "Zoe")
    page = text_of(browser.get(at("history", red.gallery)))
    assert "Today" in page
    assert page.index("“Zoe”") < page.index("“Anna”")
    assert "The matcher" not in page
    assert "The matcher" in text_of(browser.get(at("history", red.gallery) + "?all=1"))
    only = text_of(browser.get(at("history", red.gallery) + f"?person={red.pk}"))
    assert "“Anna”" in only
    assert "“Zoe”" not in only


def test_what_was_taken_back_is_marked_and_done_again(red: Person, browser: Client) -> None:
    call(browser, red, "Anna")
    naming = Batch.objects.latest("pk")
    undo_latest(browser)
    inverse = Batch.objects.latest("pk")
    log = browser.get(at("history", red.gallery))
    assert "taken back" in text_of(log)
    assert f'action="{at("batch-undo", inverse)}"' in log.content.decode()

    again = browser.post(at("batch-undo", inverse), follow=True)
    assert "Done again: alice named" in text_of(again)
    assert f'action="{at("batch-undo", naming)}"' in again.content.decode()
    red.refresh_from_db()
    assert red.name == "Anna"
    twice = browser.post(at("batch-undo", inverse), follow=True)
    assert "taken back already" in text_of(twice)


def test_later_decisions_that_stand_in_the_way_are_named_and_the_rest_is_undone_if_wished(
    persons: tuple[Person, Person], browser: Client
) -> None:
    red, blue = persons
    one, two, *_ = faces_of(red)
    say(browser, red, "move", one, two, name=str(blue))
    moving = Batch.objects.filter(action="move").latest("pk")
    say(browser, blue, "move", one, name="Otto")

    stopped = browser.post(at("batch-undo", moving))
    assert stopped.status_code == 409
    assert "Otto" in text_of(stopped)
    two.refresh_from_db()
    assert two.person == blue

    done = browser.post(at("batch-undo", moving), {"rest": "on"}, follow=True)
    assert "Left as decided since: 1 face." in text_of(done)
    for face in (one, two):
        face.refresh_from_db()
    assert two.person == red
    assert one.person == Person.objects.get(name="Otto")


def test_undo_returns_to_the_page_that_asked_and_to_no_other_server(
    red: Person, browser: Client
) -> None:
    call(browser, red, "Anna")
    page = at("person", red)
    there = browser.post(at("batch-undo", Batch.objects.latest("pk")), {"back": page})
    assert there.headers["Location"] == page
    away = browser.post(
        at("batch-undo", Batch.objects.latest("pk")), {"back": "https://evil.example/"}
    )
    assert away.headers["Location"] == at("history", red.gallery)


def test_a_long_history_goes_on_where_the_page_ended(
    red: Person, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_pages, "ENTRIES_PER_PAGE", 2)
    for name in ("Ada", "Ben", "Cleo"):
        call(browser, red, name)
    first = browser.get(at("history", red.gallery) + f"?person={red.pk}")
    second, third = Batch.objects.filter(action="name").newest_first()[1:3]
    older = f"?person={red.pk}&amp;before={second.pk}"
    assert older in first.content.decode()
    page = text_of(browser.get(at("history", red.gallery) + f"?before={second.pk}"))
    assert f"“{third.target}”" in page
    assert f"“{second.target}”" not in page


def test_the_history_of_somebody_elsewhere_does_not_exist(
    red: Person, alice: User, browser: Client
) -> None:
    other = Gallery.create_owned_by(alice, "Winter")
    address = at("history", other) + f"?person={red.pk}"
    assert browser.get(address).status_code == 404
    merge = {"person": [red.pk, Person.objects.create(gallery=other, name="Eve").pk]}
    assert "at least two" in text_of(browser.post(at("people-merge", other), merge, follow=True))


def test_a_page_costs_the_same_few_queries_however_much_it_shows(
    red: Person,
    alice: User,
    browser: Client,
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
            assert browser.get(f"{page}?all=1").status_code == 200
