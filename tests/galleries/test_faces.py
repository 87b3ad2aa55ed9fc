"""Faces keep their rows, and what was said about them, across analyses; drawn ones are read."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage

from accounts.models import User
from faceengine.faces import Box
from faceengine.faces import Face as FoundFace
from faceengine.pictures import Image
from galleries import analysis, derivatives, faces, identities, photo_decisions, undo
from galleries.decisions import IdentityError
from galleries.models import Action, Analysis, AssignedBy, Face, Photo, Verdict
from tests.drawings import DrawingEngine

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]
# around most of the second of two squares of `draw`
SECOND = Box(0.625, 0.25, 0.25, 0.5)


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def analyse_again(photo: Photo) -> None:
    analysis.look_again(photo)
    analyse_everything()


@pytest.fixture
def only_the_first(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on the engine overlooks all squares but the first."""
    find_all = DrawingEngine.find_faces

    def find_one(engine: DrawingEngine, image: Image) -> list[FoundFace]:
        return find_all(engine, image)[:1]

    return lambda: monkeypatch.setattr(DrawingEngine, "find_faces", find_one)


@pytest.fixture
def missed(add_drawing: AddDrawing, only_the_first: Callable[[], None]) -> Photo:
    """A photo whose second face was not found."""
    only_the_first()
    photo = add_drawing("red", "blue")
    analyse_everything()
    photo.refresh_from_db()
    assert photo.faces.count() == 1
    return photo


def draw_second(photo: Photo, actor: User) -> Face:
    _, face = photo_decisions.draw_face(photo, SECOND, actor)
    analyse_again(photo)
    face.refresh_from_db()
    return face


def test_a_drawn_face_is_read_in_the_background_and_gets_a_vector_and_a_crop(
    missed: Photo, alice: User
) -> None:
    _, face = photo_decisions.draw_face(missed, SECOND, alice)
    assert face.verdict == ""
    assert face.landmarks == []
    assert not face.vectors.exists()
    assert face.pk not in faces.read_in(missed)

    analyse_again(missed)

    face.refresh_from_db()
    assert face.source == Face.Source.DRAWN
    assert face.box == SECOND
    assert len(face.landmarks) == 10
    assert face.pk in faces.read_in(missed)
    assert default_storage.exists(derivatives.crop_name(missed, SECOND))


def test_a_drawn_face_is_recognised_like_any_other(
    missed: Photo, add_drawing: AddDrawing, alice: User
) -> None:
    for _ in range(3):
        add_drawing("blue")
    analyse_everything()
    blue = Face.objects.exclude(person=None).first()
    assert blue

    face = draw_second(missed, alice)

    assert face.person == blue.person
    assert face.assigned_by == AssignedBy.MATCHER


def test_a_drawn_face_stays_as_it_was_drawn_whether_it_is_found_later_or_not(
    missed: Photo, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = draw_second(missed, alice)
    analyse_again(missed)
    assert missed.faces.count() == 2

    monkeypatch.undo()
    monkeypatch.setattr("galleries.analysis.engine_for", lambda pack: DrawingEngine())
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: True)
    analyse_again(missed)

    assert missed.faces.count() == 2
    face.refresh_from_db()
    assert face.source == Face.Source.DRAWN
    assert face.box == SECOND
    assert face.score == 0.9  # the detector's
    assert face.vectors.count() == 1


def test_drawing_is_undone_and_done_again(missed: Photo, alice: User) -> None:
    batch, face = photo_decisions.draw_face(missed, SECOND, alice)
    assert batch.action == Action.DRAW
    analyse_again(missed)

    taken_back = undo.undo(batch, alice).batch
    assert taken_back
    face.refresh_from_db()
    assert face.verdict == Verdict.NOT_A_FACE
    analyse_again(missed)
    assert missed.faces.real().count() == 1

    undo.undo(taken_back, alice)
    face.refresh_from_db()
    assert face.verdict == ""
    assert face.vectors.count() == 1


def test_a_drawing_taken_back_hides_no_face_that_a_detector_finds_there_later(
    missed: Photo, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, _ = photo_decisions.draw_face(missed, SECOND, alice)
    undo.undo(batch, alice)
    monkeypatch.undo()
    monkeypatch.setattr("galleries.analysis.engine_for", lambda pack: DrawingEngine())
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: True)
    analyse_again(missed)
    assert missed.faces.real().filter(source=Face.Source.DETECTED).count() == 2


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        (Box(0.1, 0.2, 0.3, 0.6), "There is a face already"),
        (Box(0.15, 0.3, 0.2, 0.4), "There is a face already"),
        (Box(0.6, 0.2, 0.01, 0.6), "too small"),
        (Box(-0.5, 0.2, 0.4, 0.6), "too small"),
    ],
)
def test_no_face_is_drawn_twice_or_too_small(
    missed: Photo, alice: User, box: Box, sentence: str
) -> None:
    with pytest.raises(IdentityError, match=sentence):
        photo_decisions.draw_face(missed, box, alice)
    assert missed.faces.count() == 1


def test_where_somebody_said_there_is_no_face_one_may_be_drawn(missed: Photo, alice: User) -> None:
    identities.mark_as_no_faces(list(missed.faces.all()), alice)
    _, face = photo_decisions.draw_face(missed, Box(0.12, 0.2, 0.3, 0.6), alice)
    analyse_again(missed)
    assert missed.faces.real().get() == face


def test_drawing_while_the_photo_is_being_read_is_not_lost(missed: Photo, alice: User) -> None:
    analysis.look_again(missed)
    (row,) = analysis.claim(8)
    photo_decisions.draw_face(missed, SECOND, alice)
    analysis.look_again(missed)
    row.refresh_from_db()
    assert row.state == Analysis.State.QUEUED
    analyse_everything()
    assert missed.faces.get(source=Face.Source.DRAWN).vectors.exists()


def test_what_is_no_face_stays_so_when_it_is_found_again(
    add_drawing: AddDrawing, alice: User
) -> None:
    photo = add_drawing("red", "blue")
    analyse_everything()
    wrong = photo.faces.all()[0]
    identities.mark_as_no_faces([wrong], alice)
    analyse_again(photo)
    wrong.refresh_from_db()
    assert wrong.verdict == Verdict.NOT_A_FACE
    assert photo.faces.count() == 2


def test_a_decided_face_that_is_not_found_again_stays_and_can_still_be_compared(
    add_drawing: AddDrawing, alice: User, only_the_first: Callable[[], None]
) -> None:
    photo = add_drawing("red", "blue")
    analyse_everything()
    named = photo.faces.all()[1]
    _, ann = identities.open_person_of([named], alice, "Ann")

    only_the_first()
    analyse_again(photo)

    named.refresh_from_db()
    assert named.person == ann
    assert named.assigned_by == AssignedBy.HUMAN
    assert named.vectors.count() == 1


def test_the_matcher_changes_no_decision_of_a_human(add_drawing: AddDrawing, alice: User) -> None:
    photos = [add_drawing("red") for _ in range(5)]
    analyse_everything()
    moved, rejected = photos[0].faces.get(), photos[1].faces.get()
    group = rejected.person
    assert group
    _, ann = identities.open_person_of([moved], alice, "Ann")
    identities.reject_faces([rejected], group, alice)

    for photo in photos:
        analyse_again(photo)

    moved.refresh_from_db()
    assert moved.person == ann
    assert moved.assigned_by == AssignedBy.HUMAN
    rejected.refresh_from_db()
    assert rejected.person != group
    assert group.faces.count() == 3


def test_boxes_of_another_shape_are_the_same_faces_each_once(
    add_drawing: AddDrawing, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = add_drawing("red", "blue")
    analyse_everything()
    before = {face.pk for face in photo.faces.all()}
    identities.open_person_of([photo.faces.all()[1]], alice, "Ann")
    find_all = DrawingEngine.find_faces

    def find_lower(engine: DrawingEngine, image: Image) -> list[FoundFace]:
        found = find_all(engine, image)
        return [replace(face, box=lower(face.box)) for face in reversed(found)]

    monkeypatch.setattr(DrawingEngine, "find_faces", find_lower)
    analyse_again(photo)

    assert {face.pk for face in photo.faces.all()} == before
    assert photo.faces.all()[1].person is not None


def lower(box: Box) -> Box:
    """Half of it: overlaps by less than half."""
    moved = Box(box.left, box.top + 0.3 * box.height, box.width, 0.45 * box.height)
    assert moved.overlap(box) < 0.5
    return moved
