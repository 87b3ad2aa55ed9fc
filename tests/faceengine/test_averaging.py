from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from faceengine.alignment import STRAIGHT, Averaging, View, align
from faceengine.embedders.templates import RETAIL_0095
from faceengine.engine import FaceEngine
from faceengine.pictures import Image

FACE = np.array([(80, 90), (140, 95), (110, 130), (85, 160), (135, 162)], dtype=np.float64)


@pytest.fixture
def noise() -> Image:
    return np.random.default_rng(7).integers(0, 256, (240, 220, 3), dtype=np.uint8)


@pytest.mark.parametrize("averaging", Averaging)
def test_the_straight_view_comes_first_and_each_view_once(averaging: Averaging) -> None:
    views = averaging.views
    assert views[0] == STRAIGHT
    assert len(set(views)) == len(views)


def test_a_mirrored_view_shows_the_straight_one_from_right_to_left(noise: Image) -> None:
    mirrored = align(noise, FACE, RETAIL_0095, View(is_mirrored=True))
    assert np.array_equal(mirrored[:, ::-1], align(noise, FACE, RETAIL_0095))


def test_a_view_places_the_landmarks_nearer_and_turned() -> None:
    straight = RETAIL_0095.in_pixels() - 64
    near = View(scale=1.1).of(RETAIL_0095) - 64
    turned = View(turn_degrees=90).of(RETAIL_0095) - 64
    assert np.allclose(near, 1.1 * straight)
    assert np.allclose(turned, np.column_stack([-straight[:, 1], straight[:, 0]]))


@pytest.mark.assets
def test_a_mirrored_photo_shows_the_same_face_once_views_are_mirrored_too(
    dlib_engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/obama.jpg", 800)
    flipped = np.ascontiguousarray(image[:, ::-1])

    def likeness(averaging: Averaging) -> float:
        pack = replace(dlib_engine.pack, averaging=averaging)
        engine = FaceEngine(pack, dlib_engine._detector, dlib_engine._embedder)
        (one,), (other,) = engine.find_faces_in([image, flipped])
        assert np.linalg.norm(one.embedding) == pytest.approx(1, abs=1e-5)
        return float(one.embedding @ other.embedding)

    assert likeness(Averaging.NONE) < likeness(Averaging.FLIP)
    assert likeness(Averaging.NONE) < likeness(Averaging.WIDE)


@pytest.mark.assets
def test_a_vector_is_the_mean_of_the_views_whatever_stands_beside_it(
    open_engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/two_people.jpg", 800)
    together = open_engine.find_faces(image)
    assert len(together) == 2
    for found, face in zip(open_engine._detector.detect(image), together, strict=True):
        crops = [
            open_engine._embedder.crop(image, found.landmarks, view)
            for view in Averaging.AROUND.views
        ]
        mean = open_engine._embedder.embed(crops).mean(axis=0)
        assert face.embedding @ mean / np.linalg.norm(mean) > 0.9999
