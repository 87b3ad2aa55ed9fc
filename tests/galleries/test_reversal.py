"""What is taken back comes back whole: a face that was none meanwhile is read, if it was not."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities, reversal
from galleries.models import Analysis, Batch, Face, Gallery, Photo, Verdict
from tests.drawings import DrawingEngine
from tests.faces import analyse_everything

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]
SignIn = Callable[[User], Client]


@pytest.fixture
def lost(add_drawing: AddDrawing, alice: User, monkeypatch: pytest.MonkeyPatch) -> Face:
    """What somebody called no face, and no detector has found again since."""
    photo = add_drawing("red", "blue")
    analyse_everything()
    face = photo.faces.all()[1]
    identities.mark_as_no_faces([face], alice)
    find_all = DrawingEngine.find_faces
    monkeypatch.setattr(
        DrawingEngine, "find_faces", lambda engine, image: find_all(engine, image)[:1]
    )
    analysis.look_again(photo)
    analyse_everything()
    assert not face.vectors.exists()
    return face


def newest() -> Batch:
    return Batch.objects.newest_first()[0]


def test_a_face_that_comes_back_is_read_and_stays(lost: Face, alice: User) -> None:
    reversal.take_back(newest(), alice)
    row = Analysis.objects.get(photo=lost.photo_id)
    assert row.state == Analysis.State.QUEUED
    for _ in range(2):
        analyse_everything()
        lost.refresh_from_db()
        assert lost.verdict == ""
        assert lost.vectors.count() == 1
        analysis.look_again(lost.photo)


@pytest.mark.parametrize("door", ["page", "api", "review"])
def test_through_every_door_it_is_read(
    lost: Face, alice: User, signed_in: SignIn, gallery: Gallery, door: str
) -> None:
    client = signed_in(alice)
    if door == "page":
        client.post(reverse("batch-undo", args=[newest().pk]))
    elif door == "api":
        address = reverse("api-batch-undo", args=[newest().pk])
        client.post(address, {}, content_type="application/json")
    else:
        session = client.session
        step = {"sentence": "", "batches": [newest().pk], "persons": [], "faces": []}
        session[f"review-{gallery.pk}"] = {"steps": [step]}
        session.save()
        client.post(reverse("review-undo", args=[gallery.pk]))
    lost.refresh_from_db()
    assert lost.verdict == ""
    assert Analysis.objects.get(photo=lost.photo_id).state == Analysis.State.QUEUED


def test_redo_and_undo_again_read_it_once_more_only_if_it_has_to_be(
    lost: Face, alice: User
) -> None:
    row = Analysis.objects.get(photo=lost.photo_id)
    undone = reversal.take_back(newest(), alice).batch
    assert undone
    analyse_everything()
    reversal.take_back(undone, alice)
    row.refresh_from_db()
    assert row.state == Analysis.State.DONE
    lost.refresh_from_db()
    assert lost.verdict == Verdict.NOT_A_FACE
    reversal.take_back(newest(), alice)
    row.refresh_from_db()
    assert row.state == Analysis.State.DONE
    assert lost.vectors.exists()


def test_what_can_be_compared_already_is_not_read_again(
    add_drawing: AddDrawing, alice: User
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    reversal.take_back(identities.mark_as_no_faces(list(photo.faces.all()), alice), alice)
    assert Analysis.objects.get(photo=photo).state == Analysis.State.DONE


def test_many_faces_that_come_back_take_as_many_queries_as_one(
    add_drawing: AddDrawing, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        add_drawing("red", "blue")
    analyse_everything()
    batch = identities.mark_as_no_faces(list(Face.objects.all()), alice)
    for face in Face.objects.all():
        face.vectors.all().delete()
    with django_assert_max_num_queries(32):
        reversal.take_back(batch, alice)
    assert Analysis.objects.unfinished().count() == 6


def test_undo_do_again_and_undo_follow_each_other_from_notice_to_notice(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    client = signed_in(alice)
    face = photo.faces.get()
    form = {"decision": "name", "name": "Ann", "person": ""}
    page = client.post(reverse("face-decide", args=[face.pk]), form, follow=True)
    for word in ("Undo", "Do again", "Undo", "Do again", "Undo"):
        content = page.content.decode()
        toast = content[content.index('class="toasts"') : content.index("<main")]
        assert word in toast
        address = toast[toast.index('action="') + 8 :].split('"')[0]
        page = client.post(address, {"back": reverse("photo", args=[photo.pk])}, follow=True)
        face.refresh_from_db()
        assert bool(face.person) == (word == "Do again")
