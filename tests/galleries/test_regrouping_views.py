"""The page of a proposal: from the question to the undo."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import ledger
from galleries.models import Action, Batch, Face, Gallery, Membership, Person, Proposal, Role
from galleries.regrouping import work
from tests.galleries.proposals import AddWaiting, person_of, propose

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]


def test_the_page_leads_from_the_question_to_the_undo(
    add_waiting: AddWaiting, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    red = add_waiting("red", 6)
    person_of(red[:3], "Ann")
    add_waiting("blue", 3)
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
    add_waiting: AddWaiting, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    add_waiting("red", 3)
    add_waiting("blue", 3)
    proposal = propose(gallery, alice)
    one, other = proposal.lines.all()
    browser, answer = signed_in(alice), reverse("regroup-answer", args=[gallery.pk])
    form = {"proposal": proposal.pk, "shown": [one.pk], "do": "2"}
    assert browser.post(answer, form).headers["Location"].endswith("?page=2")
    assert list(proposal.lines.ticked()) == [other]
    bar = browser.post(answer, form | {"do": "", "line": [one.pk]}, headers={"HX-Request": "true"})
    assert "Accept 2 chosen" in bar.content.decode()


def test_no_on_the_page_is_remembered(
    add_waiting: AddWaiting, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    red = add_waiting("red", 6)
    one, other = person_of(red[:3], "Ann"), person_of(red[3:])
    line = propose(gallery, alice).lines.get()
    said = signed_in(alice).post(reverse("regroup-refuse", args=[line.pk]), follow=True)
    assert f"Remembered: Ann and Unnamed {other.pk} are two people." in said.content.decode()
    assert ledger.differences_of(one) == {other.pk}


def test_only_editors_regroup(
    add_waiting: AddWaiting,
    gallery: Gallery,
    alice: User,
    bob: User,
    mallory: User,
    signed_in: SignIn,
) -> None:
    add_waiting("red", 3)
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
    add_waiting: AddWaiting,
    gallery: Gallery,
    alice: User,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for colour in ("red", "blue", "green", "yellow", "violet"):
        theirs = add_waiting(colour, 7)
        person_of(theirs[:3], colour)
        person_of(theirs[3:6])
    propose(gallery, alice)
    browser = signed_in(alice)
    with django_assert_max_num_queries(16):
        page = browser.get(reverse("regroup", args=[gallery.pk])).content.decode()
    assert page.count("look like one person") == 5
