"""The ledger: claims, leases, attempts, quarantine, and that nothing is done twice."""

import errno
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from faceengine.errors import PictureError
from faceengine.errors import Reason as PictureReason
from faceengine.faces import Face as Found
from faceengine.guard import GuardError
from faceengine.pictures import Image, Picture
from faceengine.weights import WeightError
from galleries import analysis, derivatives, removal, uploads
from galleries.looking import Decoded
from galleries.models import Analysis, Face, FaceVector, Gallery, Photo
from galleries.models.analysis import MAX_ATTEMPTS, Reason
from tests.drawings import DrawingEngine, draw

pytestmark = pytest.mark.usefixtures("drawing_engine")

AddDrawing = Callable[..., Photo]


def let_leases_run_out() -> None:
    Analysis.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def store(decoded: Decoded) -> None:
    found = DrawingEngine().find_faces(decoded.picture.image)
    boxes = [face.box for face in found]
    files = derivatives.encode(decoded.row.photo, decoded.picture, boxes)
    analysis.store(decoded, found, files)


def test_a_queued_photo_gets_its_faces_vectors_and_derivatives(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red", "blue")

    assert analysis.work_off(8) == 1

    photo.refresh_from_db()
    row = photo.analyses.get()
    assert (row.state, row.stage, row.attempts) == ("done", "finished", 1)
    assert (photo.width, photo.height, photo.media_type) == (200, 100, "image/png")
    faces = list(photo.faces.all())
    assert len(faces) == 2
    assert FaceVector.objects.filter(face__in=faces, model=row.model).count() == 2
    names = [derivatives.thumbnail_name(photo), derivatives.preview_name(photo)]
    names += [derivatives.crop_name(photo, face.box) for face in faces]
    assert all(default_storage.exists(name) for name in names)


def test_a_claimed_photo_is_not_claimed_by_a_second_worker(add_drawing: AddDrawing) -> None:
    add_drawing("red")
    assert len(analysis.claim(8)) == 1
    assert analysis.claim(8) == []


def test_the_attempt_counts_from_the_claim_on(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    analysis.claim(8)
    assert photo.analyses.get().attempts == 1


def test_a_photo_whose_worker_died_is_claimed_again(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    analysis.claim(8)
    let_leases_run_out()

    assert analysis.work_off(8) == 1
    assert photo.analyses.get().state == "done"


def test_photos_that_broke_off_are_tried_one_at_a_time(add_drawing: AddDrawing) -> None:
    for _ in range(3):
        add_drawing("red")
    assert len(analysis.claim(8)) == 3
    let_leases_run_out()

    assert len(analysis.claim(8)) == 1


def test_fresh_photos_come_before_those_that_broke_off(add_drawing: AddDrawing) -> None:
    add_drawing("red")
    analysis.claim(8)
    let_leases_run_out()
    fresh = add_drawing("blue")

    assert [row.photo for row in analysis.claim(8)] == [fresh]


def test_a_photo_that_kills_its_worker_three_times_is_quarantined_and_the_next_one_done(
    add_drawing: AddDrawing,
) -> None:
    poison = add_drawing("red")
    for _ in range(MAX_ATTEMPTS):
        assert [row.photo for row in analysis.claim(8)] == [poison]
        let_leases_run_out()
    good = add_drawing("blue")

    while analysis.work_off(8):
        pass

    assert poison.analyses.get().state == "failed"
    assert poison.analyses.get().reason == Reason.WORKER_LOST
    assert good.analyses.get().state == "done"


def test_a_worker_that_lost_its_lease_stores_nothing(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    (slow,) = analysis.claim(8)
    let_leases_run_out()
    analysis.claim(8)

    (decoded,) = next(analysis.decode([slow]))
    store(decoded)

    assert photo.analyses.get().state == "running"
    assert not photo.faces.exists()


def test_a_photo_deleted_while_it_is_read_leaves_nothing(
    add_drawing: AddDrawing,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = add_drawing("red")
    (row,) = analysis.claim(8)
    (decoded,) = next(analysis.decode([row]))
    with django_capture_on_commit_callbacks(execute=True):
        removal.remove_photos([photo])

    store(decoded)

    assert not Face.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_delivering_the_message_again_changes_nothing(add_drawing: AddDrawing) -> None:
    add_drawing("red", "blue")
    while analysis.work_off(8):
        pass
    before = set(Face.objects.values_list("pk", flat=True))

    assert analysis.work_off(8) == 0
    assert set(Face.objects.values_list("pk", flat=True)) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (draw("red")[:-40], Reason.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + b"not a picture at all" * 20, Reason.DAMAGED),
    ],
)
def test_a_bad_file_is_quarantined_at_once_and_the_good_one_beside_it_is_done(
    gallery: Gallery, alice: User, add_drawing: AddDrawing, content: bytes, reason: Reason
) -> None:
    bad = uploads.add_photo(gallery, ContentFile(content, "bad.png"), alice).photo
    good = add_drawing("red")
    assert bad is not None

    analysis.work_off(8)

    row = bad.analyses.get()
    assert (row.state, row.reason, row.attempts) == ("failed", reason, 1)
    assert good.analyses.get().state == "done"


def test_a_missing_original_is_said(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    default_storage.delete(photo.original_name)

    analysis.work_off(8)

    assert photo.analyses.get().reason == Reason.FILE_MISSING


def test_a_crash_of_the_decoder_is_tried_three_times(
    add_drawing: AddDrawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CrashingGuard:
        processes = 1

        def decode(self, data: bytes, max_side: int) -> Picture:
            raise PictureError(PictureReason.CRASHED)

    photo = add_drawing("red")
    monkeypatch.setattr("galleries.analysis.guard", CrashingGuard)
    while analysis.work_off(8):
        pass

    row = photo.analyses.get()
    assert (row.state, row.reason, row.attempts) == ("failed", Reason.CRASHED, MAX_ATTEMPTS)


def test_a_quarantined_photo_can_be_tried_again(add_drawing: AddDrawing) -> None:
    photo = add_drawing("red")
    with default_storage.open(photo.original_name) as file:
        original = file.read()
    default_storage.delete(photo.original_name)
    analysis.work_off(8)

    default_storage.save(photo.original_name, ContentFile(original))
    assert analysis.retry(photo.analyses.all()) == 1
    analysis.work_off(8)

    assert photo.analyses.get().state == "done"
    assert analysis.retry(photo.analyses.all()) == 0


def test_analysing_again_keeps_the_faces_and_their_persons(add_drawing: AddDrawing) -> None:
    photos = [add_drawing("red", "blue") for _ in range(3)]
    while analysis.work_off(8):
        pass
    before = list(Face.objects.order_by("pk").values_list("pk", "person"))
    assert all(person for _, person in before)

    Analysis.objects.filter(photo__in=photos).update(state="queued")
    while analysis.work_off(8):
        pass

    assert list(Face.objects.order_by("pk").values_list("pk", "person")) == before
    assert FaceVector.objects.count() == len(before)


def test_photos_of_a_model_without_weights_wait(
    add_drawing: AddDrawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = add_drawing("red")
    monkeypatch.setattr("galleries.analysis.usable_models", list)

    assert analysis.work_off(8) == 0
    assert photo.analyses.get().state == "queued"


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        GuardError("The picture decoder does not start."),
        WeightError("The weights are gone."),
    ],
)
def test_what_is_no_fault_of_a_photo_costs_it_no_attempt(
    add_drawing: AddDrawing, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    photos = [add_drawing("red"), add_drawing("blue")]

    def fail(_rows: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(analysis, "decode", fail)
        for _ in range(MAX_ATTEMPTS + 1):
            with pytest.raises(type(fault)):
                analysis.work_off(8)
    assert set(Analysis.objects.values_list("state", "attempts")) == {("queued", 0)}

    analysis.work_off(8)
    assert set(Analysis.objects.values_list("state", "attempts")) == {("done", 1)}
    assert len(photos) == 2


def test_photos_whose_turn_is_to_come_stay_leased_while_their_worker_is_at_work(
    add_drawing: AddDrawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        add_drawing("red")
    look, taken_by_others = DrawingEngine.find_faces_in, []

    def look_for_most_of_a_lease(engine: DrawingEngine, images: list[Image]) -> list[list[Found]]:
        taken_by_others.append(Analysis.objects.claimable(timezone.now()).count())
        let_leases_run_out()
        return look(engine, images)

    monkeypatch.setattr(DrawingEngine, "find_faces_in", look_for_most_of_a_lease)
    analysis.work_off(8)
    assert len(taken_by_others) > 1
    assert set(taken_by_others) == {0}
