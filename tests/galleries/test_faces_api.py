"""Decisions about faces by token."""

from typing import Any

import pytest

from accounts.models import User
from galleries.models import Face, Gallery, Person
from tests.phones import NO_PERSON, Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def keys(faces: Any) -> list[int]:
    return sorted(face.pk for face in faces)


def test_faces_that_are_split_off_are_a_new_person(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    left = persons[0]
    chosen = keys(left.faces.all())[:2]
    status, answer = phone.ask("post", f"/persons/{left.pk}/split", faces=chosen, name="Ben")
    assert status == 200
    assert (answer["person"]["name"], answer["person"]["face_count"]) == ("Ben", 2)
    _, faces = phone.ask("get", f"/persons/{answer['person']['id']}/faces")
    assert sorted(row["id"] for row in faces["results"]) == chosen
    assert {row["assigned_by"] for row in faces["results"]} == {"human"}
    status, merged = phone.ask(
        "post", f"/persons/{left.pk}/merge", persons=[answer["person"]["id"]]
    )
    assert (status, "are two people" in merged["detail"]) == (409, True)


def test_the_faces_of_a_person_name_their_photos_and_who_says_so(
    persons: tuple[Person, Person], bob: User, mallory: User
) -> None:
    person = persons[0]
    _, answer = phone_of(bob).ask("get", f"/persons/{person.pk}/faces", page_size="2")
    newest = person.faces.order_by("-pk")[0]
    row = answer["results"][0]
    assert (row["id"], row["photo"], row["assigned_by"]) == (newest.pk, newest.photo_id, "matcher")
    assert row["person"] == {"id": person.pk, "name": ""}
    assert 0.5 < row["probability"] <= 1
    assert len(phone_of(bob).get(answer["next"]).json()["results"]) == 1
    assert phone_of(mallory).ask("get", f"/persons/{person.pk}/faces") == (404, NO_PERSON)


def test_rejected_faces_leave_and_do_not_come_back_by_themselves(
    persons: tuple[Person, Person], phone: Phone
) -> None:
    person = persons[0]
    [face, *_] = person.faces.all()
    status, answer = phone.ask("post", f"/persons/{person.pk}/reject", faces=[face.pk])
    assert (status, answer["person"]["face_count"]) == (200, 2)
    _, photo = phone.ask("get", f"/photos/{face.photo_id}")
    shown = next(row for row in photo["faces"] if row["id"] == face.pk)
    assert (shown["person"], shown["assigned_by"], shown["probability"]) == (None, "", None)


def test_a_name_opens_a_person_once_and_then_gives_faces_to_it(
    waiting: list[Face], phone: Phone
) -> None:
    first, second = waiting
    status, answer = phone.ask("post", "/faces/move", faces=[first.pk], name="Carla")
    assert (status, answer["person"]["name"]) == (200, "Carla")
    # the other one is alike and follows by itself
    assert (answer["joined"], answer["person"]["face_count"]) == (1, 2)
    _, again = phone.ask("post", "/faces/move", faces=[second.pk], name="carla")
    assert again["person"]["id"] == answer["person"]["id"]
    second.refresh_from_db()
    assert second.assigned_by == "human"


def test_faces_move_to_a_person_by_its_id(
    persons: tuple[Person, Person], waiting: list[Face], phone: Phone
) -> None:
    chosen = keys(waiting)
    status, answer = phone.ask("post", "/faces/move", faces=chosen, person=persons[0].pk)
    assert (status, answer["person"]["face_count"]) == (200, 5)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "Send either the id of a person or a name."),
        ({"person": 1, "name": "Anna"}, "Send either the id of a person or a name."),
        ({"person": 999_999_999}, "person: This gallery has no such person: 999999999."),
        ({"name": "Anna", "faces": []}, "faces: Send the ids of some faces."),
        (
            {"name": "Anna", "faces": [*range(1, 502)]},
            "faces: Send at most 500 faces in one request.",
        ),
    ],
)
def test_a_move_that_cannot_be_meant_is_refused_with_a_sentence(
    asked: dict[str, Any], sentence: str, waiting: list[Face], phone: Phone
) -> None:
    status, answer = phone.ask("post", "/faces/move", **{"faces": keys(waiting), **asked})
    assert (status, answer["detail"]) == (400, sentence)


def test_what_is_no_face_is_shown_no_more(persons: tuple[Person, Person], phone: Phone) -> None:
    [face, *_] = persons[0].faces.all()
    status, answer = phone.ask("post", "/faces/not-a-face", faces=[face.pk])
    assert (status, answer["person"]) == (200, None)
    _, photo = phone.ask("get", f"/photos/{face.photo_id}")
    assert face.pk not in [row["id"] for row in photo["faces"]]
    assert len(photo["faces"]) == 1
    phone.ask("post", f"/batches/{answer['batches'][0]}/undo")
    assert len(phone.ask("get", f"/photos/{face.photo_id}")[1]["faces"]) == 2


def test_strangers_are_one_person_that_is_not_listed(
    gallery: Gallery, waiting: list[Face], phone: Phone
) -> None:
    status, answer = phone.ask("post", "/faces/stranger", faces=[waiting[0].pk])
    assert (status, answer["person"]["stranger"], answer["joined"]) == (200, True, 1)
    address = f"/galleries/{gallery.pk}/persons"
    assert answer["person"]["id"] not in [
        row["id"] for row in phone.ask("get", address)[1]["results"]
    ]
    [hidden] = phone.ask("get", address, filter="hidden")[1]["results"]
    assert hidden["id"] == answer["person"]["id"]
