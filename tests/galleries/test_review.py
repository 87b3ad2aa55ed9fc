"""The review: what is asked, in which order, what an answer does, and what is never asked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import identities
from galleries.models import AssignedBy, Batch, Face, Gallery, Person, Photo, Verdict
from galleries.review.outlook import Outlook
from galleries.review.progress import progress_of
from galleries.review.questions import NONE_SKIPPED, Kind, Question
from galleries.review.queue import next_question
from tests.faces import analyse_everything
from tests.galleries.questions import match_by_chance, page_of, reply
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]
SignIn = Callable[[User], Client]


def test_the_largest_unnamed_group_is_asked_about_first(
    add_drawing: AddDrawing, reds: Person, ask: Callable[[], Question]
) -> None:
    for _ in range(5):
        add_drawing("blue")
    analyse_everything()
    question = ask()
    assert question.kind == Kind.GROUP
    assert question.person == Person.objects.exclude(pk=reds.pk).get()
    assert len(question.faces) == question.face_count == 5


def test_a_typed_name_names_the_group_and_confirms_what_was_shown(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    said = reply(alices, ask(), "name", name="Anna")
    reds.refresh_from_db()
    assert reds.name == "Anna"
    assert {face.assigned_by for face in Face.objects.of(reds)} == {AssignedBy.HUMAN}
    assert "100 % of faces resolved" in said
    assert "Nothing is left to ask" in said


def test_what_is_unticked_leaves_the_group_and_is_never_given_back(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    question = ask()
    *theirs, stray = [face.pk for face in question.faces]
    reply(alices, question, "name", name="Anna", face=theirs)
    face = Face.objects.get(pk=stray)
    assert face.person is None
    assert face.rejections.standing().get().person == reds
    following = ask()
    assert following.kind == Kind.WAITING
    assert [face.pk for face in following.faces] == [stray]
    assert following.suggestions == ()


def test_an_answer_is_one_batch_and_undo_takes_it_back_with_what_followed(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    before = list(Face.objects.order_by("pk").values("person", "assigned_by", "probability"))
    question = ask()
    *theirs, _ = [face.pk for face in question.faces]
    reply(alices, question, "name", name="Anna", face=theirs)
    assert Batch.objects.decided().count() == 1
    response = alices.post(reverse("review-undo", args=[gallery.pk]), follow=True)
    assert "Taken back" in text_of(response)
    assert before == list(
        Face.objects.order_by("pk").values("person", "assigned_by", "probability")
    )
    reds.refresh_from_db()
    assert reds.name == ""
    assert ask().person == reds


@pytest.fixture
def ann(reds: Person, alice: User) -> Person:
    """One of the four, who has a name already."""
    _, ann = identities.open_person_of([reds.faces.all()[0]], alice, "Ann")
    return ann


def test_a_suggested_person_takes_the_whole_group(
    reds: Person, ann: Person, ask: Callable[[], Question], alices: Client
) -> None:
    question = ask()
    assert [item.person for item in question.suggestions] == [ann]
    reply(alices, question, f"person:{ann.pk}")
    reds.refresh_from_db()
    assert reds.is_removed
    assert ann.faces.count() == 4


def test_a_typed_name_that_is_known_makes_the_group_that_person(
    reds: Person, ann: Person, ask: Callable[[], Question], alices: Client
) -> None:
    reply(alices, ask(), "name", name="ann")
    assert ann.faces.count() == 4


def test_who_was_told_apart_is_not_suggested_and_not_merged(
    reds: Person, ann: Person, ask: Callable[[], Question], alices: Client, alice: User
) -> None:
    identities.tell_apart(reds, ann, alice)
    question = ask()
    assert question.suggestions == ()
    assert "two people" in reply(alices, question, "name", name="Ann")
    assert ann.faces.count() == 1


def test_a_stranger_is_not_asked_about_again(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    said = reply(alices, ask(), "stranger")
    assert "Nothing is left to ask" in said
    assert progress_of(gallery).percent == 100


def test_what_is_no_face_is_not_asked_about_again_and_does_not_count(
    reds: Person, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    reply(alices, ask(), "not-a-face")
    assert set(Face.objects.values_list("verdict", flat=True)) == {Verdict.NOT_A_FACE}
    assert next_question(gallery, NONE_SKIPPED) is None
    assert progress_of(gallery).total == 0


def test_a_doubtful_match_is_confirmed_by_yes(
    reds: Person,
    add_drawing: AddDrawing,
    ask: Callable[[], Question],
    alices: Client,
    gallery: Gallery,
) -> None:
    reply(alices, ask(), "name", name="Anna")
    doubtful = match_by_chance(add_and_analyse(add_drawing, "blue"), reds)
    question = ask()
    assert question.kind == Kind.DOUBT
    assert question.faces == (doubtful,)
    assert question.person == reds
    assert len(question.references) == 4
    reply(alices, question, "yes")
    doubtful.refresh_from_db()
    assert (doubtful.person, doubtful.assigned_by) == (reds, AssignedBy.HUMAN)
    assert next_question(gallery, NONE_SKIPPED) is None


def add_and_analyse(add_drawing: AddDrawing, *colours: str) -> Photo:
    photo = add_drawing(*colours)
    analyse_everything()
    return photo


def test_after_a_no_the_same_is_never_asked_again(
    reds: Person,
    add_drawing: AddDrawing,
    ask: Callable[[], Question],
    alices: Client,
    gallery: Gallery,
) -> None:
    reply(alices, ask(), "name", name="Anna")
    doubtful = match_by_chance(add_and_analyse(add_drawing, "red"), reds)
    reply(alices, ask(), "no")
    doubtful.refresh_from_db()
    assert doubtful.person is None
    question = ask()
    assert question.kind == Kind.WAITING
    assert question.suggestions == ()


def test_a_waiting_face_between_the_thresholds_is_asked_about(
    reds: Person,
    ask: Callable[[], Question],
    alices: Client,
    alice: User,
    gallery: Gallery,
) -> None:
    reply(alices, ask(), "name", name="Anna")
    face = reds.faces.all()[0]
    identities.reject_faces([face], reds, alice)
    face.rejections.all().delete()
    Outlook.of(gallery).keep()
    question = ask()
    assert question.kind == Kind.DOUBT
    assert question.faces == (face,)
    reply(alices, question, "no")
    assert ask().kind == Kind.WAITING


def test_waiting_faces_that_are_alike_are_asked_about_together(
    add_drawing: AddDrawing, ask: Callable[[], Question], alices: Client, gallery: Gallery
) -> None:
    add_drawing("green")
    for _ in range(2):
        add_drawing("red")
    analyse_everything()
    question = ask()
    assert (question.kind, len(question.faces)) == (Kind.WAITING, 2)
    reply(alices, question, "name", name="Anna")
    assert Person.objects.get().faces.count() == 2
    assert len(ask().faces) == 1


def test_somebody_twice_in_a_photo_is_asked_about_until_a_human_has_said(
    reds: Person,
    add_drawing: AddDrawing,
    ask: Callable[[], Question],
    alices: Client,
    gallery: Gallery,
) -> None:
    reply(alices, ask(), "name", name="Anna")
    photo = add_and_analyse(add_drawing, "red", "red")
    Face.objects.filter(photo=photo).update(
        person=reds, assigned_by=AssignedBy.MATCHER, probability=0.995
    )
    question = ask()
    assert question.kind == Kind.TWICE
    first, second = question.faces
    reply(alices, question, f"yes:{first.pk}")
    assert Face.objects.get(pk=first.pk).assigned_by == AssignedBy.HUMAN
    assert Face.objects.get(pk=second.pk).person is None
    identities.move_faces([second], reds, User.objects.get(username="alice"))
    assert next_question(gallery, NONE_SKIPPED) is None


def test_a_sure_match_unlike_the_confirmed_faces_is_asked_about(
    reds: Person,
    add_drawing: AddDrawing,
    ask: Callable[[], Question],
    alices: Client,
    gallery: Gallery,
) -> None:
    reply(alices, ask(), "name", name="Anna")
    unlike = match_by_chance(add_and_analyse(add_drawing, "blue"), reds, probability=0.995)
    question = ask()
    assert (question.kind, question.faces) == (Kind.OUTLIER, (unlike,))
    reply(alices, question, "no")
    unlike.refresh_from_db()
    assert unlike.person is None


def test_a_photo_from_before_the_birth_is_asked_about_once(
    reds: Person,
    ask: Callable[[], Question],
    alices: Client,
    alice: User,
    gallery: Gallery,
) -> None:
    reply(alices, ask(), "name", name="Anna")
    early = reds.faces.all()[0]
    Photo.objects.filter(pk=early.photo_id).update(taken_at=datetime(1999, 5, 3, tzinfo=UTC))
    identities.edit_person(reds, alice, notes="", born_on=date(2001, 1, 1), user=None)
    question = ask()
    assert (question.kind, question.faces) == (Kind.EARLY, (early,))
    assert "3 May 1999" in text_of(alices.get(page_of(gallery)))
    assert "Nothing is left to ask" in reply(alices, question, "yes")
    alices.post(reverse("review-undo", args=[gallery.pk]))
    assert ask().kind == Kind.EARLY


def test_hidden_people_and_their_faces_are_left_alone(
    reds: Person, alice: User, gallery: Gallery
) -> None:
    identities.hide_person(reds, alice)
    assert next_question(gallery, NONE_SKIPPED) is None
    assert progress_of(gallery).percent == 100


def test_progress_counts_what_is_named_and_sure(
    reds: Person, add_drawing: AddDrawing, gallery: Gallery, alice: User
) -> None:
    assert progress_of(gallery).percent == 0
    identities.name_person(reds, "Anna", alice)
    Face.objects.of(reds).update(probability=0.995)
    add_and_analyse(add_drawing, "blue")
    progress = progress_of(gallery)
    assert (progress.resolved, progress.total, progress.percent) == (4, 5, 80)
    Face.objects.of(reds).update(probability=0.9)
    assert progress_of(gallery).resolved == 0


def test_what_two_find_out_at_a_time_is_kept_from_both(
    add_drawing: AddDrawing, gallery: Gallery
) -> None:
    for _ in range(2):
        add_drawing("red")
    analyse_everything()
    one, other = Outlook.of(gallery), Outlook.of(gallery)
    one.look_further(1)
    other.look_further(2)
    other.keep()
    one.keep()
    assert len(Outlook.of(gallery).prospects) == 2
    one.forget(Face.objects.values_list("pk", flat=True))
    other.keep()
    one.keep()
    kept = Outlook.of(gallery)
    assert (len(kept.prospects), len(kept.again)) == (0, 2)
