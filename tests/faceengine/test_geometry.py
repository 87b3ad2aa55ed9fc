"""What must hold for boxes, landmarks and fits wherever a face stands."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faceengine.alignment import align, fit_similarity
from faceengine.detectors.five_points import with_mouth
from faceengine.detectors.turned import turn
from faceengine.embedders.templates import RETAIL_0095
from faceengine.faces import Box
from faceengine.pictures import crop_face

TEMPLATE = RETAIL_0095.in_pixels()
inside, sides = st.floats(0, 1), st.floats(0.01, 1)
boxes = st.builds(Box, inside, inside, sides, sides)
angles, scales, shifts = st.floats(-math.pi, math.pi), st.floats(0.1, 10), st.floats(-500, 500)
five_points = arrays(np.float64, (5, 2), elements=st.floats(-3000, 3000))


@st.composite
def movements(draw: st.DrawFn) -> np.ndarray:
    """A similarity as a matrix of shape (2, 3)."""
    angle, scale = draw(angles), draw(scales)
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[cosine, -sine, draw(shifts)], [sine, cosine, draw(shifts)]])


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


@given(boxes, st.floats(-1, 1), st.floats(-1, 1), st.floats(0.1, 10))
def test_boxes_overlap_alike_wherever_they_stand_and_at_any_scale(
    box: Box, x: float, y: float, scale: float
) -> None:
    other = Box(box.left + box.width / 3, box.top, box.width, box.height / 2)

    def moved(one: Box) -> Box:
        width, height = one.width * scale, one.height * scale
        return Box(one.left * scale + x, one.top * scale + y, width, height)

    assert moved(box).overlap(moved(other)) == pytest.approx(box.overlap(other), abs=1e-6)


@given(boxes, boxes)
def test_no_box_overlaps_more_than_the_smaller_fits_into_the_larger(one: Box, other: Box) -> None:
    small, large = sorted((one.area, other.area))
    assert one.overlap(other) <= small / large + 1e-9


@given(boxes)
def test_clipping_never_adds_to_a_box(box: Box) -> None:
    assert box.clipped().area <= box.area + 1e-12


@given(five_points, movements())
def test_a_fit_there_and_a_fit_back_undo_each_other(
    points: np.ndarray, movement: np.ndarray
) -> None:
    assume(points.std(axis=0).min() > 1)
    moved = apply(movement, points)
    there, back = fit_similarity(points, moved), fit_similarity(moved, points)
    assert np.allclose(apply(back, apply(there, points)), points, atol=1e-6 * abs(points).max())


@given(five_points)
def test_a_fit_never_mirrors_or_stretches(points: np.ndarray) -> None:
    assume(points.std(axis=0).min() > 1)
    matrix = fit_similarity(points, TEMPLATE)[:, :2]
    assert np.linalg.det(matrix) >= 0
    assert np.allclose(matrix @ matrix.T, np.linalg.det(matrix) * np.eye(2), atol=1e-9)


@given(five_points, st.integers(1, 80), st.integers(1, 80))
def test_any_five_points_in_any_picture_give_a_crop(
    points: np.ndarray, width: int, height: int
) -> None:
    assume(points.std(axis=0).max() > 0.5)
    crop = align(np.full((height, width, 3), 200, np.uint8), points, RETAIL_0095)
    assert crop.shape == (128, 128, 3)
    assert crop.dtype == np.uint8


@given(movements())
def test_the_estimated_mouth_moves_with_the_face(movement: np.ndarray) -> None:
    face = np.array([[40, 50], [80, 52], [61, 75]], np.float64)
    there = with_mouth(*apply(movement, face).astype(np.float32))
    here = apply(movement, with_mouth(*face.astype(np.float32)).astype(np.float64))
    assert np.allclose(there, here, atol=0.01 * np.ptp(here, axis=0).max() + 0.01)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 3), st.integers(0, 3))
def test_two_turns_are_one_by_their_sum(width: int, height: int, one: int, other: int) -> None:
    numbers = np.arange(width * height * 3, dtype=np.uint32).astype(np.uint8)
    picture = numbers.reshape(height, width, 3)
    assert np.array_equal(turn(turn(picture, one), other), turn(picture, (one + other) % 4))


@given(
    st.builds(Box, st.floats(-0.5, 1.5), st.floats(-0.5, 1.5), sides, sides),
    st.integers(1, 300),
    st.integers(1, 300),
    st.floats(0, 1),
)
def test_any_box_in_any_picture_can_be_cut_out(
    box: Box, width: int, height: int, margin: float
) -> None:
    picture = np.full((height, width, 3), 77, np.uint8)
    assert (crop_face(picture, box, 32, margin) == 77).all()
