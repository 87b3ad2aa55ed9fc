"""Undo is exact, stops where later decisions stand, and survives what is deleted for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from accounts.models import User
from galleries import analysis, identities, ledger, removal, undo
from galleries.models import Action, Batch, Difference, Face, Gallery, Person, Photo, Rejection
from galleries.undo import UndoneAlreadyError

pytestmark = pytest.mark.usefixtures("drawing_engine")
AddDrawing = Callable[..., Photo]


def is_undone(batch: Batch) -> bool:
    return Batch.objects.get(pk=batch.pk).is_undone


@pytest.fixture
def faces(gallery: Gallery, add_drawing: AddDrawing) -> list[Face]:
    """Five strangers to each other."""
    for colour in ("red", "green", "blue", "yellow", "violet"):
        add_drawing(colour)
    while analysis.work_off(8):
        pass
    return list(Face.objects.order_by("pk"))


def owner_of(face: Face) -> Person | None:
    face.refresh_from_db()
    return face.person


def open_person(faces: list[Face], user: User, name: str = "") -> Person:
    return identities.open_person_of(faces, user, name)[1]


def last() -> Batch:
    return Batch.objects.newest_first()[0]


def take_back(batch: Batch, user: User, *, rest: bool = False) -> Batch:
    done = undo.undo(batch, user, rest=rest).batch
    assert done is not None
    return done


def test_undo_of_an_undo_of_an_undo_is_an_undo(faces: list[Face], alice: User) -> None:
    first = identities.open_person_of(faces[:2], alice, "Ann")[0]
    again = take_back(take_back(first, alice), alice)
    first.refresh_from_db()
    assert owner_of(faces[0]) is not None
    assert not is_undone(first)

    take_back(again, alice)

    assert owner_of(faces[0]) is None
    assert is_undone(first)
    take_back(last(), alice)
    assert not is_undone(first)


def test_nothing_is_taken_back_twice(faces: list[Face], alice: User, bob: User) -> None:
    batch = identities.open_person_of(faces[:1], alice, "Ann")[0]
    stale = Batch.objects.get(pk=batch.pk)
    take_back(batch, alice)
    with pytest.raises(UndoneAlreadyError):
        undo.undo(stale, bob)


def test_a_later_decision_stands_in_the_way_though_the_face_is_where_it_was(
    faces: list[Face], alice: User
) -> None:
    ann, ben = open_person(faces[:1], alice, "Ann"), open_person(faces[1:2], alice, "Ben")
    first = identities.move_faces([faces[2]], ann, alice)
    identities.move_faces([faces[2]], ben, alice)
    back = identities.move_faces([faces[2]], ann, alice)

    outcome = undo.undo(first, alice)

    assert outcome.batch is None
    assert back in outcome.obstacles
    assert owner_of(faces[2]) == ann


def test_undoing_what_opened_a_person_does_not_take_it_from_who_named_it(
    faces: list[Face], alice: User
) -> None:
    person = open_person(faces[:3], alice)
    named = identities.name_person(person, "Ann", alice)
    opened = Batch.objects.exclude(pk=named.pk).newest_first()[0]

    outcome = undo.undo(opened, alice)

    assert outcome.batch is None
    assert (outcome.persons, outcome.obstacles) == ((person,), (named,))


def test_the_rest_is_taken_back_and_what_was_decided_since_stays(
    faces: list[Face], alice: User, bob: User
) -> None:
    ann, ben = open_person(faces[:1], alice, "Ann"), open_person(faces[1:3], alice, "Ben")
    merge = identities.merge_persons([ben], ann, alice)
    eve = open_person([faces[2]], bob, "Eve")

    outcome = undo.undo(merge, alice, rest=True)

    assert outcome.face_count == 1
    assert owner_of(faces[1]) == ben
    assert owner_of(faces[2]) == eve


def test_merging_merged_persons_is_taken_back_step_by_step(faces: list[Face], alice: User) -> None:
    ann, ben, eve = (open_person([face], alice, name) for face, name in zip(faces, "abe"))  # noqa: B905
    one = identities.merge_persons([ben], ann, alice)
    two = identities.merge_persons([ann], eve, alice)
    assert undo.undo(one, alice).batch is None

    take_back(two, alice)
    take_back(one, alice)

    assert [owner_of(face) for face in faces[:3]] == [ann, ben, eve]


def test_undo_brings_a_name_back_though_its_photos_and_the_account_are_gone(
    faces: list[Face], alice: User, bob: User
) -> None:
    ann, ben = open_person(faces[:1], alice, "Ann"), open_person(faces[1:3], alice)
    identities.set_cover(ann, faces[0], alice)
    identities.edit_person(ann, alice, notes="my aunt", born_on=date(1950, 1, 2), user=bob)
    merge = identities.merge_persons([ann], ben, alice)
    removal.remove_photos([faces[0].photo])
    bob.delete()

    take_back(merge, alice)

    ann.refresh_from_db()
    ben.refresh_from_db()
    assert (ann.name, ann.notes, ann.born_on, ann.cover) == (
        "Ann",
        "my aunt",
        date(1950, 1, 2),
        None,
    )
    assert (ben.name, ben.notes, ben.born_on, ben.user) == ("", "", None, None)


def test_a_batch_whose_photos_are_gone_is_undone_and_in_nobodys_way(
    faces: list[Face], alice: User
) -> None:
    opened, ann = identities.open_person_of(faces[:2], alice, "Ann")
    cover = identities.set_cover(ann, faces[0], alice)
    removal.remove_photos([faces[0].photo])

    take_back(cover, alice)
    take_back(opened, alice)

    assert not Person.objects.present().exists()


def test_a_no_said_again_by_undo_is_withdrawn_with_the_first_no(
    faces: list[Face], alice: User
) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    no = identities.reject_faces([faces[1]], ann, alice)
    yes = identities.move_faces([faces[1]], ann, alice)
    take_back(yes, alice)
    assert Rejection.objects.standing().count() == 1

    take_back(no, alice)

    assert not Rejection.objects.standing().exists()


def test_a_no_said_again_takes_the_face_from_the_matcher(faces: list[Face], alice: User) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    no = identities.reject_faces([faces[1]], ann, alice)
    undone = take_back(no, alice)
    batch = ledger.open_batch(ann.gallery_id, Action.ASSIGN)
    ledger.move_faces(batch, [faces[1].pk], ledger.Place(ann.pk, "matcher", 0.9))
    ledger.close_batch(batch)

    take_back(undone, alice)

    assert owner_of(faces[1]) is None


def test_redo_of_a_no_stops_at_a_later_yes(faces: list[Face], alice: User) -> None:
    ann = open_person(faces[:1], alice, "Ann")
    undone = take_back(identities.reject_faces([faces[1]], ann, alice), alice)
    yes = identities.move_faces([faces[1]], ann, alice)

    outcome = undo.undo(undone, alice)

    assert outcome.batch is None
    assert outcome.obstacles == (yes,)
    assert owner_of(faces[1]) == ann


def test_two_people_called_one_are_two_again(faces: list[Face], alice: User) -> None:
    ann, ben = open_person(faces[:1], alice), open_person(faces[1:2], alice)
    apart = identities.tell_apart(ann, ben, alice)
    merge = identities.merge_persons([ben], ann, alice, even_if_different=True)
    take_back(merge, alice)
    assert Difference.objects.standing().count() == 1

    take_back(apart, alice)

    assert not Difference.objects.standing().exists()


def test_a_cover_goes_with_its_face_and_comes_back_with_it(faces: list[Face], alice: User) -> None:
    ann, ben = open_person(faces[:2], alice, "Ann"), open_person(faces[2:3], alice, "Ben")
    identities.set_cover(ann, faces[0], alice)
    move = identities.move_faces([faces[0]], ben, alice)
    ann.refresh_from_db()
    assert ann.cover is None

    take_back(move, alice)

    ann.refresh_from_db()
    assert ann.cover == faces[0]
