"""Persons open by themselves when enough faces are alike."""

from collections.abc import Callable

import pytest

from faceengine.faces import Weakness
from galleries import analysis
from galleries.models import Analysis, Face, Person, Photo
from tests.drawings import DrawingEngine

pytestmark = pytest.mark.usefixtures("drawing_engine")


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def test_two_alike_faces_wait_and_the_third_opens_a_person(
    add_drawing: Callable[..., Photo],
) -> None:
    add_drawing("red")
    add_drawing("red")
    analyse_everything()
    assert not Person.objects.exists()

    add_drawing("red")
    analyse_everything()

    person = Person.objects.get()
    assert person.faces.count() == 3
    assert person.name == ""


def test_a_new_face_joins_the_person_it_is_like_and_no_other(
    add_drawing: Callable[..., Photo],
) -> None:
    for _ in range(3):
        add_drawing("red", "blue")
    analyse_everything()
    persons = {face.person_id for face in Face.objects.all()}
    assert len(persons) == 2

    photo = add_drawing("blue")
    analyse_everything()

    newcomer = photo.faces.get()
    other_blue = Face.objects.filter(person=newcomer.person).exclude(pk=newcomer.pk)
    assert other_blue.count() == 3
    assert all(face.left > 0.5 for face in other_blue)


def test_strangers_stay_without_a_person(add_drawing: Callable[..., Photo]) -> None:
    for colour in ("red", "green", "blue", "yellow"):
        add_drawing(colour)
    analyse_everything()
    assert not Person.objects.exists()


@pytest.fixture
def add_weak(
    add_drawing: Callable[..., Photo], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Photo]:
    """Upload a drawing and find its faces weak."""

    def add(*colours: str) -> Photo:
        photo = add_drawing(*colours)
        with monkeypatch.context() as patch:
            patch.setattr(DrawingEngine, "weakness", Weakness.BLURRED)
            analyse_everything()
        return photo

    return add


def test_weak_faces_open_no_person_however_many_are_alike(add_weak: Callable[..., Photo]) -> None:
    for _ in range(4):
        add_weak("red")
    assert {face.weakness for face in Face.objects.all()} == {"blurred"}
    assert not Person.objects.exists()


def test_a_weak_face_does_not_count_among_three_but_comes_along(
    add_drawing: Callable[..., Photo], add_weak: Callable[..., Photo]
) -> None:
    add_drawing("red")
    add_drawing("red")
    analyse_everything()
    weak = add_weak("red").faces.get()
    assert not Person.objects.exists()

    add_drawing("red")
    analyse_everything()

    weak.refresh_from_db()
    assert Person.objects.get().faces.count() == 4
    assert weak.person == Person.objects.get()


def test_a_weak_face_joins_a_person_whom_a_good_face_shows(
    add_drawing: Callable[..., Photo], add_weak: Callable[..., Photo]
) -> None:
    for _ in range(3):
        add_drawing("red")
    analyse_everything()
    assert add_weak("red").faces.get().person == Person.objects.get()


def test_a_weak_face_joins_nobody_for_the_sake_of_another_weak_face(
    add_weak: Callable[..., Photo],
) -> None:
    weak = add_weak("red").faces.get()
    weak.person = Person.objects.create(gallery=weak.gallery, name="Ann")
    weak.save()
    assert add_weak("red").faces.get().person is None


def test_a_face_that_is_better_in_the_next_analysis_is_weak_no_more(
    add_weak: Callable[..., Photo],
) -> None:
    photo = add_weak("red")
    photo.analyses.update(state=Analysis.State.QUEUED)
    analyse_everything()
    assert photo.faces.get().weakness == ""


def test_a_person_is_not_doubled_when_one_of_its_photos_is_analysed_again(
    add_drawing: Callable[..., Photo],
) -> None:
    known, *_ = [add_drawing("red") for _ in range(3)]
    analyse_everything()
    ann = Person.objects.get()
    Face.objects.exclude(photo=known).update(person=None)

    known.analyses.update(state=Analysis.State.QUEUED)
    analyse_everything()

    assert Person.objects.get() == ann
    assert known.faces.get().person == ann
