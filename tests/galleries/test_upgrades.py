"""A model pack comes out in a later version: persons stay, searches come back, nothing doubles."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from faceengine.faces import Face as FoundFace
from faceengine.pictures import Image
from galleries import analysis, upgrades
from galleries.models import Face, Gallery, ModelVersion, Person, Photo
from tests.drawings import DrawingEngine
from tests.pages import text_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def bring_out_a_later_version(model: ModelVersion) -> ModelVersion:
    """Make the present version of `model` an earlier one, and move its galleries on."""
    model.key = "open-0"
    model.save()
    present = upgrades.move_on(model)
    upgrades.queue_unseen()
    return present


def test_faces_keep_their_rows_and_persons(
    add_drawing: AddDrawing, gallery: Gallery, model: ModelVersion
) -> None:
    for _ in range(3):
        add_drawing("red", "blue")
    analyse_everything()
    before = set(Face.objects.values_list("pk", "person"))

    present = bring_out_a_later_version(model)
    analyse_everything()

    assert set(Face.objects.values_list("pk", "person")) == before
    assert Person.objects.count() == 2
    assert all(face.vectors.filter(model=present).exists() for face in Face.objects.all())


def test_faces_that_are_alike_by_now_open_no_second_person_beside_the_first(
    add_drawing: AddDrawing, gallery: Gallery, model: ModelVersion
) -> None:
    photos = [add_drawing("red") for _ in range(4)]
    analyse_everything()
    ann = Person.objects.create(gallery=gallery, name="Ann")
    Face.objects.update(person=None)
    Person.objects.exclude(pk=ann.pk).delete()
    Face.objects.filter(photo=photos[-1]).update(person=ann)

    bring_out_a_later_version(model)
    analyse_everything()

    assert Person.objects.get() == ann
    assert ann.faces.count() == 4


def test_a_face_that_the_later_version_does_not_find_goes_unless_it_has_a_person(
    add_drawing: AddDrawing, model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = add_drawing("red", "blue")
    analyse_everything()
    kept, _lost = photo.faces.all()
    kept.person = Person.objects.create(gallery=photo.gallery, name="Ann")
    kept.save()

    def find_nothing(_engine: DrawingEngine, _image: Image) -> list[FoundFace]:
        return []

    monkeypatch.setattr(DrawingEngine, "find_faces", find_nothing)
    bring_out_a_later_version(model)
    analyse_everything()

    assert photo.faces.get() == kept


def test_the_page_of_a_photo_that_waits_to_be_read_again_says_what_that_means(
    add_drawing: AddDrawing, bob: User, model: ModelVersion, signed_in: Callable[[User], Client]
) -> None:
    photo = add_drawing("red")
    page = reverse("photo", args=[photo.pk])
    assert "Waiting to be read." in text_of(signed_in(bob).get(page))
    analyse_everything()
    bring_out_a_later_version(model)
    assert "searches miss this photo" in text_of(signed_in(bob).get(page))
    analyse_everything()
    assert "Waiting" not in text_of(signed_in(bob).get(page))
