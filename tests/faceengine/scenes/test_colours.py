from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from faceengine.pictures import Image
from faceengine.scenes.colours import (
    COLOUR_DIMENSIONS,
    LAYOUT,
    Layout,
    describe_colours,
    intersection,
    palette,
)

ORANGE, YELLOW, BLUE, GREY = (240, 130, 20), (240, 200, 20), (20, 40, 220), (128, 128, 128)
colours = st.tuples(*[st.integers(0, 255)] * 3)
layouts = st.builds(
    Layout,
    rows=st.integers(1, 4),
    columns=st.integers(1, 4),
    hues=st.integers(1, 12),
    saturations=st.integers(2, 4),
    brightnesses=st.integers(2, 5),
)


def plain(colour: tuple[int, int, int], height: int = 40, width: int = 60) -> Image:
    return np.full((height, width, 3), colour, dtype=np.uint8)


def noise(seed: int, height: int = 30, width: int = 50) -> Image:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


@given(st.integers(0, 9), st.integers(1, 90), st.integers(1, 90), layouts)
def test_a_histogram_is_a_distribution(seed: int, height: int, width: int, layout: Layout) -> None:
    histogram = describe_colours(noise(seed, height, width), layout)
    assert histogram.shape == (layout.dimensions,)
    assert histogram.dtype == np.float32
    assert histogram.min() >= 0
    assert histogram.sum() == pytest.approx(1, abs=1e-5)


def test_the_usual_layout_is_short_enough_for_a_row_of_the_database() -> None:
    assert describe_colours(noise(0)).shape == (COLOUR_DIMENSIONS,)
    assert COLOUR_DIMENSIONS <= 500


@given(st.integers(0, 9), st.integers(0, 9))
def test_intersection_is_what_both_have_of_each_colour(one: int, other: int) -> None:
    first, second = describe_colours(noise(one)), describe_colours(noise(other) // 2)
    assert intersection(first, second) == pytest.approx(np.minimum(first, second).sum(), abs=1e-5)
    assert intersection(first, first) == 1


def test_pictures_without_a_common_colour_have_nothing_in_common() -> None:
    black, white = describe_colours(plain((0, 0, 0))), describe_colours(plain((255, 255, 255)))
    assert intersection(black, white) == pytest.approx(0, abs=1e-6)


def test_a_colour_is_nearer_to_its_neighbour_than_to_its_opposite() -> None:
    orange, yellow, blue = (describe_colours(plain(one)) for one in (ORANGE, YELLOW, BLUE))
    assert intersection(orange, yellow) > intersection(orange, blue) + 0.3


@given(st.integers(10, 245))
def test_the_tint_of_a_grey_changes_little(level: int) -> None:
    tints = [(level + 2, level, level), (level, level + 2, level), (level, level, level + 2)]
    first, *others = (describe_colours(plain(tint)) for tint in tints)
    assert all(intersection(first, other) > 0.8 for other in others)


def test_black_has_no_hue() -> None:
    almost = [describe_colours(plain(one)) for one in ((3, 0, 0), (0, 3, 0), (0, 0, 3))]
    assert intersection(almost[0], almost[1]) > 0.95
    assert intersection(almost[0], almost[2]) > 0.95


def test_red_is_one_colour_though_its_hue_begins_and_ends_the_circle() -> None:
    one, other = describe_colours(plain((255, 0, 8))), describe_colours(plain((255, 8, 0)))
    assert intersection(one, other) > 0.9


def test_where_a_colour_is_counts() -> None:
    image = plain(BLUE)
    image[:20] = ORANGE
    upright, turned = describe_colours(image), describe_colours(np.ascontiguousarray(image[::-1]))
    assert intersection(upright, turned) < 0.5
    somewhere = Layout(1, 1, LAYOUT.hues, LAYOUT.saturations, LAYOUT.brightnesses)
    whole, other = describe_colours(image, somewhere), describe_colours(image[::-1], somewhere)
    assert intersection(whole, other) == pytest.approx(1, abs=1e-5)


def test_a_smaller_copy_has_the_same_colours() -> None:
    rows, columns = np.mgrid[0:480, 0:640]
    waves: list[NDArray[np.float64]] = [
        127 + 127 * np.sin(rows / 60 + columns / 40 + phase) for phase in (0, 2, 4)
    ]
    image = np.stack(waves, axis=-1).astype(np.uint8)
    small = np.ascontiguousarray(image[::4, ::4])
    assert intersection(describe_colours(image), describe_colours(small)) > 0.97


@given(colours)
def test_a_palette_of_one_colour_is_a_plain_picture(colour: tuple[int, int, int]) -> None:
    assert palette([(colour, 3.0)]) == pytest.approx(describe_colours(plain(colour)), abs=1e-6)


def test_a_palette_takes_its_colours_by_their_shares() -> None:
    red, blue = (255, 0, 0), (0, 0, 255)  # which have no bin in common
    mostly = palette([(red, 3), (blue, 1)])
    assert mostly.sum() == pytest.approx(1, abs=1e-6)
    assert intersection(mostly, palette([(red, 1)])) == pytest.approx(0.75, abs=1e-5)
    assert intersection(mostly, palette([(blue, 0.1)])) == pytest.approx(0.25, abs=1e-5)


def test_mostly_orange_finds_what_is_mostly_orange() -> None:
    asked = palette([(ORANGE, 1)])
    half = plain(ORANGE)
    half[:, 30:] = GREY
    found = [intersection(asked, describe_colours(one)) for one in (plain(ORANGE), half)]
    assert found[0] > 0.99
    assert found[1] == pytest.approx(0.5, abs=0.05)
    assert intersection(asked, describe_colours(plain(BLUE))) < 0.1
