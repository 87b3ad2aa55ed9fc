"""The window through which a match is shown."""

from hypothesis import given
from hypothesis import strategies as st

from faceengine.faces import Box
from galleries.templatetags.pictures import window_around

fractions = st.floats(0, 1)
sides = st.integers(50, 12_000)


@given(left=fractions, top=fractions, width=sides, height=sides)
def test_a_window_lies_in_the_picture_shows_the_face_and_is_as_large_as_can_be(
    left: float, top: float, width: int, height: int
) -> None:
    face = Box(left * 0.9, top * 0.9, 0.1, 0.1)
    x, y, wide, high = map(float, window_around(face, width, height).split())

    rounding = 0.11
    assert -rounding <= x <= width - wide + rounding
    assert -rounding <= y <= height - high + rounding
    assert abs(wide - high * 4 / 3) < 3 * rounding
    assert min(abs(wide - width), abs(high - height)) < rounding
    middle_x, middle_y = (face.left + 0.05) * width, (face.top + 0.05) * height
    assert x - rounding <= middle_x <= x + wide + rounding
    assert y - rounding <= middle_y <= y + high + rounding
