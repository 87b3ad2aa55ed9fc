"""The few colours that a picture is made of."""

import numpy as np
import pytest

from faceengine.scenes.swatches import APART, find_swatches


def test_colours_come_with_their_shares_the_largest_first() -> None:
    image = np.zeros((100, 200, 3), np.uint8)
    image[:, :150] = (250, 130, 0)
    image[:, 150:] = (0, 40, 200)

    orange, blue = find_swatches(image, 6)

    assert orange.colour == pytest.approx((250, 130, 0), abs=4)
    assert blue.colour == pytest.approx((0, 40, 200), abs=4)
    assert (orange.share, blue.share) == pytest.approx((0.75, 0.25), abs=0.02)
    assert orange.hex.startswith("#f")


def test_shades_that_look_the_same_are_one_colour() -> None:
    shades = np.linspace(100, 130, 64, dtype=np.uint8)
    image = np.broadcast_to(shades[:, None, None], (64, 64, 3)).copy()
    (grey,) = find_swatches(image, 6)
    assert grey.share == pytest.approx(1)


def test_no_two_swatches_are_near_each_other() -> None:
    image = np.random.default_rng(1).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    swatches = find_swatches(image, 6)
    assert len(swatches) == 6
    for place, one in enumerate(swatches):
        for other in swatches[place + 1 :]:
            assert np.linalg.norm(np.subtract(one.colour, other.colour)) >= APART
