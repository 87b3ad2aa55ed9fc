from __future__ import annotations

import numpy as np

from faceengine.scenes.probes import draw_probes


def test_the_same_pictures_are_drawn_every_time() -> None:
    first, again = draw_probes(3, 96), draw_probes(3, 96)
    assert all(np.array_equal(*pair) for pair in zip(first, again, strict=True))
    assert {image.shape for image in first} == {(96, 96, 3)}
    assert {image.dtype for image in first} == {np.dtype(np.uint8)}


def test_no_two_pictures_are_alike_and_none_is_flat() -> None:
    one, other, third = draw_probes(3, 224)
    for first, second in ((one, other), (one, third), (other, third)):
        assert np.abs(first.astype(int) - second).mean() > 20
    assert min(image.std() for image in (one, other, third)) > 30
