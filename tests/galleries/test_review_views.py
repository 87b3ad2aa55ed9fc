"""The page of the review: who may answer, and what a form can get wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import identities
from galleries.models import Batch, Gallery, Person, Photo
from galleries.review.questions import Question
from tests.faces import analyse_everything
from tests.galleries.questions import page_of, reply
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]


def test_only_editors_review(
    reds: Person, gallery: Gallery, signed_in: SignIn, bob: User, mallory: User
) -> None:
    for user in (bob, mallory):
        client = signed_in(user)
        for name in ("review", "review-ahead"):
            assert client.get(reverse(name, args=[gallery.pk])).status_code == 404
        for name in ("review-answer", "review-undo", "review-again"):
            assert client.post(reverse(name, args=[gallery.pk])).status_code == 404
    assert not Batch.objects.decided().exists()


def test_faces_and_people_of_another_gallery_are_out_of_reach(
    reds: Person, ask: Callable[[], Question], signed_in: SignIn, mallory: User
) -> None:
    own = Gallery.create_owned_by(mallory, "Own")
    question = ask()
    form = {
        "kind": "group",
        "answer": "name",
        "name": "Mine",
        "person": reds.pk,
        "shown": [face.pk for face in question.faces],
        "face": [face.pk for face in question.faces],
    }
    signed_in(mallory).post(reverse("review-answer", args=[own.pk]), form)
    reds.refresh_from_db()
    assert reds.name == ""
    assert not Batch.objects.decided().exists()


def test_htmx_is_answered_with_the_next_question_alone(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    question = ask()
    form = {
        "kind": "group",
        "answer": "skip",
        "person": reds.pk,
        "shown": [face.pk for face in question.faces],
    }
    response = alices.post(
        reverse("review-answer", args=[gallery.pk]), form, headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    assert response.content.strip().startswith(b'<div class="review"')


def test_a_stale_or_senseless_form_changes_nothing_and_asks_on(
    reds: Person, ask: Callable[[], Question], alices: Client, alice: User
) -> None:
    question = ask()
    assert "Type a name" in reply(alices, question, "name", name="  ")
    assert "Choose one of the answers" in reply(alices, question, "perhaps")
    assert "Tick at least one face" in reply(alices, question, "name", name="Anna", face=[])
    assert "meanwhile" in reply(alices, question, "yes", shown=["x"], kind="group")
    identities.delete_person(reds, alice)
    assert "meanwhile" in reply(alices, question, "name", name="Anna")


def test_two_who_answer_the_same_question_do_not_overrule_each_other(
    reds: Person, ask: Callable[[], Question], alices: Client
) -> None:
    question = ask()
    reply(alices, question, "name", name="Anna")
    for late in ("name", "stranger"):
        assert "named this person Anna meanwhile" in reply(alices, question, late, name="Ben")
    reds.refresh_from_db()
    assert (reds.name, reds.is_stranger) == ("Anna", False)


def test_a_skipped_group_comes_back_only_when_asked_for(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    assert "Only what you skipped is left" in reply(alices, ask(), "skip")
    assert "Only what you skipped" in text_of(alices.get(page_of(gallery)))
    alices.post(reverse("review-undo", args=[gallery.pk]))
    assert "Who is this?" in text_of(alices.get(page_of(gallery)))
    reply(alices, ask(), "skip")
    alices.post(reverse("review-again", args=[gallery.pk]))
    assert "Who is this?" in text_of(alices.get(page_of(gallery)))


def test_the_page_fetches_the_faces_that_come_next(
    reds: Person, add_drawing: AddDrawing, alices: Client, gallery: Gallery
) -> None:
    for _ in range(3):
        add_drawing("blue")
    analyse_everything()
    blues = Person.objects.exclude(pk=reds.pk).get()
    page = alices.get(reverse("review-ahead", args=[gallery.pk])).content.decode()
    assert all(f"/face/{face.pk}/crop" in page for face in blues.faces.all())


def test_the_number_of_queries_does_not_grow_with_the_faces(
    reds: Person,
    add_drawing: AddDrawing,
    alices: Client,
    gallery: Gallery,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    for _ in range(12):
        add_drawing("blue", "green")
    analyse_everything()
    with django_assert_max_num_queries(30):  # type: ignore[attr-defined]
        alices.get(page_of(gallery))
