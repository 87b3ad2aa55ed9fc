"""The right photos, only visible ones, by the path that was meant."""

from collections.abc import Callable, Sequence

import pytest
from django.core.files.base import ContentFile
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.faces import Weakness
from faceengine.packs import Strictness
from galleries import analysis, upgrades, uploads
from galleries.models import Face, FaceVector, Gallery, ModelVersion, Photo
from search import probes
from search.asking import Answer, Asked, answer
from search.pages import Cursor
from search.probes import Probe, ProbeFace
from search.scope import Filters, Scope
from tests.drawings import DrawingEngine, draw

pytestmark = pytest.mark.usefixtures("drawing_engine")


def analyse_everything() -> None:
    while analysis.work_off(8):
        pass


def ask(user: User, *colours: str) -> Probe:
    return probes.look_at(draw(*colours), user)


def search(user: User, faces: Sequence[ProbeFace], *galleries: int) -> Answer:
    return answer(Asked(Scope(user, Filters(galleries=galleries)), faces))


def found(user: User, probe: Probe) -> list[Photo]:
    return [match.face.photo for match in search(user, probe.faces).page.matches]


def test_all_photos_of_a_person_are_found_also_group_photos_and_no_others(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    alone, group = add_drawing("red"), add_drawing("blue", "red", "green")
    add_drawing("blue")
    analyse_everything()

    probe = ask(alice, "red")

    assert {photo.pk for photo in found(alice, probe)} == {alone.pk, group.pk}


def test_a_match_names_the_face_that_matched(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    group = add_drawing("blue", "red", "green")
    analyse_everything()
    (match,) = search(alice, ask(alice, "red").faces).page.matches
    assert match.face == group.faces.order_by("left")[1]
    assert match.similarity == pytest.approx(1.0, abs=1e-3)
    assert match.probability > 0.99


def test_every_face_of_the_query_is_reported_and_any_of_them_is_searched(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    red, blue = add_drawing("red"), add_drawing("blue")
    add_drawing("green")
    analyse_everything()

    probe = ask(alice, "red", "blue")

    assert len(probe.faces) == 2
    assert {photo.pk for photo in found(alice, probe)} == {red.pk, blue.pk}


def test_a_stranger_gets_no_match_but_the_nearest_below_the_line(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    add_drawing("red")
    analyse_everything()
    told = search(alice, ask(alice, "blue").faces)
    assert told.page.matches == ()
    (nearest,) = told.nearest
    assert nearest.similarity is not None
    assert nearest.similarity < 0.1


def test_members_see_the_matches_and_strangers_see_nothing(
    add_drawing: Callable[..., Photo], alice: User, bob: User, mallory: User
) -> None:
    add_drawing("red")
    analyse_everything()
    Gallery.create_owned_by(mallory, "Mallory's")
    for user, count in ((alice, 1), (bob, 1), (mallory, 0)):
        page = search(user, ask(user, "red").faces).page
        assert (len(page.matches), page.total) == (count, count)
    assert search(mallory, ask(mallory, "red").faces).nearest == ()


def test_naming_a_gallery_that_is_not_visible_opens_nothing(
    add_drawing: Callable[..., Photo], gallery: Gallery, mallory: User
) -> None:
    add_drawing("red")
    analyse_everything()
    Gallery.create_owned_by(mallory, "Mallory's")
    probe = ask(mallory, "red")
    told = search(mallory, probe.faces, gallery.pk)
    assert told.page.matches == told.nearest == ()


def test_pages_follow_each_other_without_gap_or_repetition(
    add_drawing: Callable[..., Photo], alice: User
) -> None:
    photos = {add_drawing("red").pk for _ in range(7)}
    analyse_everything()
    faces = ask(alice, "red").faces
    seen: list[int] = []
    cursor: Cursor | None = None
    while cursor or not seen:
        page = answer(Asked(Scope(alice), faces, cursor=cursor, limit=3)).page
        seen += [match.face.photo_id for match in page.matches]
        cursor = page.next
    assert len(seen) == 7
    assert set(seen) == photos


def test_a_search_takes_a_bounded_number_of_queries(
    add_drawing: Callable[..., Photo],
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(12):
        add_drawing("red", "blue")
    analyse_everything()
    faces = ask(alice, "red").faces
    with django_assert_max_num_queries(6):
        page = search(alice, faces).page
        assert [match.face.photo.gallery.name for match in page.matches] == ["Summer"] * 12


def test_vectors_of_two_models_are_never_compared(
    add_drawing: Callable[..., Photo], gallery: Gallery, alice: User
) -> None:
    """The other gallery's vectors have another length: comparing them would be an error."""
    add_drawing("red")
    analyse_everything()
    other = ModelVersion.objects.register(PACKS["dlib"])
    apart = Gallery.objects.create(name="dlib's", model=other)
    apart.memberships.create(user=alice, role="owner")
    photo = uploads.add_photo(apart, ContentFile(draw("red"), "a.png"), alice).photo
    assert photo is not None
    face = Face.objects.create(
        gallery=apart, photo=photo, left=0, top=0, width=1, height=1, landmarks=[0] * 10,
        score=1, quality=1,
    )  # fmt: skip
    FaceVector.objects.create(gallery=apart, face=face, model=other, vector=[1.0] + [0.0] * 127)

    page = search(alice, ask(alice, "red").faces).page

    assert page.matches[0].face.photo.gallery == gallery


def test_stricter_means_fewer(add_drawing: Callable[..., Photo], alice: User) -> None:
    calibration = PACKS["open"].calibration
    assert calibration is not None
    assert calibration.threshold(Strictness.STRICT) > calibration.threshold(Strictness.NORMAL)
    assert calibration.threshold(Strictness.NORMAL) > calibration.threshold(Strictness.WIDE)


def test_a_probe_is_bound_to_its_user(alice: User, mallory: User, gallery: Gallery) -> None:
    probe = ask(alice, "red")
    assert probes.recall(probe.token, alice) is not None
    assert probes.recall(probe.token, mallory) is None
    assert probes.recall("guessed", alice) is None


def test_a_file_that_is_no_picture_is_said(alice: User, gallery: Gallery) -> None:
    with pytest.raises(probes.ProbeError, match="not a picture"):
        probes.look_at(b"just text", alice)


def test_faces_are_counted_from_left_to_right(alice: User, gallery: Gallery) -> None:
    faces = ask(alice, "red", "blue", "green").faces
    assert [face.box.left for face in faces] == sorted(face.box.left for face in faces)
    assert [face.number for face in faces] == [0, 1, 2]


def test_missing_weights_are_said_with_the_command_that_mends_it(
    alice: User, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: False)
    with pytest.raises(probes.ProbeError, match=r"\./run models install open"):
        probes.look_at(draw("red"), alice)


def test_a_stored_face_can_be_asked_with(add_drawing: Callable[..., Photo], alice: User) -> None:
    first, second = add_drawing("red"), add_drawing("red")
    analyse_everything()
    probe = probes.from_face(first.faces.get(), alice)
    assert {photo.pk for photo in found(alice, probe)} == {first.pk, second.pk}


def test_a_stored_face_of_an_earlier_version_says_that_it_cannot_be_asked_with_yet(
    add_drawing: Callable[..., Photo], alice: User, model: ModelVersion
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    model.key = "open-0"
    model.save()
    upgrades.move_on(model)
    (face,) = probes.from_face(photo.faces.get(), alice).faces
    assert not face.is_usable
    assert "has not read it yet" in face.problem


def test_a_model_that_lost_its_calibration_is_left_out_of_a_search(
    add_drawing: Callable[..., Photo], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = add_drawing("red")
    analyse_everything()
    probe = probes.from_face(photo.faces.get(), alice)
    monkeypatch.setattr("galleries.models.model_version.calibration_for", lambda pack: None)
    assert found(alice, probe) == []
    assert not probes.from_face(photo.faces.get(), alice).faces[0].is_usable


def test_a_stored_face_is_as_usable_as_the_same_face_in_a_picture(
    add_drawing: Callable[..., Photo], alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DrawingEngine, "weakness", Weakness.BLURRED)
    monkeypatch.setattr(DrawingEngine, "quality", 0.05)
    photo = add_drawing("red")
    analyse_everything()
    (shown,) = probes.look_at(draw("red"), alice).faces
    (stored,) = probes.from_face(photo.faces.get(), alice).faces
    assert shown.problem == stored.problem == Weakness.BLURRED.sentence
