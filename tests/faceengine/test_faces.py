import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.faces import Box, Landmarks

inside = st.floats(0, 1)
sides = st.floats(0.01, 1)
boxes = st.builds(Box, inside, inside, sides, sides)
anywhere = st.floats(-2, 2)


@given(boxes, boxes)
def test_overlap_is_symmetric_and_a_fraction(one: Box, other: Box) -> None:
    assert one.overlap(other) == pytest.approx(other.overlap(one))
    assert 0 <= one.overlap(other) <= 1


@given(boxes)
def test_a_box_overlaps_itself_entirely(box: Box) -> None:
    assert box.overlap(box) == pytest.approx(1)


def test_half_of_a_box_overlaps_by_half() -> None:
    assert Box(0, 0, 1, 0.5).overlap(Box(0, 0, 1, 1)) == 0.5


def test_boxes_that_only_touch_do_not_overlap() -> None:
    assert Box(0, 0, 0.5, 1).overlap(Box(0.5, 0, 0.5, 1)) == 0


@given(st.builds(Box, anywhere, anywhere, sides, sides))
def test_a_clipped_box_lies_inside_the_picture(box: Box) -> None:
    clipped = box.clipped()
    assert 0 <= clipped.left <= clipped.left + clipped.width <= 1
    assert 0 <= clipped.top <= clipped.top + clipped.height <= 1


@given(boxes)
def test_clipping_twice_changes_nothing_more(box: Box) -> None:
    once, twice = box.clipped(), box.clipped().clipped()
    assert (once.left, once.top) == (twice.left, twice.top)
    assert (once.width, once.height) == pytest.approx((twice.width, twice.height))


@given(st.lists(anywhere, min_size=10, max_size=10))
def test_landmarks_survive_the_way_through_an_array(numbers: list[float]) -> None:
    points = np.array(numbers).reshape(5, 2)
    assert np.array_equal(Landmarks.from_array(points).to_array(), points)
