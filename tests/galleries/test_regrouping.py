"""A regrouping is a proposal: it changes nothing by itself, and never a human decision."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.faces import Weakness
from galleries import analysis, identities, ledger, tasks, undo
from galleries.ledger import NOWHERE, Place
from galleries.models import (
    Action,
    AssignedBy,
    Batch,
    Face,
    Gallery,
    Line,
    Membership,
    ModelVersion,
    Person,
    Photo,
    Proposal,
    Role,
)
from galleries.regrouping import answers, material, work
from galleries.regrouping.answers import ProposalGoneError
from tests.drawings import DrawingEngine

pytestmark = pytest.mark.usefixtures("drawing_engine")
State, Kind = Proposal.State, Line.Kind


@pytest.fixture
def faces_of(add_drawing: Callable[..., Photo]) -> Callable[..., list[Face]]:
    """Photos of one person each, whose faces wait whatever the matcher thought of them."""

    def add(colour: str, count: int) -> list[Face]:
        photos = [add_drawing(colour) for _ in range(count)]
        while analysis.work_off(8):
            pass
        faces = list(Face.objects.filter(photo__in=photos).order_by("pk"))
        put(faces, NOWHERE)
        Person.objects.exclude(faces__isnull=False).update(is_removed=True)
        return faces

    return add


def put(faces: list[Face], place: Place) -> None:
    """As the matcher does: nothing that a human decided."""
    batch = ledger.open_batch(faces[0].gallery_id, Action.ASSIGN)
    ledger.move_faces(batch, [face.pk for face in faces], place)


def person_of(faces: list[Face], name: str = "", by: AssignedBy = AssignedBy.MATCHER) -> Person:
    person = Person.objects.create(gallery_id=faces[0].gallery_id, name=name)
    put(faces, Place(person.pk, by, 0.9 if by == AssignedBy.MATCHER else None))
    return person


def propose(gallery: Gallery, actor: User) -> Proposal:
    proposal = work.ask(gallery, actor)
    assert work.work_off()
    proposal.refresh_from_db()
    assert proposal.state == State.READY
    return proposal


def kinds(proposal: Proposal) -> list[str]:
    return list(proposal.lines.values_list("kind", flat=True))


def places() -> list[tuple[int, int | None, str, str]]:
    return list(Face.objects.order_by("pk").values_list("pk", "person", "assigned_by", "verdict"))


Faces = Callable[..., list[Face]]


def test_three_that_wait_are_a_new_person_and_two_are_not(
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 3)
    faces_of("blue", 2)
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
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 6)
    ann = person_of(red[:3], "Ann")
    put([red[3]], Place(ann.pk, AssignedBy.MATCHER, 0.9))
    identities.reject_faces([red[3]], ann, alice)

    answers.accept(propose(gallery, alice), alice, only_ticked=False)

    assert set(Face.objects.of(ann)) == {*red[:3], *red[4:]}


def test_weak_faces_join_and_open_nobody(
    faces_of: Faces, gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_of(faces_of("red", 3), "Ann")
    with monkeypatch.context() as patch:
        patch.setattr(DrawingEngine, "weakness", Weakness.BLURRED)
        weak = faces_of("red", 1)
        faces_of("blue", 4)
    proposal = propose(gallery, alice)
    assert kinds(proposal) == ["join"]
    line = proposal.lines.get()
    assert list(line.places.values_list("face", flat=True)) == [weak[0].pk]


def test_two_persons_who_are_one_are_merged_and_the_named_one_stays(
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 7)
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
    reason: str, faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 6)
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
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red, blue = faces_of("red", 4), faces_of("blue", 3)
    ann = person_of(red + blue, "Ann")
    proposal = propose(gallery, alice)
    line = proposal.lines.get()
    assert (line.kind, line.person, line.other, line.face_count) == (Kind.SPLIT, ann, None, 3)

    answers.accept(proposal, alice, only_ticked=False)

    assert set(Face.objects.of(ann)) == set(red)
    newcomer = Person.objects.present().exclude(pk=ann.pk).get()
    assert set(Face.objects.of(newcomer)) == set(blue)


def test_faces_of_another_person_go_to_that_person(
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red, blue = faces_of("red", 4), faces_of("blue", 8)
    ann, bea = person_of(red + blue[:3], "Ann"), person_of(blue[3:], "Bea")
    proposal = propose(gallery, alice)
    line = proposal.lines.get()
    assert (line.kind, line.person, line.other) == (Kind.SPLIT, ann, bea)
    answers.accept(proposal, alice, only_ticked=False)
    assert set(Face.objects.of(bea)) == set(blue)


def test_faces_that_a_human_gave_stay_however_unlike_they_are(
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red, blue = faces_of("red", 4), faces_of("blue", 4)
    ann = person_of(red, "Ann")
    identities.move_faces([*blue, red[0]], ann, alice)
    assert kinds(propose(gallery, alice)) == []


def test_photos_from_before_the_birth_are_left_out(
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 5)
    ann = person_of(red[:3], "Ann")
    identities.edit_person(ann, alice, notes="", born_on=date(2000, 1, 1), user=None)
    Photo.objects.filter(pk=red[3].photo_id).update(taken_at=datetime(1999, 5, 1, tzinfo=UTC))
    line = propose(gallery, alice).lines.get()
    assert list(line.places.values_list("face", flat=True)) == [red[4].pk]


def test_no_face_and_strangers_are_left_out(faces_of: Faces, gallery: Gallery, alice: User) -> None:
    identities.mark_as_no_faces(faces_of("red", 3), alice)
    identities.mark_faces_as_stranger(faces_of("blue", 1), alice)
    faces_of("blue", 3)
    assert kinds(propose(gallery, alice)) == []


def test_two_faces_of_a_photo_are_not_one_person_unless_they_are_as_alike_as_in_a_mirror(
    faces_of: Faces, add_drawing: Callable[..., Photo], gallery: Gallery, alice: User
) -> None:
    person_of(faces_of("red", 3), "Ann")
    add_drawing("red", "red")
    while analysis.work_off(8):
        pass
    put(list(Face.objects.filter(photo=Photo.objects.latest("pk"))), NOWHERE)
    # the squares are exactly alike, as in a collage
    assert propose(gallery, alice).lines.get().face_count == 2


def test_a_line_without_a_tick_is_left(faces_of: Faces, gallery: Gallery, alice: User) -> None:
    red, blue = faces_of("red", 4), faces_of("blue", 3)
    proposal = propose(gallery, alice)
    left = proposal.lines.get(face_count=4)
    answers.tick(proposal.lines.all(), [line.pk for line in proposal.lines.exclude(pk=left.pk)])
    accepted = answers.accept(proposal, alice, only_ticked=True)
    assert (accepted.done, accepted.skipped) == (1, 0)
    assert set(Face.objects.waiting()) == set(red)
    assert set(Face.objects.of(Person.objects.present().get())) == set(blue)


def test_what_was_decided_meanwhile_is_passed_over(
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 4)
    blue = faces_of("blue", 6)
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
    faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red, blue, green = faces_of("red", 7), faces_of("blue", 5), faces_of("green", 4)
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


colours = ("red", "blue", "green")
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
    faces_of: Faces,
    gallery: Gallery,
    alice: User,
) -> None:
    Proposal.objects.all().delete()
    Photo.objects.all().delete()
    Person.objects.all().delete()
    Batch.objects.all().delete()
    faces = [face for colour in colours for face in faces_of(colour, 4)]
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
        .values_list("pk", "person", "assigned_by", "verdict")
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
    kind: str, faces_of: Faces, gallery: Gallery, alice: User
) -> None:
    red = faces_of("red", 7)
    if kind == "merge":
        person_of(red[:3])
        person_of(red[3:])
    elif kind == "split":
        person_of(red + faces_of("blue", 3))
    else:
        person_of(red[:5])
    proposal = propose(gallery, alice)
    batch = answers.refuse(proposal.lines.get(kind=kind), alice)
    assert batch is not None
    assert not proposal.lines.standing().exists()
    assert kinds(propose(gallery, alice)) == []
    undo.undo(batch, alice)
    assert kinds(propose(gallery, alice)) == [kind]


def test_one_proposal_is_open_and_a_new_one_replaces_it(gallery: Gallery, alice: User) -> None:
    first = work.ask(gallery, alice)
    assert work.ask(gallery, alice) == first
    work.work_off()
    second = work.ask(gallery, alice)
    assert second != first
    first.refresh_from_db()
    assert first.state == State.OUTDATED
    with pytest.raises(ProposalGoneError):
        answers.accept(first, alice, only_ticked=False)


def test_a_proposal_is_outdated_when_the_gallery_has_another_model(
    faces_of: Faces, gallery: Gallery, alice: User, signed_in: Callable[[User], Client]
) -> None:
    faces_of("red", 3)
    ready = propose(gallery, alice)
    Gallery.objects.update(model=ModelVersion.objects.register(PACKS["dlib"]))
    ready.refresh_from_db()
    with pytest.raises(ProposalGoneError):
        answers.accept(ready, alice, only_ticked=False)
    page = signed_in(alice).get(reverse("regroup", args=[gallery.pk])).content.decode()
    assert "This proposal is outdated" in page

    Proposal.objects.update(state=State.WAITING)
    assert work.work_off()
    ready.refresh_from_db()
    assert ready.state == State.OUTDATED


def test_a_killed_worker_leaves_nothing_hanging(gallery: Gallery, alice: User) -> None:
    proposal = work.ask(gallery, alice)
    for _ in range(3):
        assert work.claim() == proposal
        assert work.claim() is None
        Proposal.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work.claim() is None
    proposal.refresh_from_db()
    assert proposal.state == State.FAILED
    assert work.ask(gallery, alice) != proposal


def test_a_worker_whose_proposal_was_dismissed_stores_nothing(
    faces_of: Faces, gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces_of("red", 3)
    proposal = work.ask(gallery, alice)
    load = material.faces_of

    def dismiss_meanwhile(of: Gallery) -> object:
        answers.dismiss(Proposal.objects.get(pk=proposal.pk))
        return load(of)

    monkeypatch.setattr(work, "faces_of", dismiss_meanwhile)
    assert work.work_off()
    proposal.refresh_from_db()
    assert proposal.state == State.DISMISSED
    assert not proposal.lines.exists()


def test_a_lost_message_is_rung_again(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[bool] = []
    monkeypatch.setattr(tasks, "ring_for_proposals", lambda: rings.append(True))
    tasks.ring()
    work.ask(gallery, alice)
    tasks.ring()
    assert rings == [True]
    tasks.regroup()
    assert Proposal.objects.get().state == State.READY


SignIn = Callable[[User], Client]


def test_the_page_leads_from_the_question_to_the_undo(
    faces_of: Faces, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    red = faces_of("red", 6)
    person_of(red[:3], "Ann")
    faces_of("blue", 3)
    browser, page = signed_in(alice), reverse("regroup", args=[gallery.pk])
    assert "Compare all faces" in browser.get(page).content.decode()
    browser.post(reverse("regroup-ask", args=[gallery.pk]))
    assert "Waiting for a worker" in browser.get(page).content.decode()
    work.work_off()
    ready = browser.get(page).content.decode()
    assert "1 new person, 0 merges, 0 suspected splits, 3 faces join" in ready
    proposal = Proposal.objects.get()
    join = proposal.lines.get(kind="join")
    form = {"proposal": proposal.pk, "shown": [line.pk for line in proposal.lines.all()]}

    answer = reverse("regroup-answer", args=[gallery.pk])
    done = browser.post(answer, form | {"line": [join.pk], "do": "chosen"}, follow=True)

    assert "1 change is made, 3 faces moved." in done.content.decode()
    assert set(Face.objects.of(Person.objects.get(name="Ann"))) == set(red)
    batch = Batch.objects.get(action=Action.REGROUP)
    assert reverse("batch-undo", args=[batch.pk]) in done.content.decode()


def test_ticks_are_kept_when_one_goes_to_another_page(
    faces_of: Faces, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    faces_of("red", 3)
    faces_of("blue", 3)
    proposal = propose(gallery, alice)
    one, other = proposal.lines.all()
    browser, answer = signed_in(alice), reverse("regroup-answer", args=[gallery.pk])
    form = {"proposal": proposal.pk, "shown": [one.pk], "do": "2"}
    assert browser.post(answer, form).headers["Location"].endswith("?page=2")
    assert list(proposal.lines.ticked()) == [other]
    bar = browser.post(answer, form | {"do": "", "line": [one.pk]}, headers={"HX-Request": "true"})
    assert "Accept the 2 chosen" in bar.content.decode()


def test_no_on_the_page_is_remembered(
    faces_of: Faces, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    red = faces_of("red", 6)
    one, other = person_of(red[:3], "Ann"), person_of(red[3:])
    line = propose(gallery, alice).lines.get()
    said = signed_in(alice).post(reverse("regroup-refuse", args=[line.pk]), follow=True)
    assert f"Remembered: Ann and Unnamed {other.pk} are two people." in said.content.decode()
    assert ledger.differences_of(one) == {other.pk}


def test_only_editors_regroup(
    faces_of: Faces, gallery: Gallery, alice: User, bob: User, mallory: User, signed_in: SignIn
) -> None:
    faces_of("red", 3)
    proposal = propose(gallery, alice)
    line = proposal.lines.get()
    form = {"proposal": proposal.pk, "do": "all"}
    for user in (bob, mallory):
        browser = signed_in(user)
        for name in ("regroup", "regroup-state"):
            assert browser.get(reverse(name, args=[gallery.pk])).status_code == 404
        assert browser.post(reverse("regroup-ask", args=[gallery.pk])).status_code == 404
        answer = browser.post(reverse("regroup-answer", args=[gallery.pk]), form)
        assert answer.status_code == 404
        assert browser.post(reverse("regroup-refuse", args=[line.pk])).status_code == 404
    own = Gallery.create_owned_by(mallory, "Mallory's")
    stolen = signed_in(mallory).post(reverse("regroup-answer", args=[own.pk]), form)
    assert stolen.status_code == 404
    assert not Person.objects.present().exists()
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    signed_in(bob).post(reverse("regroup-answer", args=[gallery.pk]), form)
    assert Person.objects.present().exists()


def test_many_lines_cost_no_more_queries(
    faces_of: Faces,
    gallery: Gallery,
    alice: User,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for colour in ("red", "blue", "green", "yellow", "violet"):
        theirs = faces_of(colour, 7)
        person_of(theirs[:3], colour)
        person_of(theirs[3:6])
    propose(gallery, alice)
    browser = signed_in(alice)
    with django_assert_max_num_queries(16):
        page = browser.get(reverse("regroup", args=[gallery.pk])).content.decode()
    assert page.count("look like one person") == 5
