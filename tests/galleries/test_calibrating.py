"""Each gallery measures on its own faces what a similarity means in it."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from faceengine.catalog import PACKS
from faceengine.packs import PRIOR
from faceengine.thresholds import MEASURED
from galleries import calibrating, ledger, tasks
from galleries.models import (
    Action,
    AssignedBy,
    Face,
    FaceVector,
    Gallery,
    GalleryCalibration,
    Membership,
    ModelVersion,
    Person,
    Photo,
    Role,
    Verdict,
)
from search.scope import Scope

pytestmark = pytest.mark.usefixtures("usable")
PACK = MEASURED[PACKS["open"].key]
_number = itertools.count(1)
_random = np.random.default_rng(0)


@dataclass(frozen=True, slots=True)
class Shot:
    """A face in a photo; a vector of its own unless one is given."""

    person: Person | None = None
    by: str = AssignedBy.HUMAN
    weakness: str = ""
    verdict: str = ""
    vector: np.ndarray | None = None


@pytest.fixture
def usable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: True)


def somebody(alike: float = 0.0) -> np.ndarray:
    """A face of which any two are as similar as this on average."""
    drawn = _random.standard_normal(256)
    vector: np.ndarray = np.sqrt(1 - alike) * drawn / np.linalg.norm(drawn)
    vector[0] += np.sqrt(alike)
    return vector


def take(gallery: Gallery, *photos: Sequence[Shot]) -> list[Face]:
    rows = Photo.objects.bulk_create(
        Photo(gallery=gallery, sha256=f"{next(_number):064x}", name="1.jpg", byte_size=0)
        for _ in photos
    )
    shots = [(photo, shot) for photo, some in zip(rows, photos, strict=True) for shot in some]
    faces = Face.objects.bulk_create(
        Face(
            gallery=gallery,
            photo=photo,
            person=shot.person,
            assigned_by=shot.by if shot.person else "",
            weakness=shot.weakness,
            verdict=shot.verdict,
            **dict.fromkeys(("left", "top", "width", "height"), 0.25),
            landmarks=[0.5] * 10,
            score=1.0,
            quality=0.9,
        )
        for photo, shot in shots
    )
    FaceVector.objects.bulk_create(
        FaceVector(
            gallery=gallery,
            face=face,
            model=gallery.model,
            vector=somebody() if shot.vector is None else shot.vector,
        )
        for face, (_, shot) in zip(faces, shots, strict=True)
    )
    return faces


def take_strangers(gallery: Gallery, count: int, alike: float) -> None:
    """So many photos of two people of whom nobody has said anything."""
    photos = [[Shot(vector=somebody(alike)) for _ in range(2)] for _ in range(count)]
    take(gallery, *photos)


def person(gallery: Gallery, name: str = "") -> Person:
    return Person.objects.create(gallery=gallery, name=name)


def measure(gallery: Gallery) -> GalleryCalibration:
    measured = calibrating.measure(gallery)
    assert measured
    return measured


def fresh(gallery: Gallery) -> Gallery:
    return Gallery.objects.select_related("model", "measured").get(pk=gallery.pk)


def test_strangers_who_look_alike_ask_for_more_similarity(gallery: Gallery) -> None:
    take_strangers(gallery, 600, alike=0.3)
    assert fresh(gallery).calibration == PACK
    measured = measure(gallery)
    assert measured.stranger_pairs == 600
    here = fresh(gallery).calibration
    assert here.strict > here.normal > PACK.normal
    assert here.wide > PACK.wide


def test_two_people_in_many_photos_are_one_pair_and_a_mirror_is_none(gallery: Gallery) -> None:
    anna, ben = person(gallery, "Anna"), person(gallery, "Ben")
    take(gallery, *[[Shot(anna), Shot(ben)]] * 30, *[[Shot(anna), Shot(anna)]] * 3)
    assert measure(gallery).stranger_pairs == 1


def test_poor_faces_and_what_is_no_face_are_no_evidence(gallery: Gallery) -> None:
    take(
        gallery,
        [Shot(), Shot(weakness="blurred")],
        [Shot(), Shot(verdict=Verdict.NOT_A_FACE)],
        [Shot(), Shot(), Shot(weakness="small")],
    )
    assert measure(gallery).stranger_pairs == 1


def test_only_what_humans_said_in_two_photos_tells_how_alike_a_person_stays(
    gallery: Gallery,
) -> None:
    said, guessed, twice = (person(gallery) for _ in range(3))
    take(gallery, *[[Shot(said)]] * 5, *[[Shot(guessed, AssignedBy.MATCHER)]] * 5)
    take(gallery, [Shot(twice), Shot(twice)])
    assert measure(gallery).mate_pairs == 4


def test_whoever_is_photographed_in_one_light_is_compared_with_other_photos_too(
    gallery: Gallery,
) -> None:
    alone = Gallery.objects.create(name="Alone", model=gallery.model)
    for where in (gallery, alone):
        for _ in range(300):
            light = somebody()
            shots = [Shot(vector=0.5 * light + somebody()) for _ in range(2)]
            take(where, shots[:1], shots[1:]) if where == alone else take(where, shots)
    measure(gallery)
    assert fresh(gallery).calibration.normal == pytest.approx(PACK.normal, abs=0.01)
    assert measure(alone).stranger_pairs == 0


def test_neither_a_crowd_nor_a_favourite_speaks_for_all(gallery: Gallery) -> None:
    favourite = person(gallery)
    take(gallery, [Shot() for _ in range(25)], *[[Shot(favourite)]] * 50)
    measured = measure(gallery)
    assert measured.stranger_pairs <= calibrating.PAIRS_OF_ONE
    assert measured.mate_pairs <= calibrating.PAIRS_OF_ONE


def test_no_more_pairs_are_compared_than_the_bound(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "MOST_PAIRS", 50)
    take_strangers(gallery, 120, alike=0.0)
    assert 25 <= measure(gallery).stranger_pairs <= 50


def test_how_rare_a_person_is_decides_how_probable_a_match_is(gallery: Gallery) -> None:
    take(gallery, *[[Shot(), Shot()]] * 200)
    crowd = measure(gallery).prior
    family = person(gallery)
    take(gallery, *[[Shot(family, AssignedBy.MATCHER)]] * 200)
    assert crowd < PRIOR < measure(gallery).prior


def test_few_pairs_judge_no_error_and_many_do(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_strangers(gallery, 300, alike=0.1)
    for _ in range(40):
        one, face = person(gallery), somebody()
        take(gallery, *[[Shot(one, vector=face + 0.6 * somebody())] for _ in range(5)])
    measured = measure(gallery)
    assert (measured.error_before, measured.error_after) == (None, None)
    monkeypatch.setattr("faceengine.evaluation.pairs.FEWEST_ERRORS", 0.1)
    measured = measure(gallery)
    for error in (measured.error_before, measured.error_after):
        assert error is not None
        assert 0 <= error <= 1


def test_a_measurement_holds_for_its_own_gallery_and_model_only(
    gallery: Gallery, mallory: User
) -> None:
    other = Gallery.create_owned_by(mallory, "Other")
    take_strangers(gallery, 300, alike=0.3)
    measure(gallery)
    assert fresh(other).calibration == PACK
    assert fresh(gallery).calibration != PACK
    gallery.model = ModelVersion.objects.register(PACKS["open-onnx"])
    gallery.save()
    assert fresh(gallery).refined_by is None
    assert fresh(gallery).calibration == PACKS["open-onnx"].calibration


def test_a_search_asks_once_for_what_all_galleries_measured(
    gallery: Gallery, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take_strangers(gallery, 300, alike=0.3)
    measure(gallery)
    for number in range(4):
        measure(Gallery.create_owned_by(alice, f"Gallery {number}"))
    with django_assert_num_queries(1):
        (realm,) = Scope(alice).realms
    assert realm.calibrations[gallery.pk].normal > PACK.normal
    assert len(realm.calibrations) == 5


def test_measuring_takes_the_same_queries_however_many_faces(
    gallery: Gallery, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    take_strangers(gallery, 50, alike=0.0)
    with django_assert_max_num_queries(16):
        measure(gallery)


def test_a_gallery_is_due_when_photos_or_decisions_came(gallery: Gallery) -> None:
    assert not calibrating.due().exists()
    (face,) = take(gallery, [Shot()])
    assert calibrating.due().get() == gallery
    measure(gallery)
    assert not calibrating.due().exists()
    take(gallery, [Shot()])
    assert calibrating.due().get() == gallery
    measure(gallery)
    ledger.open_batch(gallery.pk, Action.ASSIGN)
    assert calibrating.due().get() == gallery
    measure(gallery)
    face.photo.delete()
    assert not calibrating.due().exists()


def test_beat_measures_what_changed_and_the_longest_waiting_first(
    gallery: Gallery, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(gallery)
    take(gallery, [Shot()])
    never = Gallery.create_owned_by(alice, "Never measured")
    take(never, [Shot()])
    assert list(calibrating.due()) == [never, gallery]
    monkeypatch.setattr(tasks, "CALIBRATE_SECONDS", -1)
    tasks.calibrate_changed()
    assert list(calibrating.due()) == [gallery]
    tasks.calibrate_changed()
    assert not calibrating.due().exists()


def test_a_gallery_whose_model_is_not_ready_is_left_alone(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(gallery, [Shot()])
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: False)
    assert calibrating.measure(gallery) is None
    assert not GalleryCalibration.objects.exists()


def test_an_owner_has_it_measured_and_everybody_reads_what_came_of_it(
    gallery: Gallery, alice: User, bob: User, signed_in: Callable[[User], Client]
) -> None:
    take_strangers(gallery, 1234, alike=0.3)
    page = reverse("gallery-settings", args=[gallery.pk])
    browser = signed_in(alice)
    assert "Nothing was measured here yet" in browser.get(page).content.decode()
    answer = browser.post(reverse("gallery-calibrate", args=[gallery.pk]), follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "Look here again in a minute" in answer.content.decode()
    assert "Measure now" not in answer.content.decode()
    assert calibrating.work_off_asked()
    assert not calibrating.work_off_asked()
    for user in (alice, bob):
        text = " ".join(signed_in(user).get(page).content.decode().split())
        assert (
            "Measured with 1,234 pairs of different people and 0 pairs of the same person" in text
        )
        assert "About one in 30,543 pairs of faces here is of one person" in text
        assert "points off" not in text
        here = fresh(gallery).calibration
        assert f"Strict: from {here.strict:.3f}" in text
        assert f"By the model pack alone: {PACK.strict:.3f}" in text
        assert "stay those of the model pack" not in text
        assert ("Measure now" in text) == (user == alice)


def test_too_few_pairs_are_not_called_a_refinement(
    gallery: Gallery, bob: User, signed_in: Callable[[User], Client]
) -> None:
    take_strangers(gallery, 12, alike=0.3)
    measure(gallery)
    page = signed_in(bob).get(reverse("gallery-settings", args=[gallery.pk]))
    text = " ".join(page.content.decode().split())
    assert "Measured with 12 pairs of different people" in text
    assert "The similarities below stay those of the model pack." in text


def test_what_refining_is_worth_is_told_in_percentage_points(
    gallery: Gallery, bob: User, signed_in: Callable[[User], Client]
) -> None:
    measure(gallery)
    GalleryCalibration.objects.update(error_before=0.0731, error_after=0.0058)
    text = signed_in(bob).get(reverse("gallery-settings", args=[gallery.pk])).content.decode()
    assert "would be 7.3 points off on average" in text
    assert "it is 0.6 points off" in text


def test_others_than_owners_measure_nothing_and_strangers_see_nothing(
    gallery: Gallery, bob: User, mallory: User, signed_in: Callable[[User], Client]
) -> None:
    calibrate = reverse("gallery-calibrate", args=[gallery.pk])
    assert signed_in(bob).post(calibrate).status_code == 404
    assert signed_in(mallory).post(calibrate).status_code == 404
    page = reverse("gallery-settings", args=[gallery.pk])
    assert signed_in(mallory).get(page).status_code == 404
    Membership.objects.filter(user=bob).update(role=Role.EDITOR)
    assert signed_in(bob).post(calibrate).status_code == 404
    assert not GalleryCalibration.objects.exists()


def test_a_lost_message_loses_no_wish(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    rings: list[bool] = []
    monkeypatch.setattr(tasks, "ring_for_calibrations", lambda: rings.append(True))
    tasks.ring()
    assert not rings
    calibrating.ask(gallery)
    tasks.ring()
    assert rings == [True]
    tasks.calibrate()
    assert GalleryCalibration.objects.get().is_computed
    assert not GalleryCalibration.objects.asked().exists()


def test_the_page_of_a_gallery_without_its_model_says_what_to_do(
    gallery: Gallery,
    bob: User,
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("galleries.models.model_version.is_installed", lambda pack: False)
    text = signed_in(bob).get(reverse("gallery-settings", args=[gallery.pk])).content.decode()
    assert "Run ./run models install open" in text
    answer = signed_in(bob).get(reverse("api-gallery", args=[gallery.pk]))
    assert answer.json()["calibration"] is None


def test_the_api_tells_what_holds_and_lets_nobody_change_it(
    gallery: Gallery, alice: User, bob: User, mallory: User, signed_in: Callable[[User], Client]
) -> None:
    take_strangers(gallery, 300, alike=0.3)
    address = reverse("api-gallery", args=[gallery.pk])
    before = signed_in(bob).get(address).json()["calibration"]
    assert before == {
        "strict": PACK.strict,
        "normal": PACK.normal,
        "wide": PACK.wide,
        "stranger_pairs": 0,
        "mate_pairs": 0,
        "computed_at": None,
    }
    measure(gallery)
    here = signed_in(bob).get(address).json()["calibration"]
    assert here["stranger_pairs"] == 300
    assert here["normal"] > PACK.normal
    sent = {"calibration": {"normal": 0.1}, "name": "Winter"}
    patched = signed_in(alice).patch(address, sent, content_type="application/json")
    assert (patched.json()["name"], patched.json()["calibration"]) == ("Winter", here)
    assert signed_in(mallory).get(address).status_code == 404
