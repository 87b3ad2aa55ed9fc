"""Proposals in the making: one at a time, and none lost with its worker."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from faceengine.catalog import PACKS
from galleries import tasks
from galleries.models import Gallery, ModelVersion, Proposal
from galleries.regrouping import answers, material, work
from galleries.regrouping.answers import ProposalGoneError
from tests.galleries.proposals import AddWaiting, State, propose

pytestmark = pytest.mark.usefixtures("drawing_engine")


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
    add_waiting: AddWaiting, gallery: Gallery, alice: User, signed_in: Callable[[User], Client]
) -> None:
    add_waiting("red", 3)
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
    add_waiting: AddWaiting, gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_waiting("red", 3)
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
