"""Promises of what faceengine.pictures derives for pages: thumbnails and face crops."""

import io

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine.faces import Box
from faceengine.pictures import crop_face, to_webp
from tests.faceengine.decoders import draw_quarters


def test_a_thumbnail_is_webp_of_the_right_size_without_metadata() -> None:
    image = np.asarray(draw_quarters(300, 200))
    with PIL_Image.open(io.BytesIO(to_webp(image, max_side=90))) as thumbnail:
        thumbnail.load()
        assert thumbnail.format == "WEBP"
        assert thumbnail.size == (90, 60)
        assert not thumbnail.getexif()
        assert {"exif", "icc_profile", "xmp"}.isdisjoint(thumbnail.info)


def test_a_thumbnail_of_a_small_picture_is_not_enlarged() -> None:
    with PIL_Image.open(io.BytesIO(to_webp(np.asarray(draw_quarters()), 400))) as thumbnail:
        assert thumbnail.size == (96, 64)


def test_a_face_crop_is_a_square_around_the_face() -> None:
    image = np.zeros((200, 400, 3), np.uint8)
    image[80:120, 180:220] = 255  # the face: 40 px, in the middle
    crop = crop_face(image, Box(left=0.45, top=0.4, width=0.1, height=0.2), size=80, margin=0.5)
    assert crop.shape == (80, 80, 3)
    assert crop[40, 40].min() > 250
    assert crop.mean() == pytest.approx(255 / 4, rel=0.05)  # half as wide and high as the square


@pytest.mark.parametrize(
    "box",
    [
        Box(left=0.0, top=0.0, width=0.05, height=0.1),
        Box(left=0.97, top=0.95, width=0.05, height=0.1),
        Box(left=-0.1, top=0.2, width=1.2, height=0.9),
        Box(left=0.5, top=0.5, width=0.0, height=0.0),
    ],
)
def test_a_face_at_the_edge_still_gives_a_full_square_of_picture(box: Box) -> None:
    image = np.full((200, 400, 3), 255, np.uint8)
    crop = crop_face(image, box, size=64, margin=0.4)
    assert crop.shape == (64, 64, 3)
    assert (crop == 255).all()
