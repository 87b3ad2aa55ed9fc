from collections.abc import Callable

import numpy as np
import pytest

from faceengine.catalog import YUNET
from faceengine.detectors.detection import Detection, Floats
from faceengine.detectors.grid import GridDetector
from faceengine.detectors.second_look import MIRRORED, SecondLookDetector
from faceengine.detectors.yunet import YuNetHead
from faceengine.pictures import Image
from faceengine.runtime import OnnxNetwork
from faceengine.weights import WeightStore

PHOTOS = ("photos_compreface/000_5.jpg", "photos_misc/two_people.jpg", "photos_misc/obama.jpg")


@pytest.fixture(scope="module")
def network(weights: WeightStore) -> OnnxNetwork:
    return OnnxNetwork(weights.find(YUNET.file(".onnx")), 2)


class KnownFace:
    """A detector that finds one face where it is told to."""

    def __init__(self, points: Floats) -> None:
        corners = np.concatenate([points.min(axis=0), points.max(axis=0)])
        self.found = [Detection(corners, 0.9, points, points)]

    def detect(self, image: Image) -> list[Detection]:
        return self.found


def eye_distances(points: Floats) -> Floats:
    return np.asarray(np.linalg.norm(points[:, 1] - points[:, 0], axis=1), dtype=np.float32)


def as_seen_mirrored(detector: GridDetector | SecondLookDetector, image: Image) -> float:
    """How far the landmarks of a picture lie from those of its mirror image, in eye distances."""
    straight = np.array([face.landmarks for face in detector.detect(image)])
    flipped = np.ascontiguousarray(image[:, ::-1])
    others = np.array([face.landmarks for face in detector.detect(flipped)])[:, MIRRORED]
    others[:, :, 0] = image.shape[1] - 1 - others[:, :, 0]
    misses = np.linalg.norm(straight[:, None] - others[None], axis=3).mean(axis=2).min(axis=1)
    return float((misses / eye_distances(straight)).mean())


@pytest.mark.assets
def test_a_second_look_places_landmarks_more_alike_in_a_picture_and_its_mirror_image(
    network: OnnxNetwork, photo: Callable[..., Image]
) -> None:
    once = GridDetector(network, YuNetHead())
    twice = SecondLookDetector(once, network, YuNetHead())
    images = [photo(path) for path in PHOTOS]
    before = np.mean([as_seen_mirrored(once, image) for image in images])
    after = np.mean([as_seen_mirrored(twice, image) for image in images])
    assert after < 0.6 * before


@pytest.mark.assets
def test_the_first_landmarks_need_only_be_near(
    network: OnnxNetwork, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/obama.jpg")
    (exact,) = SecondLookDetector(GridDetector(network, YuNetHead()), network, YuNetHead()).detect(
        image
    )
    eyes = float(eye_distances(exact.landmarks[None])[0])
    rough = exact.landmarks + np.float32(0.15 * eyes)
    (mended,) = SecondLookDetector(KnownFace(rough), network, YuNetHead()).detect(image)
    assert np.abs(mended.landmarks - exact.landmarks).max() < 0.05 * eyes


@pytest.mark.assets
def test_a_face_that_is_not_seen_again_keeps_its_landmarks(network: OnnxNetwork) -> None:
    points = np.array([(40, 40), (80, 40), (60, 60), (45, 80), (75, 80)], dtype=np.float32)
    black = np.zeros((120, 120, 3), np.uint8)
    (face,) = SecondLookDetector(KnownFace(points), network, YuNetHead()).detect(black)
    assert np.array_equal(face.landmarks, points)


@pytest.mark.assets
def test_a_picture_without_faces_gets_no_second_look(network: OnnxNetwork) -> None:
    once = GridDetector(network, YuNetHead())
    black = np.zeros((120, 120, 3), np.uint8)
    assert SecondLookDetector(once, network, YuNetHead()).detect(black) == []
