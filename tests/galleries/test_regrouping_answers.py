"""A proposal accepted, whole or in part, or refused: never against a human decision."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from galleries import identities, ledger, undo
from galleries.ledger import Place
from galleries.models import Action, AssignedBy, Batch, Face, Gallery, Person, Photo, Proposal
from galleries.regrouping import answers
from tests.faces import places
from tests.galleries.proposals import AddWaiting, kinds, person_of, propose, put

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_a_line_without_a_tick_is_left(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red, blue = add_waiting("red", 4), add_waiting("blue", 3)
    proposal = propose(gallery, alice)
    left = proposal.lines.get(face_count=4)
    answers.tick(proposal.lines.all(), [line.pk for line in proposal.lines.exclude(pk=left.pk)])
    accepted = answers.accept(proposal, alice, only_ticked=True)
    assert (accepted.done, accepted.skipped) == (1, 0)
    assert set(Face.objects.waiting()) == set(red)
    assert set(Face.objects.of(Person.objects.present().get())) == set(blue)


def test_what_was_decided_meanwhile_is_passed_over(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 4)
    blue = add_waiting("blue", 6)
    one, other = person_of(blue[:3]), person_of(blue[3:])
    proposal = propose(gallery, alice)
    assert kinds(proposal) == ["merge", "new"]
    _, ann = identities.open_person_of(red[:2], alice, "Ann")
    identities.tell_apart(one, other, alice)

    accepted = answers.accept(proposal, alice, only_ticked=False)

    assert (accepted.done, accepted.skipped) == (0, 2)
    assert not Batch.objects.filter(action=Action.REGROUP).exists()
    assert set(Face.objects.of(ann)) == set(red[:2])
    assert set(Face.objects.of(one)) == set(blue[:3])


def test_accepted_and_taken_back_is_as_if_nothing_had_happened(
    add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red, blue, green = add_waiting("red", 7), add_waiting("blue", 5), add_waiting("green", 4)
    person_of(red[:3], "Ann")
    person_of(red[3:6])
    person_of(blue + green[:3])
    before, persons = places(), list(Person.objects.present().order_by("pk"))
    proposal = propose(gallery, alice)
    assert set(kinds(proposal)) == {"merge", "split", "join"}
    batch = answers.accept(proposal, alice, only_ticked=False).batch
    assert places() != before

    assert undo.undo(batch, alice).batch is not None

    assert places() == before
    assert list(Person.objects.present().order_by("pk")) == persons


decisions = st.lists(
    st.tuples(
        st.sampled_from(["give", "reject", "stranger", "name", "hide", "none"]),
        st.integers(0, 11),
        st.integers(0, 2),
    ),
    max_size=6,
)


@given(decisions=decisions, mixed=st.lists(st.integers(0, 3), min_size=12, max_size=12))
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_no_human_decision_is_changed_and_undo_leaves_no_trace(
    decisions: list[tuple[str, int, int]],
    mixed: list[int],
    add_waiting: AddWaiting,
    gallery: Gallery,
    alice: User,
) -> None:
    Proposal.objects.all().delete()
    Photo.objects.all().delete()
    Person.objects.all().delete()
    Batch.objects.all().delete()
    faces = [face for colour in ("red", "blue", "green") for face in add_waiting(colour, 4)]
    Person.objects.all().delete()
    persons = [Person.objects.create(gallery=gallery) for _ in range(3)]
    for face, number in zip(faces, mixed, strict=True):
        if number < 3:
            put([face], Place(persons[number].pk, AssignedBy.MATCHER, 0.9))
    for what, number, whom in decisions:
        decide(what, faces[number], persons[whom], alice)
    fixed = list(
        Face.objects.exclude(assigned_by=AssignedBy.MATCHER)
        .exclude(person=None, verdict="")
        .order_by("pk")
        .values_list("pk", "person", "assigned_by", "probability", "verdict")
    )
    closed = {
        person.pk: set(Face.objects.of(person))
        for person in Person.objects.all()
        if person.is_hidden or person.is_stranger
    }
    before = places()

    batch = answers.accept(propose(gallery, alice), alice, only_ticked=False).batch

    assert set(fixed) <= set(places())
    for person, theirs in closed.items():
        assert set(Face.objects.filter(person=person)) == theirs
    for face in Face.objects.exclude(person=None):
        assert face.person_id not in ledger.rejections_of([face.pk]).get(face.pk, set())
    named = dict(Person.objects.named().values_list("pk", "name"))
    assert named == dict(Person.objects.named().present().values_list("pk", "name"))
    if batch.pk:
        assert undo.undo(batch, alice).batch is not None
        assert places() == before


def decide(what: str, face: Face, person: Person, actor: User) -> None:
    face.refresh_from_db()
    match what:
        case "give":
            identities.move_faces([face], person, actor)
        case "reject":
            identities.reject_faces([face], person, actor)
        case "stranger":
            identities.mark_as_stranger(person, actor)
        case "name":
            identities.name_person(person, f"Person {person.pk}", actor)
        case "hide":
            identities.hide_person(person, actor)
        case _:
            identities.mark_as_no_faces([face], actor)


@pytest.mark.parametrize("kind", ["merge", "split", "join"])
def test_what_was_answered_with_no_is_not_proposed_again(
    kind: str, add_waiting: AddWaiting, gallery: Gallery, alice: User
) -> None:
    red = add_waiting("red", 7)
    if kind == "merge":
        person_of(red[:3])
        person_of(red[3:])
    elif kind == "split":
        person_of(red + add_waiting("blue", 3))
    else:
        person_of(red[:5])
    proposal = propose(gallery, alice)
    batch = answers.refuse(proposal.lines.get(kind=kind), alice)
    assert batch is not None
    assert not proposal.lines.standing().exists()
    assert kinds(propose(gallery, alice)) == []
    undo.undo(batch, alice)
    assert kinds(propose(gallery, alice)) == [kind]
