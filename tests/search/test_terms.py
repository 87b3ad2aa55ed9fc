"""A person is searched by templates, and a similarity to one means something of its own."""

from collections.abc import Callable

import numpy as np
import pytest

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.thresholds import MEASURED
from galleries import analysis, identities
from galleries.models import Face, FaceVector, Gallery, GalleryCalibration, Person, Photo
from search import terms
from search.asking import Asked, answer
from search.scope import Scope
from tests.drawings import COLOURS

pytestmark = pytest.mark.usefixtures("drawing_engine")
KEY = PACKS["open"].key
FACES, TEMPLATES = MEASURED[KEY], MEASURED[KEY].of_middles
#: More than a face needs to match, and less than a template.
BETWEEN = (FACES.normal + TEMPLATES.normal) / 2


@pytest.fixture
def named(add_drawing: Callable[..., Photo], alice: User) -> Callable[..., Person]:
    """A person with a face of each of these colours."""

    def name(*colours: str) -> Person:
        photos = [add_drawing(colour) for colour in colours]
        analyse_everything()
        faces = list(Face.objects.filter(photo__in=photos))
        _, person = identities.open_person_of(faces, alice, "Anna")
        return person

    return name


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def make_like_red(photo: Photo, similarity: float) -> None:
    """Give the one face of a photo this similarity to every red one."""
    vector = np.zeros(256)
    vector[list(COLOURS).index("red")] = similarity
    vector[-1] = np.sqrt(1 - similarity**2)
    FaceVector.objects.filter(face__photo=photo).update(vector=vector)


def found(user: User, person: Person) -> dict[int, float]:
    """Photos of others than the person itself, and how likely each is one."""
    page = answer(Asked(Scope(user), persons=[person])).page
    others = (match for match in page.matches if match.face.person_id != person.pk)
    return {match.face.photo_id: match.probability for match in others}


def test_one_face_is_compared_as_a_face(
    named: Callable[..., Person], add_drawing: Callable[..., Photo], alice: User
) -> None:
    anna, photo = named("red"), add_drawing("violet")
    analyse_everything()
    make_like_red(photo, BETWEEN)
    assert terms.of_person(anna).merged == frozenset()
    assert found(alice, anna) == {photo.pk: pytest.approx(FACES.probability(BETWEEN), abs=0.01)}


def test_several_faces_are_a_template_which_asks_for_more(
    named: Callable[..., Person], add_drawing: Callable[..., Photo], alice: User
) -> None:
    anna, photo = named("red", "red"), add_drawing("violet")
    analyse_everything()
    make_like_red(photo, BETWEEN)
    term = terms.of_person(anna)
    assert term.merged == frozenset({KEY})
    assert len(term.vectors[KEY]) == 1
    assert found(alice, anna) == {}
    make_like_red(photo, 0.5)
    probability = pytest.approx(TEMPLATES.probability(0.5), abs=0.01)
    assert found(alice, anna) == {photo.pk: probability}


def test_whoever_looks_quite_different_in_some_pictures_is_found_in_both(
    named: Callable[..., Person], add_drawing: Callable[..., Photo], alice: User
) -> None:
    anna = named("red", "red", "blue", "blue")
    alike = add_drawing("violet")
    analyse_everything()
    make_like_red(alike, 0.6)
    assert len(terms.of_person(anna).vectors[KEY]) == 2
    # one middle for both looks would be 0.42 alike, and no match
    assert set(found(alice, anna)) == {alike.pk}


def test_what_a_gallery_measured_holds_for_faces_and_templates(
    named: Callable[..., Person],
    add_drawing: Callable[..., Photo],
    gallery: Gallery,
    alice: User,
) -> None:
    anna, photo = named("red", "red"), add_drawing("violet")
    analyse_everything()
    make_like_red(photo, 0.5)
    assert set(found(alice, anna)) == {photo.pk}
    measured = GalleryCalibration.objects.create(gallery=gallery, model=gallery.model, normal=0.08)
    assert set(found(alice, anna)) == {photo.pk}  # not computed yet
    measured.computed_at = gallery.created_at
    measured.save()
    assert found(alice, anna) == {}


def test_a_model_that_is_not_here_is_not_asked(
    named: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = named("red")
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: False)
    assert not terms.of_person(anna).vectors
