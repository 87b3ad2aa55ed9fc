"""What people decide is checked against what is there, and remembered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from galleries import analysis, identities, removal, undo
from galleries.decisions import DifferentPeopleError, IdentityError
from galleries.models import (
    AssignedBy,
    Difference,
    Event,
    Face,
    Gallery,
    Person,
    Photo,
    Rejection,
)

pytestmark = pytest.mark.usefixtures("drawing_engine")
AddDrawing = Callable[..., Photo]


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


@pytest.fixture
def faces(gallery: Gallery, add_drawing: AddDrawing) -> list[Face]:
    """Four strangers to each other."""
    for colour in ("red", "green", "blue", "yellow"):
        add_drawing(colour)
    analyse_everything()
    return list(Face.objects.order_by("pk"))


@pytest.fixture
def elsewhere(mallory: User, gallery: Gallery) -> tuple[Person, Face]:
    """A person with a cover in a gallery of Mallory's."""
    theirs = Gallery.create_owned_by(mallory, "Theirs")
    photo = Photo.objects.create(gallery=theirs, sha256="f" * 64, name="f.png", byte_size=1)
    face = Face.objects.create(
        gallery=theirs,
        photo=photo,
        left=0.1,
        top=0.1,
        width=0.1,
        height=0.1,
        landmarks=[0.5] * 10,
        score=1,
        quality=1,
    )
    person = identities.open_person_of([face], mallory, "Their aunt")[1]
    identities.set_cover(person, face, mallory)
    return person, face


def open_person(faces: list[Face], user: User, name: str = "") -> Person:
    return identities.open_person_of(faces, user, name)[1]


def owner_of(face: Face) -> Person | None:
    face.refresh_from_db()
    return face.person


def test_faces_of_another_gallery_are_left_alone_by_every_decision(
    faces: list[Face], elsewhere: tuple[Person, Face], alice: User
) -> None:
    person, face = elsewhere
    ann = open_person(faces[:2], alice, "Ann")
    before = Event.objects.filter(face=face).count()

    identities.move_faces([face], ann, alice)
    identities.reject_faces([face], ann, alice)
    identities.mark_as_no_faces([faces[2], face], alice)
    identities.mark_faces_as_stranger([faces[3], face], alice)
    identities.open_person_of([faces[0], face], alice, "Ben")
    for refused in (
        lambda: identities.set_cover(ann, face, alice),
        lambda: identities.split_person(ann, [face], alice),
        lambda: identities.merge_persons([person], ann, alice),
        lambda: identities.tell_apart(ann, person, alice),
    ):
        with pytest.raises(IdentityError):
            refused()

    person.refresh_from_db()
    assert owner_of(face) == person
    assert (person.cover, person.is_removed) == (face, False)
    assert Event.objects.filter(face=face).count() == before
    assert not Rejection.objects.filter(face=face).exists()


def test_a_person_that_is_gone_cannot_be_decided_about(faces: list[Face], alice: User) -> None:
    ann, ben = open_person(faces[:1], alice, "Ann"), open_person(faces[1:2], alice, "Ben")
    stale = Person.objects.get(pk=ben.pk)
    identities.merge_persons([ben], ann, alice)
    decisions: list[Callable[[], object]] = [
        lambda: identities.name_person(stale, "Bert", alice),
        lambda: identities.merge_persons([ann], stale, alice),
        lambda: identities.merge_persons([stale], ann, alice),
        lambda: identities.tell_apart(ann, stale, alice),
    ]
    for decision in decisions:
        with pytest.raises(IdentityError, match="Load the page again"):
            decision()


def test_faces_that_are_gone_open_no_person(faces: list[Face], alice: User) -> None:
    removal.remove_photos([faces[0].photo])
    with pytest.raises(IdentityError, match="deleted meanwhile"):
        identities.open_person_of([faces[0]], alice, "Ann")
    assert not Person.objects.exists()


def test_a_name_that_is_too_long_is_refused_in_a_sentence(faces: list[Face], alice: User) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    with pytest.raises(IdentityError, match="200 characters"):
        identities.name_person(ann, "A" * 201, alice)
    with pytest.raises(IdentityError, match="200 characters"):
        identities.open_person_of(faces[1:2], alice, "A" * 201)


def test_the_longest_names_can_be_merged(faces: list[Face], alice: User) -> None:
    persons = [open_person([face], alice, letter * 200) for face, letter in zip(faces, "ABCD")]  # noqa: B905
    batch = identities.merge_persons(persons[1:], persons[0], alice)
    assert batch.subject.startswith("B" * 200)
    assert batch.face_count == 3


def test_spaces_around_and_inside_a_name_are_tidied(faces: list[Face], alice: User) -> None:
    assert open_person(faces[:1], alice, "  Ann \t Lee ").name == "Ann Lee"


def test_nobody_is_born_in_the_future(faces: list[Face], alice: User) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(IdentityError, match="in the future"):
        identities.edit_person(ann, alice, notes="", born_on=tomorrow, user=None)


def test_only_members_are_linked_to_a_person(
    faces: list[Face], alice: User, bob: User, mallory: User
) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    identities.edit_person(ann, alice, notes="", born_on=None, user=bob)
    with pytest.raises(IdentityError, match="no member"):
        identities.edit_person(ann, alice, notes="", born_on=None, user=mallory)
    ann.refresh_from_db()
    assert ann.user == bob


def test_a_birthday_takes_guesses_of_earlier_photos_away_and_their_cover(
    add_drawing: AddDrawing, alice: User
) -> None:
    photos = [add_drawing("red") for _ in range(3)]
    analyse_everything()
    person = Person.objects.get()
    Photo.objects.filter(pk=photos[0].pk).update(taken_at=datetime(1999, 12, 31, 23, tzinfo=UTC))
    Photo.objects.filter(pk=photos[1].pk).update(taken_at=datetime(2000, 1, 1, 1, tzinfo=UTC))
    identities.set_cover(person, photos[0].faces.get(), alice)

    identities.edit_person(person, alice, notes="", born_on=date(2000, 1, 1), user=None)

    assert owner_of(photos[0].faces.get()) is None
    assert person.faces.count() == 2
    person.refresh_from_db()
    assert person.cover is None


def test_merging_with_somebody_younger_takes_guesses_of_earlier_photos_away(
    add_drawing: AddDrawing, alice: User
) -> None:
    photos = [add_drawing("red") for _ in range(3)]
    other = add_drawing("blue")
    analyse_everything()
    person = Person.objects.get()
    Photo.objects.filter(pk=photos[0].pk).update(taken_at=datetime(1990, 1, 1, tzinfo=UTC))
    young = open_person([other.faces.get()], alice, "Young")
    identities.edit_person(young, alice, notes="", born_on=date(2000, 1, 1), user=None)

    identities.merge_persons([young], person, alice)

    person.refresh_from_db()
    assert person.born_on == date(2000, 1, 1)
    assert owner_of(photos[0].faces.get()) is None


def test_what_was_split_by_mistake_is_whole_again_after_merging_all_the_same(
    faces: list[Face], alice: User
) -> None:
    ann = open_person(faces[:3], alice, "Ann")
    newcomer = identities.split_person(ann, faces[1:3], alice)[1]
    with pytest.raises(DifferentPeopleError):
        identities.merge_persons([newcomer], ann, alice)

    merge = identities.merge_persons([newcomer], ann, alice, even_if_different=True)

    assert [owner_of(face) for face in faces[:3]] == [ann] * 3
    assert not Rejection.objects.standing().exists()
    undo.undo(merge, alice)
    assert owner_of(faces[1]) == newcomer
    assert Rejection.objects.standing().count() == 2
    assert Difference.objects.standing().count() == 1


def test_a_face_that_is_one_of_the_merged_and_not_another_stays_with_all(
    faces: list[Face], alice: User
) -> None:
    persons = [open_person([face], alice) for face in faces[:3]]
    identities.reject_faces([faces[1]], persons[2], alice)
    identities.merge_persons(persons[2:0:-1], persons[0], alice)
    assert owner_of(faces[1]) == persons[0]


def test_nobody_is_somebody_else_than_themselves(faces: list[Face], alice: User) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    with pytest.raises(IdentityError, match="two persons"):
        identities.tell_apart(ann, Person.objects.get(pk=ann.pk), alice)


def test_confirming_all_faces_of_a_person_reads_them_from_a_query(
    add_drawing: AddDrawing, alice: User
) -> None:
    for _ in range(3):
        add_drawing("red")
    analyse_everything()
    person = Person.objects.get()
    batch = identities.move_faces(Face.objects.of(person), person, alice)
    assert batch.action == "confirm"
    assert person.faces.filter(assigned_by=AssignedBy.HUMAN).count() == 3
