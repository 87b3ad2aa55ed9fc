import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faceengine.detectors.detection import overlaps, resize, strongest

corners = arrays(np.float32, (12, 2), elements=st.integers(0, 90).map(float)).map(
    lambda starts: np.concatenate([starts, starts + 20], axis=1)
)
scores = arrays(np.float32, 12, elements=st.floats(0, 1, width=32))


@given(corners, scores)
def test_kept_boxes_are_apart_and_dropped_ones_lie_on_a_better_one(
    boxes: np.ndarray, certainties: np.ndarray
) -> None:
    kept = strongest(boxes, certainties, 0.3)
    for index in range(len(boxes)):
        others = [other for other in kept if other != index]
        near = [other for other in others if overlaps(boxes[index], boxes[other][None])[0] > 0.3]
        if index in kept:
            assert not near
        else:
            assert any(certainties[other] >= certainties[index] for other in near)


@given(corners, scores)
def test_the_best_box_comes_first(boxes: np.ndarray, certainties: np.ndarray) -> None:
    ordered = [certainties[index] for index in strongest(boxes, certainties, 0.3)]
    assert ordered == sorted(ordered, reverse=True)
    assert ordered[0] == certainties.max()


def test_no_boxes_are_no_error() -> None:
    assert strongest(np.empty((0, 4), np.float32), np.empty(0, np.float32), 0.3) == []


def test_shrinking_averages_fine_texture() -> None:
    checkerboard = np.indices((64, 64)).sum(axis=0) % 2 * 255
    picture = np.repeat(checkerboard[:, :, None], 3, axis=2).astype(np.uint8)
    small = resize(picture, 0.25)
    assert small.shape == (16, 16, 3)
    assert 120 <= small.min() <= small.max() <= 135


def test_a_picture_never_shrinks_to_nothing() -> None:
    assert resize(np.zeros((3, 900, 3), np.uint8), 0.1).shape == (1, 90, 3)


def test_a_part_of_a_face_found_as_a_face_of_its_own_is_dropped() -> None:
    boxes = np.array([[0, 0, 100, 100], [60, 60, 100, 105], [80, 0, 130, 50]], np.float32)
    certainties = np.array([0.9, 0.8, 0.7], np.float32)
    assert strongest(boxes, certainties, 0.3, max_covered=np.full(3, 0.7, np.float32)) == [0, 2]
    assert strongest(boxes, certainties, 0.3) == [0, 1, 2]
    assert strongest(
        boxes, certainties[::-1].copy(), 0.3, max_covered=np.full(3, 0.7, np.float32)
    ) == [2, 1, 0]
