"""What a picture becomes when it is asked with: sent, stored already, or marked by hand."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.faces import Box, Weakness
from faceengine.faces import Face as FoundFace
from galleries import analysis, identities, uploads
from galleries.models import Face, Gallery, Membership, ModelVersion, Photo
from search import kept_pictures, kept_probes, probe_memory, probes
from search.asking import Asked, answer
from search.probes import Probe, ProbeError
from search.scope import Scope
from tests.drawings import DrawingEngine, draw

pytestmark = pytest.mark.usefixtures("drawing_engine")

#: Around the squares of a drawing of two.
FIRST = Box(0.1, 0.2, 0.3, 0.6)
SECOND = Box(0.6, 0.2, 0.3, 0.6)


@pytest.fixture
def add_analysed(add_drawing: Callable[..., Photo]) -> Callable[..., Photo]:
    def add(*colours: str) -> Photo:
        photo = add_drawing(*colours)
        while analysis.work_off(8):
            pass
        photo.refresh_from_db()
        return photo

    return add


def found(user: User, probe: Probe, *numbers: int) -> set[int]:
    faces = [probe.faces[number] for number in numbers]
    return {match.face.photo_id for match in answer(Asked(Scope(user), faces)).page.matches}


def test_a_stored_photo_is_asked_with_by_all_its_faces(
    add_analysed: Callable[..., Photo], bob: User
) -> None:
    both, red, blue = add_analysed("red", "blue"), add_analysed("red"), add_analysed("blue")
    probe = probes.from_photo(both, bob)
    assert [face.number for face in probe.faces if face.is_usable] == [0, 1]
    assert found(bob, probe, 0) == {both.pk, red.pk}
    assert found(bob, probe, 1) == {both.pk, blue.pk}
    assert (probe.width, probe.height) == (200, 100)


def test_a_stored_photo_takes_as_many_queries_with_one_face_as_with_many(
    add_analysed: Callable[..., Photo],
    bob: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    photo = add_analysed("red", "blue", "green", "yellow", "violet")
    with django_assert_max_num_queries(4):
        assert len(probes.from_photo(photo, bob).faces) == 5


def test_what_is_no_face_is_not_asked_with(add_analysed: Callable[..., Photo], alice: User) -> None:
    photo = add_analysed("red", "blue")
    identities.mark_as_no_faces([photo.faces.order_by("left")[0]], alice)
    (left,) = probes.from_photo(photo, alice).faces
    assert left.stored_face == photo.faces.order_by("left")[1].pk


def test_a_stored_face_without_a_vector_says_why_it_cannot_be_used(
    add_analysed: Callable[..., Photo], alice: User
) -> None:
    photo = add_analysed("red")
    photo.faces.get().vectors.all().delete()
    (face,) = probes.from_photo(photo, alice).faces
    assert face.problem.startswith("This face cannot be compared now")


@pytest.mark.parametrize("kind", ["face", "photo"])
def test_what_is_stored_is_looked_for_in_galleries_of_other_models_too(
    add_analysed: Callable[..., Photo], alice: User, kind: str
) -> None:
    here = add_analysed("red", "blue")
    other = Gallery.create_owned_by(alice, "Other")
    other.model = ModelVersion.objects.register(PACKS["dlib"])
    other.save()
    there = uploads.add_photo(other, ContentFile(draw("red"), "there.png"), alice).photo
    assert there is not None
    while analysis.work_off(8):
        pass
    if kind == "face":
        probe = probes.from_face(here.faces.order_by("left")[0], alice)
    else:
        probe = probes.from_photo(here, alice)
    assert found(alice, probe, 0) == {here.pk, there.pk}


def test_a_photo_that_was_not_read_cannot_be_asked_with(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    with pytest.raises(ProbeError, match="has not been read yet"):
        probes.from_photo(add_drawing("red"), alice)


def test_a_probe_of_a_photo_ends_with_the_sight_of_it(
    add_analysed: Callable[..., Photo], gallery: Gallery, bob: User
) -> None:
    probe = probes.from_photo(add_analysed("red"), bob)
    assert probes.recall(probe.token, bob) is not None
    Membership.objects.get(gallery=gallery, user=bob).delete()
    assert probes.recall(probe.token, bob) is None


def test_a_probe_is_recalled_by_its_maker_alone(gallery: Gallery, alice: User, bob: User) -> None:
    probe = probes.look_at(draw("red"), alice)
    assert probes.recall(probe.token, alice) is not None
    assert probes.recall(probe.token, bob) is None


@pytest.mark.parametrize("kind", ["sent", "stored"])
def test_what_is_marked_by_hand_becomes_a_face_that_can_be_asked_with(
    add_analysed: Callable[..., Photo],
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    with monkeypatch.context() as blind:
        blind.setattr(DrawingEngine, "find_faces", lambda engine, image: [])
        both = add_analysed("red", "blue")
        sent = probes.look_at(draw("red", "blue"), bob)
    blue = add_analysed("blue")
    probe = probes.from_photo(both, bob) if kind == "stored" else sent
    assert probe.faces == ()

    drawn = probes.add_face(probe, SECOND, bob)

    assert [(face.number, face.is_drawn, face.is_usable) for face in drawn.faces] == [
        (0, True, True)
    ]
    assert found(bob, drawn, 0) == {blue.pk}
    recalled = probes.recall(probe.token, bob)
    assert recalled is not None
    assert found(bob, recalled, 0) == {blue.pk}


def test_a_marked_face_that_is_too_poor_says_what_would_help(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = probes.look_at(draw("red", "blue"), alice)
    monkeypatch.setattr(DrawingEngine, "weakness", Weakness.TOO_SMALL)
    monkeypatch.setattr(DrawingEngine, "quality", 0.05)
    *known, drawn = probes.add_face(probe, SECOND, alice).faces
    assert [face.number for face in known] == [0, 1]
    assert not drawn.is_usable
    assert drawn.problem == Weakness.TOO_SMALL.sentence


def test_marking_a_face_does_not_make_a_probe_live_longer(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_probes, "LIFETIME_SECONDS", 2)
    probe = probes.look_at(draw("red", "blue"), alice)
    time.sleep(1)
    probes.add_face(probe, SECOND, alice)
    time.sleep(1.2)
    assert probes.recall(probe.token, alice) is None
    with pytest.raises(ProbeError, match="is forgotten"):
        probes.add_face(probe, SECOND, alice)


def test_only_so_many_faces_are_marked_in_one_picture(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_memory, "MAX_DRAWN", 2)
    probe = probes.look_at(draw("red", "blue"), alice)
    probe = probes.add_face(probes.add_face(probe, SECOND, alice), SECOND, alice)
    with pytest.raises(ProbeError, match="marked"):
        probes.add_face(probe, SECOND, alice)


def test_faces_are_marked_in_the_latest_pictures_only(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_pictures, "KEPT_PICTURES", 2)
    first, *latest = [probes.look_at(draw("red", "blue"), alice) for _ in range(3)]
    for probe in latest:
        assert len(probes.add_face(probe, SECOND, alice).faces) == 3
    with pytest.raises(ProbeError, match="is forgotten"):
        probes.add_face(first, SECOND, alice)
    # what was seen in it can be asked with as before
    assert probes.recall(first.token, alice) is not None


def test_nothing_is_marked_on_a_single_face(
    add_analysed: Callable[..., Photo], alice: User
) -> None:
    face = Face.objects.get(photo=add_analysed("red"))
    with pytest.raises(ProbeError, match="whole photo"):
        probes.add_face(probes.from_face(face, alice), SECOND, alice)


@pytest.mark.django_db(transaction=True)
def test_faces_that_are_marked_at_one_moment_are_all_kept(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = probes.look_at(draw("red", "blue"), alice)
    both_have_looked = threading.Barrier(2, timeout=10)
    describe, recall = DrawingEngine.describe, probe_memory.recall

    def describe_together(engine: DrawingEngine, *seen: Any) -> list[FoundFace]:
        both_have_looked.wait()
        return describe(engine, *seen)

    def recall_slowly(token: str, user: User) -> Probe | None:
        known = recall(token, user)
        time.sleep(0.3)
        return known

    monkeypatch.setattr(DrawingEngine, "describe", describe_together)
    monkeypatch.setattr(probe_memory, "recall", recall_slowly)
    key_prefix = cache.key_prefix

    def mark(box: Box) -> Probe:
        cache.key_prefix = key_prefix  # of this thread: each has a cache of its own
        try:
            return probes.add_face(probe, box, alice)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        marked = list(pool.map(mark, (FIRST, SECOND)))

    recalled = probes.recall(probe.token, alice)
    assert recalled is not None
    assert [face.number for face in recalled.faces] == [0, 1, 2, 3]
    assert {face.box for face in recalled.faces[2:]} == {FIRST, SECOND}
    assert [one.faces[-1].box for one in marked] == [FIRST, SECOND]
