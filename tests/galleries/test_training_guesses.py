"""The classifier in use speaks in the review: where nothing else does, or to agree."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import identities
from galleries.models import Classifier, Face, FaceVector, Gallery, Person, Photo
from galleries.review.outlook import Outlook
from galleries.review.questions import LEAST_PROBABILITY, Question, suggest
from galleries.training import versions
from tests.galleries.classifiers import add_face, add_person, centre_of, use


@pytest.fixture
def ann(gallery: Gallery) -> Person:
    """Her faces are no more alike than those of strangers, and yet all about one middle."""
    add_person(gallery, "Ben")
    person = add_person(gallery, "Ann", faces=0)
    for number in range(30):
        _turn(add_face(gallery, "Ann", person), number)
    return person


@pytest.fixture
def unlike(ann: Person, gallery: Gallery) -> Face:
    """A waiting face of hers, like no other one."""
    return _turn(add_face(gallery, "Ann"), 99)


def _turn(face: Face, number: int) -> Face:
    """Away from the middle, each face in its own direction."""
    aside = np.random.default_rng(1000 + number).standard_normal(256)
    vector = 0.55 * centre_of("Ann") + 0.835 * aside / np.linalg.norm(aside)
    FaceVector.objects.filter(face=face).update(vector=vector / np.linalg.norm(vector))
    return face


def _prospect_of(face: Face) -> Person | None:
    outlook = Outlook.of(face.gallery)
    outlook.look_further(50)
    prospect = outlook.prospects.get(face.pk)
    return Person.objects.filter(pk=prospect.person_id or 0).first() if prospect else None


def test_somebody_is_suggested_whom_nothing_else_finds(gallery: Gallery, unlike: Face) -> None:
    assert suggest(gallery, [unlike], ()) == ()
    use(gallery)
    (found,) = suggest(gallery, [unlike], ())
    assert (found.person.name, found.is_guessed) == ("Ann", True)
    assert LEAST_PROBABILITY <= found.probability <= 1


def test_the_review_asks_whether_it_is_whom_the_classifier_takes_it_for(
    gallery: Gallery, unlike: Face, ann: Person, ask: Callable[[], Question]
) -> None:
    use(gallery)
    assert _prospect_of(unlike) == ann
    question = ask()
    assert question.person == ann
    assert question.faces == (unlike,)
    assert question.is_guessed


def test_it_agrees_with_what_was_found_and_does_not_speak_against_it(
    gallery: Gallery, ann: Person
) -> None:
    use(gallery)
    face = add_face(gallery, "Ben")
    (found,) = suggest(gallery, [face], ())
    assert (found.person.name, found.is_guessed) == ("Ben", True)
    # somebody who came later, and whom it cannot know
    twin = Person.objects.create(gallery=gallery, name="Ben's twin")
    near = np.array(FaceVector.objects.get(face=face).vector, np.float32)
    FaceVector.objects.filter(face=add_face(gallery, "Ben", twin)).update(vector=near)
    first, *_ = suggest(gallery, [face], ())
    assert (first.person, first.is_guessed) == (twin, False)


def test_who_was_ruled_out_is_never_guessed_again(
    gallery: Gallery, unlike: Face, ann: Person, alice: User
) -> None:
    use(gallery)
    identities.reject_faces([unlike], ann, alice)
    assert suggest(gallery, [unlike], ()) == ()
    assert _prospect_of(unlike) is None


@pytest.mark.parametrize("change", [{"is_hidden": True}, {"is_removed": True}, {"name": ""}])
def test_nobody_is_guessed_who_may_not_be_asked_about(
    gallery: Gallery, unlike: Face, ann: Person, change: dict[str, object]
) -> None:
    use(gallery)
    Person.objects.filter(pk=ann.pk).update(**change)
    assert suggest(gallery, [unlike], ()) == ()
    assert _prospect_of(unlike) is None


def test_nobody_is_guessed_who_was_not_born_yet(
    gallery: Gallery, unlike: Face, ann: Person
) -> None:
    use(gallery)
    Person.objects.filter(pk=ann.pk).update(born_on=date(2000, 1, 1))
    Photo.objects.filter(pk=unlike.photo_id).update(taken_at=datetime(1990, 1, 1, tzinfo=UTC))
    face = Face.objects.select_related("photo").get(pk=unlike.pk)
    assert suggest(gallery, [face], ()) == ()
    assert _prospect_of(face) is None


def test_a_stranger_is_nobody(gallery: Gallery, ann: Person) -> None:
    use(gallery)
    assert suggest(gallery, [add_face(gallery, "Somebody else")], ()) == ()


def test_only_what_is_in_use_and_made_of_the_same_model_is_asked(
    gallery: Gallery, unlike: Face
) -> None:
    classifier = use(gallery)
    Classifier.objects.update(made_of="dlib-1")
    assert suggest(gallery, [unlike], ()) == ()
    Classifier.objects.update(made_of=classifier.made_of)
    assert suggest(gallery, [unlike], ()) != ()
    versions.retire(classifier)
    assert suggest(gallery, [unlike], ()) == ()


def test_a_lost_file_is_no_classifier(gallery: Gallery, unlike: Face) -> None:
    classifier = use(gallery)
    default_storage.delete(classifier.file)
    assert suggest(gallery, [unlike], ()) == ()


def test_the_question_says_that_it_comes_from_the_classifier(
    gallery: Gallery, unlike: Face, alices: Client
) -> None:
    review = reverse("review", args=[gallery.pk])
    assert "The classifier takes this face for Ann" not in alices.get(review).content.decode()
    use(gallery)
    cache.clear()
    text = " ".join(alices.get(review).content.decode().split())
    assert "The classifier takes this face for Ann, with a probability of" in text
    assert "They look alike" not in text
