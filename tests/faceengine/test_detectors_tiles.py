import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from faceengine.detectors.tiles import tiles_of

sides = st.integers(1, 900)


@given(sides, sides, st.integers(0, 800), st.integers(0, 800))
def test_what_is_smaller_than_the_overlap_lies_wholly_in_a_tile(
    height: int, width: int, x: int, y: int
) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    left, top = min(x, width - 1), min(y, height - 1)
    box = np.array([[left, top, min(width, left + 49), min(height, top + 49)]], np.float32)
    tiles = list(tiles_of(image, most=200, overlap=50))
    inside = [
        tile
        for tile in tiles
        if tile.left <= box[0, 0]
        and tile.top <= box[0, 1]
        and box[0, 2] <= tile.right
        and box[0, 3] <= tile.bottom
    ]
    assert any(tile.is_whole(box).all() for tile in inside)
    assert all(max(tile.cut(image).shape[:2]) <= 200 for tile in tiles)


def test_a_box_that_is_cut_by_a_neighbour_is_not_whole() -> None:
    image = np.zeros((100, 300, 3), np.uint8)
    first, second = tiles_of(image, most=200, overlap=50)
    cut = np.array([[140, 10, first.right, 60]], np.float32)
    assert not first.is_whole(cut).any()
    assert second.is_whole(np.array([[140, 10, 190, 60]], np.float32)).all()


def test_a_picture_that_fits_is_one_tile() -> None:
    (tile,) = tiles_of(np.zeros((80, 200, 3), np.uint8), most=200, overlap=50)
    assert (tile.left, tile.top, tile.right, tile.bottom) == (0, 0, 200, 80)
