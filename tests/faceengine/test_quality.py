from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faceengine.engine import FaceEngine
from faceengine.faces import Weakness
from faceengine.pictures import Image
from faceengine.quality import WEAK, Quality, assess, certainty

FRONTAL = np.array([[40, 50], [80, 50], [60, 75], [45, 95], [75, 95]], dtype=np.float64)
PICTURE = (200, 200)
DICE = np.random.default_rng(3)
FINE, COARSE = (DICE.integers(0, 120, (side, side, 3), dtype=np.uint8) for side in (32, 4))
CROP = np.kron(FINE, np.ones((4, 4, 1), np.uint8)) + np.kron(COARSE, np.ones((32, 32, 1), np.uint8))
fractions = st.floats(0, 1)


def judge(crop: Image = CROP, landmarks: np.ndarray = FRONTAL) -> Quality:
    return assess(crop, landmarks, PICTURE)


def blurred(sigma: float) -> Image:
    return np.asarray(cv2.GaussianBlur(CROP, (0, 0), sigma), np.uint8)


def test_a_large_sharp_frontal_face_leaves_nothing_to_wish_for() -> None:
    assert judge() == Quality(1, 1, 1, 1, 1, 1, 1, 1)
    assert judge().overall == 1
    assert judge().weakness is None


@given(st.tuples(*[fractions] * 8))
def test_a_face_is_as_good_as_its_worst_side(values: tuple[float, ...]) -> None:
    quality = Quality(*values)
    assert quality.overall == min(values)
    assert (quality.weakness is None) == (quality.overall >= WEAK)


def test_the_cause_is_named_and_not_what_follows_from_it() -> None:
    assert Quality(1, 0.1, 1, 1, 1, 0, 1, 0).weakness is Weakness.TOO_SMALL
    assert Quality(1, 1, 1, 1, 1, 0, 1, 0).weakness is Weakness.BLURRED


@pytest.mark.parametrize("weakness", Weakness)
def test_every_weakness_is_told_in_a_word_and_a_sentence(weakness: Weakness) -> None:
    assert weakness.label.replace(" ", "-").lower() == weakness.value
    assert weakness.sentence.startswith("This face ")
    assert " Use " in weakness.sentence


def test_fewer_pixels_between_the_eyes_lower_the_size_alone() -> None:
    faces = [judge(landmarks=FRONTAL * scale) for scale in (0.05, 0.2, 0.4, 1)]
    sizes = [face.size for face in faces]
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4
    assert faces[0].weakness is Weakness.TOO_SMALL
    assert {(face.pose, face.wholeness, face.sharpness) for face in faces} == {(1, 1, 1)}


def test_a_face_is_as_large_whichever_way_it_is_turned_in_the_picture() -> None:
    middle = FRONTAL.mean(axis=0)
    upright = judge(landmarks=FRONTAL * 0.3)
    for quarter in ([[0, -1], [1, 0]], [[-1, 0], [0, -1]], [[0, 1], [-1, 0]]):
        turned = judge(landmarks=((FRONTAL - middle) @ np.array(quarter) + middle) * 0.3)
        assert turned.size == pytest.approx(upright.size)
        assert turned.pose == pytest.approx(upright.pose)


def test_stronger_blur_is_never_judged_sharper() -> None:
    faces = [judge(blurred(sigma)) for sigma in (0.5, 2, 4, 8, 16)]
    sharpness = [face.sharpness for face in faces]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] == 1
    assert faces[-1].weakness is Weakness.BLURRED


def test_a_dark_photograph_is_not_called_blurred() -> None:
    dark = (blurred(1) * 0.4).astype(np.uint8)
    assert judge(dark).sharpness == pytest.approx(judge(blurred(1)).sharpness, abs=0.01)


def test_a_crop_of_another_size_is_judged_alike() -> None:
    large = np.asarray(cv2.resize(blurred(3), (224, 224)), np.uint8)
    assert judge(large).sharpness == pytest.approx(judge(blurred(3)).sharpness, abs=0.03)


@pytest.mark.parametrize(
    ("crop", "weakness"),
    [
        ((CROP * 0.04).astype(np.uint8), Weakness.TOO_DARK),
        (np.clip(CROP * 12.0 + 20, 0, 255).astype(np.uint8), Weakness.OVEREXPOSED),
        ((CROP * 0.01 + 120).astype(np.uint8), Weakness.NO_CONTRAST),
        (np.zeros((128, 128, 3), np.uint8), Weakness.TOO_DARK),
        (np.full((128, 128, 3), 255, np.uint8), Weakness.OVEREXPOSED),
    ],
)
def test_bad_light_is_named(crop: Image, weakness: Weakness) -> None:
    assert judge(crop).weakness is weakness


@pytest.mark.parametrize("shade", [60, 100, 150, 200])
def test_neither_dark_nor_light_skin_is_a_fault(shade: int) -> None:
    skin = (CROP * 0.33 + shade - 40).clip(0, 255).astype(np.uint8)
    face = judge(skin)
    assert (face.brightness, face.highlights, face.contrast) == (1, 1, 1)


def test_a_face_turned_either_way_is_judged_alike() -> None:
    poses = []
    for turn in (-1, 1):
        landmarks = FRONTAL.copy()
        landmarks[2, 0] += turn * 24
        poses.append(judge(landmarks=landmarks).pose)
    assert poses[0] == pytest.approx(poses[1])
    assert 0 < poses[0] < 1


def test_a_profile_is_turned_away() -> None:
    landmarks = FRONTAL.copy()
    landmarks[:, 0] = (58, 66, 75, 60, 64)
    assert judge(landmarks=landmarks).weakness is Weakness.TURNED_AWAY


def test_the_further_a_face_leaves_the_picture_the_less_of_it_is_whole() -> None:
    shifts = (0, -50, -70, -120)
    whole = [judge(landmarks=FRONTAL + np.array([0, shift])).wholeness for shift in shifts]
    assert whole[0] == 1
    assert whole == sorted(whole, reverse=True)
    assert len(set(whole)) == 4
    assert judge(landmarks=FRONTAL + np.array([0, -120])).weakness is Weakness.CUT_OFF


def test_the_detector_has_a_say_where_its_scores_are_understood() -> None:
    assert certainty("yunet", 0.7) == 0
    assert certainty("yunet", 0.95) == 1
    assert 0 < certainty("yunet", 0.9) < 1
    assert certainty("a detector of one's own", -3) == 1
    doubtful = assess(CROP, FRONTAL, PICTURE, certainty("yunet", 0.81))
    assert doubtful.weakness is Weakness.UNCLEAR


def test_eyes_in_one_place_are_no_error() -> None:
    assert judge(landmarks=np.full((5, 2), 7.0)).overall == 0


@given(
    arrays(np.float32, (5, 2), elements=st.floats(-1e4, 1e4, width=32)),
    st.sampled_from([16, 112, 128, 150, 224]),
    st.tuples(st.integers(1, 6000), st.integers(1, 6000)),
)
@example(np.array([[1e-25, 0], *[[0, 0]] * 4], np.float32), 16, (1, 1))
def test_any_landmarks_in_any_picture_are_judged_from_0_to_1(
    landmarks: np.ndarray, side: int, picture: tuple[int, int]
) -> None:
    crop = np.asarray(cv2.resize(CROP, (side, side)), np.uint8)
    values = assess(crop, landmarks, picture).judgements.values()
    assert all(0 <= value <= 1 for value in values)


def shrunk(image: Image, factor: float) -> Image:
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


SPOILT: dict[Weakness, Callable[[Image], Image]] = {
    Weakness.TOO_SMALL: lambda image: shrunk(image, 0.13),
    Weakness.BLURRED: lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 6), np.uint8),
    Weakness.TOO_DARK: lambda image: (image * 0.06).astype(np.uint8),
    Weakness.OVEREXPOSED: lambda image: np.clip(image * 3.2 + 20, 0, 255).astype(np.uint8),
}


@pytest.mark.assets
@pytest.mark.parametrize("weakness", SPOILT)
def test_a_spoilt_photo_is_told_from_a_good_one(
    open_engine: FaceEngine, photo: Callable[..., Image], weakness: Weakness
) -> None:
    image = photo("lfw_dev/Aaron_Peirsol/Aaron_Peirsol_0001.jpg")
    (good,) = open_engine.find_faces(image)
    (spoilt,) = open_engine.find_faces(SPOILT[weakness](image))
    assert good.weakness is None
    assert spoilt.weakness is weakness
    assert spoilt.quality < WEAK < good.quality


@pytest.mark.assets
@pytest.mark.parametrize("pack", ["open", "dlib"])
def test_the_worse_a_photo_gets_the_less_it_resembles_and_the_lower_is_its_quality(
    request: pytest.FixtureRequest, photo: Callable[..., Image], pack: str
) -> None:
    engine: FaceEngine = request.getfixturevalue(f"{pack}_engine")
    image = photo("lfw_dev/Aaron_Peirsol/Aaron_Peirsol_0001.jpg")
    (good,) = engine.find_faces(image)
    blurs = [np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8) for sigma in (1, 2, 4, 6)]
    faces = [face for (face,) in engine.find_faces_in(blurs)]
    qualities = [face.quality for face in faces]
    similarities = [float(face.embedding @ good.embedding) for face in faces]
    assert qualities == sorted(qualities, reverse=True)
    assert similarities == sorted(similarities, reverse=True)
    assert qualities[-1] < 0.5 < qualities[0]
    assert similarities[-1] < 0.95 < similarities[0]
