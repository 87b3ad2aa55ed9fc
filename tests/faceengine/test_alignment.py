import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.alignment import align, fit_similarity
from faceengine.embedders.templates import RETAIL_0095

SOURCE = RETAIL_0095.in_pixels()


def moved(angle: float, scale: float, x: float, y: float) -> np.ndarray:
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[cosine, -sine, x], [sine, cosine, y]])


@given(
    st.floats(-math.pi, math.pi),
    st.floats(0.05, 20),
    st.floats(-1000, 1000),
    st.floats(-1000, 1000),
)
def test_any_rotation_scale_and_shift_is_recovered(
    angle: float, scale: float, x: float, y: float
) -> None:
    matrix = moved(angle, scale, x, y)
    target = SOURCE @ matrix[:, :2].T + matrix[:, 2]
    assert np.allclose(fit_similarity(SOURCE, target), matrix, atol=1e-6 * max(1, scale))


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    matrix = fit_similarity(SOURCE * [-1, 1], SOURCE)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_noise_is_answered_by_the_least_squares_fit() -> None:
    target = SOURCE + np.random.default_rng(1).normal(0, 3, SOURCE.shape)
    best = fit_similarity(SOURCE, target)

    def error(matrix: np.ndarray) -> float:
        return float(((SOURCE @ matrix[:, :2].T + matrix[:, 2] - target) ** 2).sum())

    for index in np.ndindex(2):
        for change in (-0.1, 0.1):
            shifted = best.copy()
            shifted[index[0], 2] += change
            assert error(shifted) > error(best)
        turned = moved(0.01 * (1 if index[0] else -1), 1, 0, 0)[:, :2] @ best[:, :2]
        assert error(np.column_stack([turned, best[:, 2]])) > error(best)


@pytest.mark.parametrize("scale", [0.3, 1, 1.9, 2.1, 5, 12.7])
def test_landmarks_land_on_the_template_from_faces_of_any_size(scale: float) -> None:
    matrix = moved(0.3, scale, 60 * scale, 20 * scale)
    landmarks = SOURCE @ matrix[:, :2].T + matrix[:, 2]
    side = math.ceil(200 * scale)
    picture = np.zeros((side, side, 3), np.uint8)
    for x, y in landmarks:
        centre = (round(float(x)), round(float(y)))
        cv2.circle(picture, centre, max(1, round(3 * scale)), (255, 255, 255), -1)
    crop = align(picture, landmarks, RETAIL_0095)
    assert crop.shape == (128, 128, 3)
    count, _, _, centres = cv2.connectedComponentsWithStats((crop[:, :, 0] > 100).astype(np.uint8))
    assert count == 6  # the background is the first
    for point in SOURCE:
        assert np.linalg.norm(centres[1:] - point, axis=1).min() < 0.5 + 0.75 / scale


def test_what_lies_outside_the_picture_is_black() -> None:
    crop = align(np.full((40, 40, 3), 255, np.uint8), SOURCE, RETAIL_0095)
    assert crop[:38, :38].min() == 255
    assert crop[42:, 42:].max() == 0


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_a_large_face_beside_the_picture_is_no_error(x: float, y: float) -> None:
    picture = np.zeros((30, 50, 3), np.uint8)
    assert align(picture, SOURCE * 4 + [x, y], RETAIL_0095).shape == (128, 128, 3)
