"""Pictures that no photographer takes: every pack looks at them and finds no fault, only faces."""

from collections.abc import Callable

import numpy as np
import pytest

from faceengine.catalog import PACKS
from faceengine.engine import FaceEngine
from faceengine.pictures import Image
from faceengine.weights import WeightError, WeightStore

pytestmark = pytest.mark.assets

DICE = np.random.default_rng(1)
EMPTY_PICTURES: dict[str, Image] = {
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "a line down": np.full((5000, 1, 3), 128, np.uint8),
    "a line across": np.full((1, 5000, 3), 128, np.uint8),
    "black": np.zeros((90, 120, 3), np.uint8),
    "white": np.full((120, 90, 3), 255, np.uint8),
    "noise": DICE.integers(0, 256, (120, 90, 3), dtype=np.uint8),
    "eight pixels wide": DICE.integers(0, 256, (600, 8, 3), dtype=np.uint8),
    "eight pixels high": DICE.integers(0, 256, (8, 600, 3), dtype=np.uint8),
    "just over a cell": DICE.integers(0, 256, (33, 31, 3), dtype=np.uint8),
}


@pytest.fixture(scope="module", params=PACKS)
def engine(request: pytest.FixtureRequest, weights: WeightStore) -> FaceEngine:
    try:
        return FaceEngine.load(request.param, weights)
    except WeightError as error:
        pytest.skip(str(error))


def test_nothing_is_found_where_nothing_is(engine: FaceEngine) -> None:
    found = engine.find_faces_in(list(EMPTY_PICTURES.values()))
    assert dict(zip(EMPTY_PICTURES, map(len, found), strict=True)) == dict.fromkeys(
        EMPTY_PICTURES, 0
    )


def test_no_pictures_have_no_faces(engine: FaceEngine) -> None:
    assert engine.find_faces_in([]) == []


def test_a_view_of_a_picture_is_as_good_as_a_copy(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    view = photo("photos_misc/obama.jpg", 400)[:, ::-1]
    copy = np.ascontiguousarray(view)
    copy.setflags(write=False)
    (there,), (here,) = engine.find_faces_in([view, copy])
    assert np.abs(there.embedding - here.embedding).max() < 1e-3
    assert (there.box, there.quality) == (here.box, here.quality)


def test_a_face_cut_by_every_edge_of_the_picture_is_described_or_left(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    whole = photo("photos_misc/obama.jpg", 400)
    (face,) = engine.find_faces(whole)
    height, width = whole.shape[:2]
    x, y = round(face.box.centre[0] * width), round(face.box.centre[1] * height)
    for part in (whole[y:], whole[:y], whole[:, x:], whole[:, :x]):
        for cut in engine.find_faces(part):
            assert cut.quality < face.quality
            assert np.linalg.norm(cut.embedding) == pytest.approx(1, abs=1e-3)
