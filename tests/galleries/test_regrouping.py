"""A regrouping is a proposal: it changes nothing by itself, and never a human decision."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from accounts.models import User
from faceengine.faces import Weakness
from galleries import analysis, identities
from galleries.ledger import NOWHERE, Place
from galleries.models import Action, AssignedBy, Face, Gallery, Person, Photo
from galleries.regrouping import answers
from tests.drawings import DrawingEngine
from tests.faces import places
from tests.galleries.proposals import AddWaiting, Kind, kinds, person_of, propose, put

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_three_that_wait_are_a_new_person_and_two_are_not(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 3)
    add_waiting("blue", 2)
    before = places()
    proposal = propose(gallery, alice)
    assert places() == before
    assert kinds(proposal) == ["new"]
    assert str(proposal.lines.summary()) == (
        "1 new person, 0 merges, 0 suspected splits, 0 faces join, 0 named persons touched"
    )

    accepted = answers.accept(proposal, alice, only_ticked=False)

    person = Person.objects.present().get()
    assert set(Face.objects.of(person)) == set(red)
    assert {face.assigned_by for face in Face.objects.of(person)} == {"matcher"}
    assert (accepted.done, accepted.skipped, accepted.batch.action) == (1, 0, Action.REGROUP)


def test_faces_join_a_person_but_never_one_they_were_rejected_for(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 6)
    ann = person_of(red[:3], "Ann")
    put([red[3]], Place(ann.pk, AssignedBy.MATCHER, 0.9))
    identities.reject_faces([red[3]], ann, alice)

    answers.accept(propose(gallery, alice), alice, only_ticked=False)

    assert set(Face.objects.of(ann)) == {*red[:3], *red[4:]}


def test_weak_faces_join_and_open_nobody(
    add_waiting: AddWaiting, gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_of(add_waiting("red", 3), "Ann")
    with monkeypatch.context() as patch:
        patch.setattr(DrawingEngine, "weakness", Weakness.BLURRED)
        weak = add_waiting("red", 1)
        add_waiting("blue", 4)
    proposal = propose(gallery, alice)
    assert kinds(proposal) == ["join"]
    line = proposal.lines.get()
    assert list(line.places.values_list("face", flat=True)) == [weak[0].pk]


def test_two_persons_who_are_one_are_merged_and_the_named_one_stays(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 7)
    unnamed, ann = person_of(red[:4]), person_of(red[4:], "Ann")
    proposal = propose(gallery, alice)
    line = proposal.lines.get()
    assert (line.kind, line.person, line.other, line.face_count) == (Kind.MERGE, ann, unnamed, 4)
    assert proposal.lines.summary().named == 1

    answers.accept(proposal, alice, only_ticked=False)

    assert set(Face.objects.of(ann)) == set(red)
    unnamed.refresh_from_db()
    assert unnamed.is_removed


@pytest.mark.parametrize("reason", ["names", "told apart", "hidden", "stranger", "by humans"])
def test_persons_are_not_merged_against_a_decision(
    reason: str, add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 6)
    one, other = person_of(red[:3], "Ann"), person_of(red[3:])
    if reason == "names":
        identities.name_person(other, "Bea", alice)
    elif reason == "told apart":
        identities.tell_apart(one, other, alice)
    elif reason == "hidden":
        identities.hide_person(other, alice)
    elif reason == "stranger":
        identities.mark_as_stranger(other, alice)
    else:
        identities.move_faces(red[3:4], other, alice)
    assert kinds(propose(gallery, alice)) == []


def test_a_person_of_two_groups_is_a_suspected_split(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red, blue = add_waiting("red", 4), add_waiting("blue", 3)
    ann = person_of(red + blue, "Ann")
    proposal = propose(gallery, alice)
    line = proposal.lines.get()
    assert (line.kind, line.person, line.other, line.face_count) == (Kind.SPLIT, ann, None, 3)

    answers.accept(proposal, alice, only_ticked=False)

    assert set(Face.objects.of(ann)) == set(red)
    newcomer = Person.objects.present().exclude(pk=ann.pk).get()
    assert set(Face.objects.of(newcomer)) == set(blue)


def test_faces_of_another_person_go_to_that_person(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red, blue = add_waiting("red", 4), add_waiting("blue", 8)
    ann, bea = person_of(red + blue[:3], "Ann"), person_of(blue[3:], "Bea")
    proposal = propose(gallery, alice)
    line = proposal.lines.get()
    assert (line.kind, line.person, line.other) == (Kind.SPLIT, ann, bea)
    answers.accept(proposal, alice, only_ticked=False)
    assert set(Face.objects.of(bea)) == set(blue)


def test_faces_that_a_human_gave_stay_however_unlike_they_are(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red, blue = add_waiting("red", 4), add_waiting("blue", 4)
    ann = person_of(red, "Ann")
    identities.move_faces([*blue, red[0]], ann, alice)
    assert kinds(propose(gallery, alice)) == []


def test_photos_from_before_the_birth_are_left_out(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 5)
    ann = person_of(red[:3], "Ann")
    identities.edit_person(ann, alice, notes="", born_on=date(2000, 1, 1), user=None)
    Photo.objects.filter(pk=red[3].photo_id).update(taken_at=datetime(1999, 5, 1, tzinfo=UTC))
    line = propose(gallery, alice).lines.get()
    assert list(line.places.values_list("face", flat=True)) == [red[4].pk]


def test_no_face_and_strangers_are_left_out(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    identities.mark_as_no_faces(add_waiting("red", 3), alice)
    identities.mark_faces_as_stranger(add_waiting("blue", 1), alice)
    add_waiting("blue", 3)
    assert kinds(propose(gallery, alice)) == []


def test_two_faces_of_a_photo_are_not_one_person_unless_they_are_as_alike_as_in_a_mirror(
    add_waiting: AddWaiting, add_drawing: Callable[..., Photo], gallery: Gallery, alice: User
) -> None:
    person_of(add_waiting("red", 3), "Ann")
    add_drawing("red", "red")
    while analysis.work_off(8):
        pass
    put(list(Face.objects.filter(photo=Photo.objects.latest("pk"))), NOWHERE)
    # the squares are exactly alike, as in a collage
    assert propose(gallery, alice).lines.get().face_count == 2
