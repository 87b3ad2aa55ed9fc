"""Boxes of different shape around one face are known to be so; two faces are never one."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.engine import FaceEngine
from faceengine.faces import Box, Face
from faceengine.pictures import decode
from faceengine.same_face import View


def view_of(face: Face, ratio: float) -> View:
    return View.of(face.box, (face.landmarks.left_eye, face.landmarks.right_eye), ratio)


@pytest.mark.assets
def test_what_two_packs_see_of_a_real_face_is_paired_once_and_two_faces_never(
    open_engine: FaceEngine, dlib_engine: FaceEngine, assets: Path
) -> None:
    folder = assets / "faces" / "photos_compreface"
    paired = 0
    for name in list(json.loads((folder / "annotations.json").read_text())["noses"])[:8]:
        image = decode((folder / name).read_bytes(), 1024).image
        ratio = image.shape[0] / image.shape[1]
        ours, theirs = (
            [view_of(face, ratio) for face in engine.find_faces(image)]
            for engine in (open_engine, dlib_engine)
        )
        for view in ours:
            partners = [other for other in theirs if view.shows_the_same(other)]
            assert len(partners) <= 1
            paired += len(partners)
        assert not any(one.shows_the_same(two) for one, two in itertools.combinations(ours, 2))
    assert paired >= 8


def test_a_head_and_the_face_in_it_are_one_but_neighbours_are_two() -> None:
    face, head = Box(0.4, 0.4, 0.1, 0.14), Box(0.36, 0.3, 0.19, 0.3)
    assert face.overlap(head) < 0.5
    assert View(face).shows_the_same(View(head))
    assert not View(face).shows_the_same(View(Box(0.5, 0.4, 0.1, 0.14)))


def test_eyes_tell_where_boxes_do_not() -> None:
    eyes = ((0.43, 0.45), (0.47, 0.45))
    low, high = Box(0.4, 0.42, 0.1, 0.05), Box(0.4, 0.3, 0.1, 0.16)
    assert not View.of(low, None, 1.0).shows_the_same(View.of(high, None, 1.0))
    assert View.of(low, eyes, 1.0).shows_the_same(View.of(high, eyes, 1.0))


sides = st.floats(0.01, 0.5)
boxes = st.builds(Box, sides, sides, sides, sides)


@given(boxes, boxes, st.floats(0.2, 5))
def test_it_does_not_matter_who_is_asked(one: Box, other: Box, ratio: float) -> None:
    views = View.of(one, None, ratio), View.of(other, None, ratio)
    assert views[0].shows_the_same(views[1]) == views[1].shows_the_same(views[0])
    assert views[0].shows_the_same(views[0])
