"""dlib's own detector behind our interface, in a server with several threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from faceengine.catalog import HOG
from faceengine.detectors.hog import Uprightness
from faceengine.detectors.loading import load_detector
from faceengine.pictures import Image
from faceengine.weights import WeightStore

pytestmark = pytest.mark.assets


@pytest.fixture(scope="module")
def images(photo: Callable[..., Image]) -> list[Image]:
    """Of four sizes, so that dlib's buffers change with each."""
    return [photo("photos_misc/two_people.jpg", max_side=side) for side in (200, 320, 440, 560)]


def test_threads_share_a_detector(weights: WeightStore, images: list[Image]) -> None:
    detector = load_detector(HOG, weights, threads=1)

    def find(image: Image) -> list[list[float]]:
        return [face.corners.tolist() for face in detector.detect(image)]

    expected = [find(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(find, images * 2)) == expected * 2


def test_threads_share_a_judge_of_uprightness(weights: WeightStore, images: list[Image]) -> None:
    detector, judge = load_detector(HOG, weights, threads=1), Uprightness()
    found = [detector.detect(image) for image in images]
    expected = [judge(image, faces) for image, faces in zip(images, found, strict=True)]
    assert len(set(expected)) == len(images)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(judge, images * 25, found * 25)) == expected * 25
