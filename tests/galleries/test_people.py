"""Persons open by themselves when enough faces are alike."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.faces import Weakness
from galleries import analysis, identities, people, undo
from galleries.models import Analysis, Batch, Face, FaceVector, Gallery, Person, Photo
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


# what follows is about vectors that are more or less alike, which drawings are not

AddFaces = Callable[..., list[Face]]


@pytest.fixture
def add_faces(gallery: Gallery) -> AddFaces:
    """A photo with a face for each vector, given by its first numbers, and matched."""
    serial = itertools.count()

    def add(*vectors: Sequence[float]) -> list[Face]:
        photo = Photo.objects.create(
            gallery=gallery, sha256=f"{next(serial):064}", name="p.jpg", byte_size=1
        )
        faces = [
            Face(
                gallery=gallery,
                photo=photo,
                **dict.fromkeys(("left", "top", "width", "height"), 0.25),
                landmarks=[0.5] * 10,
                score=1.0,
                quality=1.0,
            )
            for _ in vectors
        ]
        Face.objects.bulk_create(faces)
        for face, numbers in zip(faces, vectors, strict=True):
            vector = np.zeros(gallery.model.dimensions)
            vector[: len(numbers)] = numbers
            FaceVector.objects.create(
                gallery=gallery,
                face=face,
                model=gallery.model,
                vector=vector / np.linalg.norm(vector),
            )
        people.assign(faces, gallery.model)
        return list(Face.objects.filter(photo=photo).order_by("pk"))

    return add


def test_a_lookalike_of_one_face_is_not_the_person_of_many(
    add_faces: AddFaces, alice: User
) -> None:
    # one odd picture of Ann, away from her others
    odd = add_faces([1, 0, 1.6])[0]
    for _ in range(5):
        add_faces([1, 0])
    ann = Person.objects.get()
    identities.move_faces([odd], ann, alice)

    assert add_faces([0.2, 0.4, 1.6])[0].person is None
    assert add_faces([1, 0, 0.5])[0].person == ann


def test_somebody_who_has_grown_older_is_like_the_latest_pictures(add_faces: AddFaces) -> None:
    for age in np.linspace(0, 2, 40):  # the first and the last are at more than a right angle
        add_faces([np.cos(age), np.sin(age)])
    assert Person.objects.count() == 1
    assert not Face.objects.filter(person=None).exists()


def test_two_faces_of_one_photo_do_not_open_a_person_together(add_faces: AddFaces) -> None:
    add_faces([1], [1])
    add_faces([1])
    assert not Person.objects.exists()


def test_of_a_photo_one_face_comes_along_when_a_person_opens(add_faces: AddFaces) -> None:
    near, far = add_faces([1, 0.1], [1, 0.5])
    add_faces([1])
    add_faces([1])
    assert Person.objects.get().faces.filter(photo=near.photo).get() == near
    assert Face.objects.waiting().get() == far


def test_faces_that_are_like_a_third_but_not_each_other_open_no_person(
    add_faces: AddFaces,
) -> None:
    add_faces([1, 0.9])
    add_faces([1, -0.9])
    add_faces([1])
    assert not Person.objects.exists()


def test_the_faces_of_a_deleted_person_do_not_gather_again(
    add_faces: AddFaces, alice: User
) -> None:
    old = [add_faces([1])[0] for _ in range(3)]
    deleted = identities.delete_person(Person.objects.get(), alice)

    fresh = [add_faces([1])[0] for _ in range(2)]
    people.assign(list(Face.objects.all()), old[0].gallery.model)
    assert not Person.objects.present().exists()

    fresh += add_faces([1])
    newcomer = Person.objects.present().get()
    assert set(newcomer.faces.all()) == set(fresh)
    undo.undo(deleted, alice)
    assert {face.person_id for face in Face.objects.filter(pk__in=[face.pk for face in old])} == {
        deleted.persons.get().pk
    }


def test_what_a_human_took_back_the_matcher_does_not_do_again(
    add_faces: AddFaces, alice: User
) -> None:
    for _ in range(3):
        add_faces([1])
    face = add_faces([1])[0]
    assert face.person == Person.objects.get()
    joined = Batch.objects.newest_first()[0]

    undone = undo.undo(joined, alice).batch
    people.reconsider(Person.objects.get(), face.gallery.model)
    assert Face.objects.waiting().get() == face

    assert undone is not None
    undo.undo(undone, alice)
    assert not Face.objects.waiting().exists()


def test_faces_like_a_person_are_looked_at_again_after_a_decision(
    add_faces: AddFaces, alice: User
) -> None:
    first, second = add_faces([1])[0], add_faces([1, 0.1])[0]
    ann = identities.open_person_of([first], alice, "Ann")[1]
    assert people.reconsider(ann, first.gallery.model) is not None
    second.refresh_from_db()
    assert (second.person, second.assigned_by) == (ann, "matcher")


def test_a_photo_of_many_known_faces_takes_few_queries_a_face(
    add_faces: AddFaces, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    everybody = [[0] * number + [1] for number in range(8)]
    for _ in range(3):
        add_faces(*everybody)
    assert Person.objects.count() == 8
    adding, matching, a_face = 11, 14, 5
    with django_assert_max_num_queries(adding + matching + 8 * a_face):
        faces = add_faces(*everybody)
    assert all(face.person_id for face in faces)
