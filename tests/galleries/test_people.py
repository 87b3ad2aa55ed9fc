"""Persons open by themselves when enough faces are alike."""

from collections.abc import Callable

import pytest

from galleries import analysis
from galleries.models import Face, Person, Photo

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
