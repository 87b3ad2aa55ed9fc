"""Persons, faces and the log by token: as Alice (owner), Bob (viewer) and Mallory (nobody)."""

from typing import Any

import pytest

from accounts.models import User
from galleries import identities
from galleries.models import Batch, Gallery, Person
from tests.faces import places
from tests.phones import NO_PERSON, Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_persons_are_listed_with_what_is_known_about_them(
    gallery: Gallery, persons: tuple[Person, Person], bob: User
) -> None:
    status, answer = phone_of(bob).ask("get", f"/galleries/{gallery.pk}/persons")
    assert status == 200
    assert {row["id"] for row in answer["results"]} == {person.pk for person in persons}
    first = answer["results"][0]
    portrait = Person.objects.with_faces().get(pk=first["id"]).portrait_id
    assert first["portrait"] == f"http://testserver/api/v1/faces/{portrait}/crop"
    assert {key: first[key] for key in ("name", "notes", "born_on", "user", "cover")} == {
        "name": "", "notes": "", "born_on": None, "user": None, "cover": None,
    }  # fmt: skip
    assert (first["hidden"], first["stranger"], first["face_count"]) == (False, False, 3)


def test_persons_are_filtered_by_kind_and_by_name(
    gallery: Gallery, persons: tuple[Person, Person], alice: User, phone: Phone
) -> None:
    left, right = persons
    hidden = Person.objects.create(gallery=gallery, name="Hidden Anna", is_hidden=True)
    identities.name_person(left, "Anna", alice)

    def listed(**asked: str) -> list[int]:
        _, answer = phone.ask("get", f"/galleries/{gallery.pk}/persons", **asked)
        return [row["id"] for row in answer["results"]]

    assert listed() == [right.pk, left.pk]
    assert listed(filter="named") == [left.pk]
    assert listed(filter="unnamed") == [right.pk]
    assert listed(filter="hidden") == [hidden.pk]
    assert listed(q="nna") == [left.pk]
    assert listed(q="nobody") == []
    status, answer = phone.ask("get", f"/galleries/{gallery.pk}/persons", filter="lost")
    assert (status, answer["filter"]) == (400, ['"lost" is not a valid choice.'])


def test_named_persons_come_by_name_and_none_is_skipped(gallery: Gallery, phone: Phone) -> None:
    for name in ("Carl", "Anna", "Bert", "Anna"):
        Person.objects.create(gallery=gallery, name=name)
    address = f"/galleries/{gallery.pk}/persons"
    _, page = phone.ask("get", address, filter="named", page_size="2")
    names = [row["name"] for row in page["results"]]
    while page["next"]:
        page = phone.get(page["next"]).json()
        names += [row["name"] for row in page["results"]]
    assert names == ["Anna", "Anna", "Bert", "Carl"]


def test_a_person_is_named_and_the_name_taken_back(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    address = f"/persons/{persons[0].pk}"
    status, answer = phone.ask("patch", address, name=" Anna ")
    assert (status, answer["person"]["name"], answer["joined"]) == (200, "Anna", 0)
    [batch] = answer["batches"]

    status, undone = phone.ask("post", f"/batches/{batch}/undo")

    assert (status, undone["obstacles"]) == (200, [])
    assert undone["detail"].startswith("Taken back: alice named")
    assert phone.ask("get", address)[1]["name"] == ""
    [redo] = undone["batches"]
    phone.ask("post", f"/batches/{redo}/undo")
    assert phone.ask("get", address)[1]["name"] == "Anna"


def test_all_that_is_known_about_a_person_is_changed_at_once_and_taken_back(
    persons: tuple[Person, Person], phone: Phone, bob: User
) -> None:
    person = persons[0]
    address = f"/persons/{person.pk}"
    _, before = phone.ask("get", address)
    face = person.faces.order_by("pk")[1]
    known = {
        "name": "Anna", "notes": "In the choir", "born_on": "1970-05-03", "user": bob.username,
        "cover": face.pk, "hidden": True,
    }  # fmt: skip
    status, answer = phone.ask("patch", address, **known)
    assert status == 200
    assert {field: answer["person"][field] for field in known} == known
    assert len(answer["batches"]) == 4
    for batch in reversed(answer["batches"]):
        assert phone.ask("post", f"/batches/{batch}/undo")[0] == 200
    assert phone.ask("get", address)[1] == before


def test_what_is_left_out_stays_and_nothing_new_is_no_decision(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    address = f"/persons/{persons[0].pk}"
    phone.ask("patch", address, notes="In the choir", born_on="1970-05-03")
    phone.ask("patch", address, notes="Left the choir")
    _, answer = phone.ask("get", address)
    assert (answer["notes"], answer["born_on"]) == ("Left the choir", "1970-05-03")
    assert phone.ask("patch", address, notes="Left the choir")[1]["batches"] == []


def test_a_person_is_hidden_and_a_stranger_and_shown_again(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    address = f"/persons/{persons[0].pk}"

    def kind(**asked: bool) -> tuple[bool, bool]:
        _, answer = phone.ask("patch", address, **asked)
        return answer["person"]["hidden"], answer["person"]["stranger"]

    assert kind(hidden=True) == (True, False)
    assert kind(stranger=True) == (True, True)
    assert kind(hidden=False) == (False, True)
    assert kind(stranger=False) == (False, False)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"name": " "}, "name: This field may not be blank."),
        ({"name": "a" * 201}, "name: Ensure this field has no more than 200 characters."),
        ({"born_on": "2999-01-01"}, "born_on: This day is still to come: check the year."),
        ({"user": "mallory"}, "user: No member of this gallery has this name."),
        ({"cover": 999_999_999}, "faces: This gallery has no such face: 999999999."),
    ],
)
def test_what_cannot_be_known_about_a_person_is_refused_with_a_sentence(
    asked: dict[str, Any],
    sentence: str,
    persons: tuple[Person, Person],
    phone: Phone,
    mallory: User,
) -> None:
    status, answer = phone.ask("patch", f"/persons/{persons[0].pk}", **asked)
    assert (status, answer["detail"]) == (400, sentence)
    assert not Batch.objects.decided().exists()


def test_a_face_of_somebody_else_is_no_cover_and_nothing_else_is_changed_then(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    foreign = persons[1].faces.all()[0]
    status, answer = phone.ask("patch", f"/persons/{persons[0].pk}", name="Anna", cover=foreign.pk)
    assert status == 400
    assert "Choose another as the cover" in answer["detail"]
    assert not Batch.objects.decided().exists()
    assert phone.ask("get", f"/persons/{persons[0].pk}")[1]["name"] == ""


def test_a_deleted_person_is_gone_and_comes_back_by_undo(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    before, address = places(), f"/persons/{persons[0].pk}"
    status, answer = phone.ask("delete", address)
    assert (status, answer["person"]) == (200, None)
    assert phone.ask("get", address) == (404, NO_PERSON)
    assert phone.ask("post", f"/batches/{answer['batches'][0]}/undo")[0] == 200
    assert phone.ask("get", address)[0] == 200
    assert places() == before


def test_a_merge_gives_all_faces_and_undo_gives_them_back(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    left, right = persons
    before = places()
    status, answer = phone.ask("post", f"/persons/{left.pk}/merge", persons=[right.pk])
    assert (status, answer["person"]["id"], answer["person"]["face_count"]) == (200, left.pk, 6)
    assert phone.ask("get", f"/persons/{right.pk}") == (404, NO_PERSON)
    phone.ask("post", f"/batches/{answer['batches'][0]}/undo")
    assert places() == before


def test_people_who_were_told_apart_are_merged_only_by_insisting(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    left, right = persons
    status, answer = phone.ask("post", f"/persons/{left.pk}/different", person=right.pk)
    assert (status, len(answer["batches"])) == (200, 1)
    address = f"/persons/{left.pk}/merge"
    status, answer = phone.ask("post", address, persons=[right.pk])
    assert status == 409
    assert "are two people" in answer["detail"]
    assert phone.ask("get", f"/persons/{right.pk}")[0] == 200
    status, answer = phone.ask("post", address, persons=[right.pk], even_if_different=True)
    assert (status, answer["person"]["face_count"]) == (200, 6)


def test_the_history_says_who_did_what_and_can_be_of_one_person(
    gallery: Gallery, persons: tuple[Person, Person], alice: User, phone: Phone, mallory: User
) -> None:
    left, right = persons
    identities.name_person(left, "Anna", alice)
    identities.hide_person(right, alice)
    address = f"/galleries/{gallery.pk}/history"
    _, answer = phone.ask("get", address)
    newest = answer["results"][0]
    assert newest["sentence"] == f"alice hid Unnamed {right.pk}"
    assert (newest["actor"], newest["action"], newest["source"]) == ("alice", "hide", "human")
    assert (newest["undone"], newest["undoes"]) == (False, None)
    assert answer["results"][-1]["source"] == "matcher"
    _, answer = phone.ask("get", address, person=str(left.pk))
    actions = [row["action"] for row in answer["results"]]
    assert actions[0] == "name"
    assert "hide" not in actions
    status, answer = phone.ask("get", address, person="999999999")
    assert (status, answer["detail"]) == (400, "person: This gallery has no such person.")
    assert phone_of(mallory).ask("get", address)[0] == 404


def test_what_stands_in_the_way_of_undo_is_named_and_the_rest_is_taken_back_if_asked(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    left, right = persons
    _, merged = phone.ask("post", f"/persons/{left.pk}/merge", persons=[right.pk])
    face = left.faces.order_by("-left")[0]
    _, moved = phone.ask("post", "/faces/move", faces=[face.pk], name="Carla")
    before, address = places(), f"/batches/{merged['batches'][0]}/undo"

    status, answer = phone.ask("post", address)

    assert status == 409
    assert answer["detail"].startswith("Later decisions stand in the way")
    assert [row["id"] for row in answer["obstacles"]] == moved["batches"]
    assert (answer["face_count"], answer["batches"]) == (1, [])
    assert places() == before

    status, answer = phone.ask("post", address, rest=True)

    assert (status, len(answer["batches"]), answer["face_count"]) == (200, 1, 1)
    assert right.faces.count() == 2
    status, answer = phone.ask("post", address)
    assert status == 409
    assert answer["detail"].startswith("This was taken back already.")
