import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.quality import Quality, assess

FRONTAL = np.array([[40, 50], [80, 50], [60, 75], [45, 95], [75, 95]], dtype=np.float64)
TILES = np.random.default_rng(3).integers(0, 255, (16, 16, 3), dtype=np.uint8)
CROP = TILES.repeat(8, axis=0).repeat(8, axis=1)
fractions = st.floats(0, 1)


@given(fractions, fractions, fractions)
def test_a_face_is_as_good_as_its_worst_side(size: float, sharpness: float, pose: float) -> None:
    assert Quality(size, sharpness, pose).overall == min(size, sharpness, pose)


def test_a_large_sharp_frontal_face_leaves_nothing_to_wish_for() -> None:
    assert assess(CROP, FRONTAL) == Quality(1, 1, 1)


def test_fewer_pixels_between_the_eyes_lower_the_size_alone() -> None:
    sizes = [assess(CROP, FRONTAL * scale).size for scale in (0.05, 0.2, 0.4, 1)]
    assert sizes[0] == 0
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 4
    assert assess(CROP, FRONTAL * 0.2).pose == 1


def test_stronger_blur_is_never_judged_sharper() -> None:
    sharpness = [
        assess(np.asarray(cv2.GaussianBlur(CROP, (0, 0), sigma), np.uint8), FRONTAL).sharpness
        for sigma in (0.5, 2, 4, 8)
    ]
    assert sharpness == sorted(sharpness, reverse=True)
    assert sharpness[0] == 1
    assert sharpness[-1] < 0.3


def test_a_dark_photograph_is_not_called_blurred() -> None:
    smooth = np.asarray(cv2.GaussianBlur(CROP, (0, 0), 1), np.uint8)
    dark = (smooth * 0.4).astype(np.uint8)
    assert assess(dark, FRONTAL).sharpness == pytest.approx(assess(smooth, FRONTAL).sharpness)


def test_a_face_turned_either_way_is_judged_alike() -> None:
    poses = []
    for turn in (-1, 1):
        landmarks = FRONTAL.copy()
        landmarks[2, 0] += turn * 24
        poses.append(assess(CROP, landmarks).pose)
    assert poses[0] == pytest.approx(poses[1])
    assert 0 < poses[0] < 1


def test_eyes_in_one_place_are_no_error() -> None:
    assert assess(CROP, np.full((5, 2), 7.0)).overall == 0


def test_an_empty_crop_says_nothing() -> None:
    assert assess(np.zeros((128, 128, 3), np.uint8), FRONTAL).overall == 0
