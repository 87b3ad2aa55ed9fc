"""DeepFace's detectors: really run where their files are here, named where they are not."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from faceengine.catalog import HOG
from faceengine.detectors.deepface import DeepFaceDetector, DetectorError
from faceengine.detectors.deepface_names import (
    DEEPFACE_DETECTORS,
    UnknownDetectorError,
    deepface_detector,
)
from faceengine.detectors.loading import load_detector
from faceengine.pictures import Image
from faceengine.weights import WeightError, WeightStore

SHAPES = HOG.file("shape_predictor_5_face_landmarks.dat")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """DeepFace's folder of weights, empty, and no way to the network."""
    import gdown
    import requests
    from deepface.modules import modeling

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("DeepFace went to the network")

    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    monkeypatch.setattr(gdown, "download", refuse)
    monkeypatch.setattr(requests, "head", refuse)
    monkeypatch.setattr(
        modeling, "cached_models", {task: {} for task in modeling.AVAILABLE_MODELS}, raising=False
    )
    folder = tmp_path / ".deepface" / "weights"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.assets
def test_a_detector_of_deepface_finds_the_faces_and_eyes_of_real_photos(
    home: Path, photo: Callable[..., Image]
) -> None:
    store = WeightStore()
    (home / SHAPES.name).symlink_to(store.find(SHAPES))
    theirs = load_detector(deepface_detector("dlib"), store, threads=1)
    ours = load_detector(HOG, store, threads=1)
    for path, count in (("obama-480p", 1), ("two_people", 2)):
        image = photo(f"photos_misc/{path}.jpg", max_side=640)
        found = sorted(theirs.detect(image), key=lambda face: face.corners[0])
        expected = sorted(ours.detect(image), key=lambda face: face.corners[0])
        assert len(found) == len(expected) == count
        for one, other in zip(found, expected, strict=True):
            eyes = float(np.linalg.norm(other.landmarks[1] - other.landmarks[0]))
            assert np.abs(one.landmarks[:2] - other.landmarks[:2]).max() < 0.1 * eyes
            assert np.abs(one.landmarks - other.landmarks).max() < 0.35 * eyes


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("dlib", "shape_predictor_5_face_landmarks.dat"),
        ("yunet", "face_detection_yunet_2023mar.onnx"),
        ("centerface", "centerface.onnx"),
    ],
)
def test_a_missing_file_is_named_with_its_place_and_nothing_is_downloaded(
    home: Path, name: str, file: str
) -> None:
    with pytest.raises(WeightError) as caught:
        load_detector(deepface_detector(name), WeightStore(), threads=1)
    assert file in str(caught.value)
    assert str(home) in str(caught.value)
    assert "https://" in str(caught.value)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "lack"),
    [("mediapipe", "mediapipe"), ("yolov8n", "ultralytics"), ("fastmtcnn", "facenet-pytorch")],
)
@pytest.mark.usefixtures("home")
def test_a_missing_package_is_named(name: str, lack: str) -> None:
    with pytest.raises(DetectorError, match=rf"detector {name}: .*pip install {lack}"):
        load_detector(deepface_detector(name), WeightStore(), threads=1)


@pytest.mark.usefixtures("home")
def test_a_detector_that_this_opencv_cannot_run_says_so() -> None:
    with pytest.raises(DetectorError, match="Ssd requires opencv-python < 5"):
        load_detector(deepface_detector("ssd"), WeightStore(), threads=1)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownDetectorError, match=r"“blaze”.*retinaface.*yolov12l"):
        deepface_detector("blaze")


def test_every_detector_of_the_installed_deepface_is_known() -> None:
    from deepface.modules import modeling

    assert DEEPFACE_DETECTORS.keys() == modeling.AVAILABLE_MODELS["face_detector"].keys()


def test_deepfaces_own_download_works_again_after_loading(home: Path) -> None:
    from deepface.commons import weight_utils

    before = weight_utils.download_weights_if_necessary
    with pytest.raises(WeightError):
        load_detector(deepface_detector("yunet"), WeightStore(), threads=1)
    assert weight_utils.download_weights_if_necessary is before
    assert home.is_dir()


def region(**known: Any) -> SimpleNamespace:
    box = {"x": 100, "y": 50, "w": 100, "h": 120, "confidence": 0.9}
    points = dict.fromkeys(("left_eye", "right_eye", "nose", "mouth_left", "mouth_right"))
    return SimpleNamespace(**{**box, **points, **known})


def detect_as(*regions: SimpleNamespace) -> list[Any]:
    client = SimpleNamespace(detect_faces=lambda _: list(regions))
    return DeepFaceDetector(client).detect(np.zeros((300, 300, 3), np.uint8))


def test_the_persons_right_is_our_left() -> None:
    sides = {"right_eye": (120, 90), "left_eye": (170, 92), "nose": (145, 120)}
    mouth = {"mouth_right": (128, 140), "mouth_left": (163, 141)}
    (found,) = detect_as(region(**sides, **mouth))
    expected = [(120, 90), (170, 92), (145, 120), (128, 140), (163, 141)]
    assert np.array_equal(found.landmarks, np.array(expected, np.float32))


@pytest.mark.parametrize(
    "eyes",
    [
        {"right_eye": (128, 97), "left_eye": (172, 97)},
        {},
        {"right_eye": (150, 97), "left_eye": (150, 97)},  # both in one pixel
    ],
)
def test_what_the_detector_does_not_tell_is_estimated_inside_the_box(
    eyes: dict[str, tuple[int, int]],
) -> None:
    (found,) = detect_as(region(**eyes))
    left, right, nose, left_mouth, right_mouth = found.landmarks
    assert left[1] < nose[1] < left_mouth[1] < found.corners[3]
    assert left[0] < nose[0] < right[0]
    assert found.corners[0] < left_mouth[0] < right_mouth[0] < found.corners[2]


def test_the_most_certain_comes_first_and_an_empty_box_is_no_face() -> None:
    found = detect_as(region(confidence=0.2), region(w=0), region(confidence=None), region())
    assert [face.score for face in found] == [0.9, 0.2, 0.0]


def test_the_detector_is_given_blue_first() -> None:
    def detect_faces(image: Image) -> list[SimpleNamespace]:
        assert image[0, 0].tolist() == [3, 2, 1]
        return [region()]

    client = SimpleNamespace(detect_faces=detect_faces)
    assert DeepFaceDetector(client).detect(np.full((2, 2, 3), (1, 2, 3), np.uint8))
