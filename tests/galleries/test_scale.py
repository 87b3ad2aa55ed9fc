"""What is decided about many costs as many queries as what is decided about few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import identities, ledger, neighbours, undo
from galleries.bench.crowd import fill_crowd
from galleries.models import (
    Action,
    Batch,
    Difference,
    Face,
    Gallery,
    Line,
    LineFace,
    Person,
    Proposal,
    Rejection,
)
from galleries.regrouping import answers
from galleries.review import doubts
from galleries.review.outlook import Outlook
from galleries.review.questions import NONE_SKIPPED
from tests.faces import places
from tests.galleries.moderation import changelist

MANY = 20
#: Queries that are enough, however many persons there are.
FEW = 45


@pytest.fixture
def crowd(gallery: Gallery) -> Sequence[Person]:
    """Persons of nine faces each, every other one named, and 70 faces that wait."""
    fill_crowd(gallery, 700)
    return list(Person.objects.order_by("pk"))


def propose(gallery: Gallery, lines: Iterable[tuple[Line, Sequence[Face]]]) -> Proposal:
    proposal = Proposal.objects.create(
        gallery=gallery, model=gallery.model, state=Proposal.State.READY
    )
    for line, faces in lines:
        line.gallery, line.proposal = gallery, proposal
        line.save()
        LineFace.objects.bulk_create(
            LineFace(gallery=gallery, line=line, face=face, position=at, probability=0.9 + at / 100)
            for at, face in enumerate(faces)
        )
    return proposal


def state_of(persons: Iterable[Person]) -> list[tuple[object, ...]]:
    keys = [person.pk for person in persons]
    return list(
        Person.objects.filter(pk__in=keys)
        .order_by("pk")
        .values_list("pk", "name", "cover", "notes", "is_removed", "is_hidden")
    )


def last() -> Batch:
    return Batch.objects.newest_first()[0]


def test_many_new_persons_of_a_regrouping_come_and_go_in_few_queries(
    crowd: Sequence[Person],
    gallery: Gallery,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    waiting = list(Face.objects.waiting().order_by("pk"))
    groups = [waiting[at : at + 3] for at in range(0, 3 * MANY, 3)]
    proposal = propose(gallery, [(Line(kind=Line.Kind.NEW), group) for group in groups])
    before = places()

    with django_assert_max_num_queries(FEW):
        accepted = answers.accept(proposal, alice, only_ticked=False)

    assert (accepted.done, accepted.skipped) == (MANY, 0)
    owners = {frozenset(face.pk for face in owner.faces.all()) for owner in opened(crowd)}
    assert owners == {frozenset(face.pk for face in group) for group in groups}
    assert Face.objects.get(pk=groups[3][2].pk).probability == pytest.approx(0.92)

    with django_assert_max_num_queries(FEW):
        undo.undo(accepted.batch, alice)
    assert places() == before
    assert not opened(crowd)

    with django_assert_max_num_queries(FEW):
        undo.undo(last(), alice)
    assert len(opened(crowd)) == MANY


def opened(crowd: Sequence[Person]) -> list[Person]:
    return list(Person.objects.present().exclude(pk__in=[person.pk for person in crowd]))


def test_many_merges_of_a_regrouping_come_and_go_in_few_queries(
    crowd: Sequence[Person],
    gallery: Gallery,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    pairs = list(zip(crowd[: 2 * MANY : 2], crowd[1 : 2 * MANY : 2], strict=True))
    # what the one who stays does not know yet, and different for each
    for _, source in pairs:
        Person.objects.filter(pk=source.pk).update(cover=source.faces.order_by("pk")[0])
    before, were = places(), state_of(crowd)
    lines = [Line(kind=Line.Kind.MERGE, person=target, other=source) for target, source in pairs]
    proposal = propose(gallery, [(line, []) for line in lines])

    with django_assert_max_num_queries(FEW):
        accepted = answers.accept(proposal, alice, only_ticked=False)

    assert accepted.done == MANY
    assert all(target.faces.count() == 18 for target, _ in pairs)
    covers = Person.objects.filter(pk__in=[target.pk for target, _ in pairs])
    assert set(covers.values_list("cover", flat=True)) == {
        source.cover_id for source in Person.objects.filter(pk__in=[one.pk for _, one in pairs])
    }
    assert Person.objects.filter(is_removed=True).count() == MANY

    with django_assert_max_num_queries(FEW):
        undo.undo(accepted.batch, alice)
    assert places() == before
    assert state_of(crowd) == were


def test_who_were_told_apart_stay_so_when_one_proposal_merges_both_into_others(
    crowd: Sequence[Person], gallery: Gallery, alice: User
) -> None:
    ann, one, ben, other = crowd[:4]
    identities.tell_apart(one, other, alice)
    face = other.faces.order_by("pk")[0]
    batch = ledger.open_batch(gallery.pk, Action.REJECT, actor=alice)
    ledger.reject(batch, [(face.pk, one.pk)])
    merges = [
        Line(kind=Line.Kind.MERGE, person=ann, other=one),
        Line(kind=Line.Kind.MERGE, person=ben, other=other),
        # by now other stands for nobody, and what was said of one holds against ann
        Line(kind=Line.Kind.MERGE, person=ann, other=other),
    ]
    proposal = propose(gallery, [(line, []) for line in merges])

    accepted = answers.accept(proposal, alice, only_ticked=False)

    assert (accepted.done, accepted.skipped) == (2, 1)
    apart = Difference.objects.standing()
    assert apart.filter(one=ann, other=ben).exists()
    assert Rejection.objects.standing().filter(face=face, person=ann).exists()
    undo.undo(accepted.batch, alice)
    assert set(apart.values_list("one", "other")) == {(one.pk, other.pk)}


def test_many_persons_are_merged_hidden_and_brought_back_in_few_queries(
    crowd: Sequence[Person],
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    target, *others = crowd[:MANY]
    before, were = places(), state_of(crowd)
    with django_assert_max_num_queries(FEW):
        merge = identities.merge_persons(others, target, alice)
    assert target.faces.count() == 9 * MANY
    with django_assert_max_num_queries(FEW):
        undo.undo(merge, alice)
    with django_assert_max_num_queries(FEW):
        hiding = identities.hide_persons(crowd[:MANY], alice)
    assert Person.objects.filter(is_hidden=True).count() == MANY
    with django_assert_max_num_queries(FEW):
        undo.undo(hiding, alice)
    assert (places(), state_of(crowd)) == (before, were)


def test_of_many_persons_that_were_opened_those_stay_that_somebody_has_named_since(
    crowd: Sequence[Person], gallery: Gallery, alice: User
) -> None:
    waiting = list(Face.objects.waiting().order_by("pk"))
    groups = [waiting[at : at + 3] for at in range(0, 12, 3)]
    proposal = propose(gallery, [(Line(kind=Line.Kind.NEW), group) for group in groups])
    batch = answers.accept(proposal, alice, only_ticked=False).batch
    named, fed, *rest = opened(crowd)
    naming = identities.name_person(named, "Ann", alice)
    feeding = identities.move_faces([waiting[-1]], fed, alice)

    blocked = undo.undo(batch, alice)
    assert blocked.batch is None
    assert set(blocked.persons) == {named, fed}
    assert set(blocked.obstacles) == {naming, feeding}

    undo.undo(batch, alice, rest=True)
    assert set(opened(crowd)) == {named, fed}
    assert not Face.objects.filter(person__in=rest).exists()


@pytest.mark.parametrize("decision", ["confirm", "reject", "move", "split", "not-a-face"])
def test_no_face_is_fetched_to_decide_about_all_of_a_person(
    crowd: Sequence[Person], alices: Client, decision: str
) -> None:
    person = crowd[0]
    before = places()
    form = {"decision": decision, "is_all": "on", "name": "Somebody else"}
    with CaptureQueriesContext(connection) as queries:
        alices.post(reverse("person-faces", args=[person.pk]), form)
    rows = [query["sql"] for query in queries if "landmarks" in query["sql"]]
    # one at most, for the gallery that it is in
    assert all("LIMIT 1" in sql for sql in rows)
    assert last().face_count == 9
    alices.post(reverse("batch-undo", args=[last().pk]))
    assert places() == before


def test_what_an_undo_withdraws_is_said_again_by_the_redo_and_withdrawn_by_the_next(
    crowd: Sequence[Person], alice: User
) -> None:
    person = crowd[0]
    standing = Rejection.objects.standing().filter(person=person)
    batch = identities.reject_faces(Face.objects.of(person), person, alice)
    for expected in (0, 9, 0, 9, 0):
        undo.undo(last(), alice)
        assert standing.count() == expected
    assert Batch.objects.get(pk=batch.pk).is_undone


def test_the_log_is_not_asked_about_births_where_nobody_has_one(
    crowd: Sequence[Person], gallery: Gallery, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert doubts.before_birth(gallery, NONE_SKIPPED) is None


def test_a_face_that_the_index_does_not_find_again_does_not_break_the_review(
    crowd: Sequence[Person], gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "rank", lambda *args, **options: [])
    assert Outlook.of(gallery).look_further(5) == 5


def test_a_list_of_persons_about_whom_nothing_was_decided_asks_for_no_decision(
    crowd: Sequence[Person],
    moderators: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(15):
        page = moderators.get(changelist("person"))
    assert len(page.context["cl"].result_list) == 50
