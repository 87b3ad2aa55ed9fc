"""The page of one person: the name, what is known, and what becomes of the person."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from galleries import identities
from galleries.models import Batch, Difference, Gallery, Person
from galleries.views import person as person_pages
from tests.faces import faces_of
from tests.galleries.people_pages import at, call, say, undo_latest
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_the_first_name_is_given_in_place_and_can_be_taken_back(
    red: Person, alices: Client
) -> None:
    page = alices.post(at("person-name", red), {"name": "Anna"}, follow=True)
    assert "This is Anna now." in text_of(page)
    assert f'action="{at("batch-undo", Batch.objects.latest("pk"))}"' in page.content.decode()
    assert "Taken back" in undo_latest(alices)
    red.refresh_from_db()
    assert red.name == ""


def test_a_name_that_another_has_leads_to_the_offer_to_merge(
    red_and_blue: tuple[Person, Person], alices: Client
) -> None:
    red, blue = red_and_blue
    call(alices, red, "Anna")
    offer = call(alices, blue, "anna")
    assert "“anna” is here already" in offer
    blue.refresh_from_db()
    assert blue.name == ""

    alices.post(at("person-name", blue), {"name": "Anna", "is_namesake": "on"})
    blue.refresh_from_db()
    assert blue.name == "Anna"


def test_where_two_have_one_name_the_number_says_who_is_meant(
    red_and_blue: tuple[Person, Person], alices: Client, gallery: Gallery
) -> None:
    red, blue = red_and_blue
    anna, other = (Person.objects.create(gallery=gallery, name="Anna") for _ in range(2))
    face, *_ = faces_of(red)
    answer = say(alices, red, "move", face, name="Anna")
    assert f"type “Anna #{anna.pk}” or “Anna #{other.pk}”" in answer.replace("&amp;", "&")
    say(alices, red, "move", face, name=f"Anna #{other.pk}")
    assert faces_of(other) == [face]
    say(alices, other, "move", face, name=f"Unnamed {blue.pk}")
    assert face in faces_of(blue)
    names = alices.get(at("people-names", gallery) + "?name=ann").content.decode()
    assert f'"Anna #{anna.pk}"' in names


def test_no_name_and_a_name_too_long_are_refused(red: Person, alices: Client) -> None:
    assert "Type a name" in call(alices, red, "  ")
    assert "at most 200" in call(alices, red, "x" * 201)
    assert not Batch.objects.decided().exists()


def test_a_person_is_told_apart_only_from_somebody_else_who_is_there(
    red: Person, alices: Client
) -> None:
    for name in ("Nobody", "", "Unnamed 99999", str(red)):
        page = alices.post(at("person-different", red), {"name": name}, follow=True)
        assert "Nobody else in this gallery" in text_of(page)
    assert not Difference.objects.exists()


def test_facts_are_changed_and_a_day_to_come_is_refused(
    red: Person, bob: User, mallory: User, alices: Client
) -> None:
    facts = {"born_on": "1980-02-03", "user": bob.pk, "notes": "Plays the cello."}
    shown = text_of(alices.post(at("person-edit", red), facts, follow=True))
    assert "3 February 1980" in shown
    assert "Plays the cello." in shown
    red.refresh_from_db()
    assert red.user == bob

    tomorrow = timezone.localdate() + timedelta(days=1)
    wrong = alices.post(at("person-edit", red), facts | {"born_on": tomorrow})
    assert wrong.status_code == 400
    assert "still to come" in text_of(wrong)
    stranger = alices.post(at("person-edit", red), facts | {"user": mallory.pk})
    assert stranger.status_code == 400


def test_waiting_faces_follow_a_decision_at_once_and_are_counted(
    red: Person, alice: User, alices: Client
) -> None:
    one, two, *_ = faces_of(red)
    identities.delete_person(red, alice)
    batch, anna = identities.open_person_of([one], alice, "Anna")
    assert batch.face_count == 1
    page = call(alices, anna, "Anna Berg")
    assert "3 faces that waited joined Anna Berg." in page
    assert two in faces_of(anna)


def test_a_deleted_person_is_gone_from_the_list_and_comes_back_by_undo(
    red: Person, alices: Client
) -> None:
    page = alices.post(at("person-delete", red), follow=True)
    assert "is deleted. The photos stayed." in text_of(page)
    gone = alices.get(at("person", red), follow=True)
    assert gone.redirect_chain[-1][0].endswith(f"?person={red.pk}")
    assert "deleted Unnamed" in text_of(gone)
    undo_latest(alices)
    assert alices.get(at("person", red)).status_code == 200
    assert len(faces_of(red)) == 4


def test_who_was_deleted_meanwhile_is_decided_about_no_more(
    red: Person, alice: User, alices: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes the person between the check and the lock."""
    found = person_pages._editable

    def delete_after_finding(*args: object) -> Person:
        person = found(*args)  # type: ignore[arg-type]
        identities.delete_person(Person.objects.get(pk=person.pk), alice)
        return person

    monkeypatch.setattr(person_pages, "_editable", delete_after_finding)
    page = alices.post(at("person-name", red), {"name": "Anna"}, follow=True)
    assert "meanwhile" in text_of(page)
