"""Persons, faces and the log by token: as Alice (owner), Bob (viewer) and Mallory (nobody)."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities
from galleries.models import Batch, Face, Gallery, Person, Photo
from tests.phones import Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

NO_PERSON = {"detail": "There is no such person, or you are not a member of its gallery."}
NO_FACE = {"detail": "One of these faces does not exist, or you are not a member of its gallery."}
NO_BATCH = {"detail": "There is no such decision, or you are not a member of its gallery."}
ONLY_LOOK = {
    "detail": "You may look at this gallery but not change it. Ask its owner to make you an editor."
}


@pytest.fixture
def persons(gallery: Gallery, add_drawing: Callable[..., Photo]) -> tuple[Person, Person]:
    """Two unnamed persons of three faces each, found by the matcher in the same three photos."""
    for _ in range(3):
        add_drawing("red", "blue")
    while analysis.work_off(8):
        pass
    left, right = Person.objects.order_by("faces__left").distinct()[:2]
    assert left.faces.count() == right.faces.count() == 3
    return left, right


@pytest.fixture
def waiting(persons: tuple[Person, Person], add_drawing: Callable[..., Photo]) -> list[Face]:
    """Two faces of nobody, too few to open a person."""
    photos = [add_drawing("green"), add_drawing("green")]
    while analysis.work_off(8):
        pass
    return [photo.faces.get() for photo in photos]


@pytest.fixture
def phone(alice: User) -> Phone:
    return phone_of(alice)


def keys(faces: Any) -> list[int]:
    return sorted(face.pk for face in faces)


def places() -> list[Any]:
    """All that can be said about where faces belong."""
    return list(
        Face.objects.order_by("pk").values_list(
            "pk", "person", "assigned_by", "probability", "verdict"
        )
    )


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


def all_changes(person: Person, other: Person, face: Face, batch: Batch) -> list[Any]:
    return [
        ("patch", f"/persons/{person.pk}", {"name": "Mine"}, NO_PERSON),
        ("delete", f"/persons/{person.pk}", {}, NO_PERSON),
        ("post", f"/persons/{person.pk}/merge", {"persons": [other.pk]}, NO_PERSON),
        ("post", f"/persons/{person.pk}/split", {"faces": [face.pk]}, NO_PERSON),
        ("post", f"/persons/{person.pk}/reject", {"faces": [face.pk]}, NO_PERSON),
        ("post", f"/persons/{person.pk}/different", {"person": other.pk}, NO_PERSON),
        ("post", "/faces/move", {"faces": [face.pk], "name": "Mine"}, NO_FACE),
        ("post", "/faces/not-a-face", {"faces": [face.pk]}, NO_FACE),
        ("post", "/faces/stranger", {"faces": [face.pk]}, NO_FACE),
        ("post", f"/batches/{batch.pk}/undo", {}, NO_BATCH),
    ]


def test_viewers_change_nothing_and_to_others_nothing_exists(
    persons: tuple[Person, Person], bob: User, mallory: User
) -> None:
    left, right = persons
    before, batches = places(), Batch.objects.count()
    face, batch = left.faces.all()[0], Batch.objects.all()[0]
    for method, address, data, nothing in all_changes(left, right, face, batch):
        assert phone_of(bob).ask(method, address, **data) == (403, ONLY_LOOK), address
        assert phone_of(mallory).ask(method, address, **data) == (404, nothing), address
    assert phone_of(mallory).ask("get", f"/persons/{left.pk}") == (404, NO_PERSON)
    assert (places(), Batch.objects.count()) == (before, batches)


def test_persons_and_faces_of_another_gallery_are_as_good_as_none(
    persons: tuple[Person, Person], phone: Phone, alice: User
) -> None:
    left, _ = persons
    other = Gallery.create_owned_by(alice, "Winter")
    stranger = Person.objects.create(gallery=other, name="Winter's")
    photo = Photo.objects.create(gallery=other, name="w", sha256="0" * 64, byte_size=1)
    box = {"left": 0, "top": 0, "width": 1, "height": 1, "landmarks": [0] * 10}
    face = Face.objects.create(gallery=other, photo=photo, score=1, quality=1, **box)
    own = left.faces.all()[0]

    def said(address: str, **data: Any) -> tuple[int, str]:
        status, answer = phone.ask("post", address, **data)
        return status, answer["detail"]

    address = f"/persons/{left.pk}"
    no_person = f"This gallery has no such person: {stranger.pk}."
    no_face = f"faces: This gallery has no such face: {face.pk}."
    assert said(f"{address}/merge", persons=[stranger.pk]) == (400, f"persons: {no_person}")
    assert said(f"{address}/different", person=stranger.pk) == (400, f"person: {no_person}")
    assert said(f"{address}/split", faces=[face.pk]) == (400, no_face)
    assert said(f"{address}/reject", faces=[own.pk, face.pk]) == (400, no_face)
    assert said("/faces/move", faces=[own.pk], person=stranger.pk) == (400, f"person: {no_person}")
    assert said("/faces/not-a-face", faces=[own.pk, face.pk]) == (
        400,
        "Send faces of one gallery at a time.",
    )


@pytest.mark.parametrize("address", ["/galleries/{0}/persons", "/galleries/{0}/history"])
def test_a_list_takes_as_many_queries_for_one_row_as_for_many(
    address: str,
    gallery: Gallery,
    persons: tuple[Person, Person],
    alice: User,
    phone: Phone,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(6):
        person = Person.objects.create(gallery=gallery)
        identities.name_person(person, f"Anna {number}", alice)
    _, answer = phone.ask("get", f"/galleries/{gallery.pk}/history")
    for row in answer["results"][:3]:
        [redo] = phone.ask("post", f"/batches/{row['id']}/undo")[1]["batches"]
        phone.ask("post", f"/batches/{redo}/undo")
    with django_assert_max_num_queries(5):
        _, answer = phone.ask("get", address.format(gallery.pk))
    assert len(answer["results"]) >= 6


def test_the_faces_of_a_person_take_as_many_queries_for_one_as_for_many(
    persons: tuple[Person, Person],
    phone: Phone,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(4):
        phone.ask("get", f"/persons/{persons[0].pk}/faces")
