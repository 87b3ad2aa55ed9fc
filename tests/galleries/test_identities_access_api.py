"""Who may change identities by token, and what lists cost."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import identities
from galleries.models import Batch, Face, Gallery, Person, Photo
from tests.faces import places
from tests.phones import NO_BATCH, NO_FACE, NO_PERSON, ONLY_LOOK, Phone, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


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
