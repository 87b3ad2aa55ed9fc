import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceengine.catalog import PACKS
from faceengine.detectors.detection import resize
from faceengine.detectors.loading import load_detector
from faceengine.embedders.described import DescribedEmbedder
from faceengine.embedders.forms import FORMS
from faceengine.engine import FaceEngine
from faceengine.faces import Box, Face
from faceengine.given_boxes import GUESSED, UNSEEN
from faceengine.pictures import Image, decode
from faceengine.runtime import OpenVinoNetwork, Precision
from faceengine.weights import WeightStore

pytestmark = pytest.mark.assets

GROUP = "photos_compreface/015_6.jpg"


@pytest.fixture(params=["open", "dlib"])
def engine(request: pytest.FixtureRequest) -> FaceEngine:
    engine: FaceEngine = request.getfixturevalue(f"{request.param}_engine")
    return engine


def contains(box: Box, x: float, y: float) -> bool:
    return box.left <= x <= box.left + box.width and box.top <= y <= box.top + box.height


def test_every_annotated_face_of_real_photographs_is_found(
    engine: FaceEngine, assets: Path
) -> None:
    folder = assets / "faces" / "photos_compreface"
    noses = json.loads((folder / "annotations.json").read_text())["noses"]
    total = 0
    for name, points in noses.items():
        picture = decode((folder / name).read_bytes())
        scale = 1 / np.array([picture.width, picture.height])
        faces = engine.find_faces(picture.image)
        for point in np.array(points).reshape(-1, 2) * scale:
            total += 1
            assert any(contains(face.box, *point) for face in faces), (name, point)
    assert total == 46


def test_a_large_group_of_small_faces_is_found(
    engine: FaceEngine, assets: Path, photo: Callable[..., Image]
) -> None:
    sheet = json.loads((assets / "faces/groups_composite/groups.json").read_text())[6]
    assert len(sheet["faces"]) == 60
    faces = engine.find_faces(photo(f"groups_composite/{sheet['file']}"))
    for known in sheet["faces"]:
        left, top, right, bottom = known["box"]
        x, y = (left + right) / 2 / sheet["width"], (top + bottom) / 2 / sheet["height"]
        assert any(contains(face.box, x, y) for face in faces), known["person"]


@pytest.mark.parametrize("side", [300, 2000])
def test_a_face_that_fills_the_frame_is_found(
    engine: FaceEngine, photo: Callable[..., Image], side: int
) -> None:
    image = photo("lfw_dev/Aaron_Peirsol/Aaron_Peirsol_0001.jpg")
    (face,) = engine.find_faces(image)
    height, width = image.shape[:2]
    x, y = round(face.box.left * width), round(face.box.top * height)
    tight = image[y : y + round(face.box.height * height), x : x + round(face.box.width * width)]
    filled = np.asarray(cv2.resize(tight, (side, side)), dtype=np.uint8)
    found = engine.find_faces(filled)
    assert found
    assert found[0].box.area > 0.4


def test_one_person_is_most_similar_to_the_same_person(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    paths = [f"photos_misc/{name}.jpg" for name in ("obama", "obama2", "biden")]
    one, same, other = (engine.find_faces(photo(path))[0].embedding for path in paths)
    calibration = engine.pack.calibration
    assert calibration is not None
    assert one @ same > calibration.strict
    assert one @ other < calibration.wide


def test_several_photos_at_once_give_what_each_gives_alone(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    empty = np.zeros((200, 300, 3), np.uint8)
    images = [photo("photos_misc/two_people.jpg"), empty, photo("photos_misc/obama.jpg")]
    together = engine.find_faces_in(images)
    alone = [engine.find_faces(image) for image in images]
    assert [len(faces) for faces in together] == [2, 0, 1]
    for one, other in zip(chain(*together), chain(*alone), strict=True):
        assert one.box == other.box
        assert one.embedding @ other.embedding > 0.999


def test_faces_are_fractions_with_vectors_of_unit_length(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    faces = engine.find_faces(photo(GROUP))
    assert [face.score for face in faces] == sorted((face.score for face in faces), reverse=True)
    for face in faces:
        assert face.embedding.shape == (engine.pack.dimensions,)
        assert face.embedding.dtype == np.float32
        assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-5)
        assert 0 <= face.quality <= 1
        assert all(contains(face.box, *point) for point in face.landmarks.to_array())
        assert face.landmarks.left_eye[0] < face.landmarks.right_eye[0]
        assert face.landmarks.left_mouth[0] < face.landmarks.right_mouth[0]
        assert face.landmarks.nose[1] < face.landmarks.left_mouth[1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (17, 40), (500, 700)])
def test_a_picture_without_faces_has_none(engine: FaceEngine, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert engine.find_faces(noise) == []
    assert engine.find_faces_in([]) == []


def test_threads_share_an_engine_without_mixing_answers(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    names = ("obama", "biden", "obama2", "two_people")
    images = [photo(f"photos_misc/{name}.jpg", max_side=640) for name in names]
    expected = [engine.find_faces(image) for image in images]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(engine.find_faces, images * 2))
    for faces, same in zip(answers, expected * 2, strict=True):
        assert [face.box for face in faces] == [face.box for face in same]
        for one, other in zip(faces, same, strict=True):
            assert one.embedding @ other.embedding > 0.9999


def test_blur_and_shrinking_lower_the_quality(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/obama.jpg", max_side=600)

    def quality(picture: np.ndarray) -> float:
        best: Face = max(engine.find_faces(picture.astype(np.uint8)), key=lambda f: f.box.area)
        return best.quality

    clear = quality(image)
    assert clear > 0.9
    assert quality(cv2.GaussianBlur(image, (0, 0), 9)) < 0.6 * clear
    assert quality(cv2.resize(image, None, fx=0.2, fy=0.2)) < 0.8 * clear


def test_half_precision_changes_a_vector_by_next_to_nothing(
    photo: Callable[..., Image], weights: WeightStore, open_engine: FaceEngine
) -> None:
    pack = PACKS["open"]
    model, values = (weights.find(pack.embedder.file(end)) for end in (".xml", ".bin"))
    network = OpenVinoNetwork(model, values, 2, Precision.F32)
    detector = load_detector(pack.detector, weights, 2)
    exact_engine = FaceEngine(pack, detector, DescribedEmbedder(network, FORMS["retail-0095"]))
    images = [photo(GROUP), photo("photos_misc/two_people.jpg")]
    ours, exact = (
        list(chain.from_iterable(engine.find_faces_in(images)))
        for engine in (open_engine, exact_engine)
    )
    assert len(ours) == len(exact) == 8
    for face, same in zip(ours, exact, strict=True):
        assert face.embedding @ same.embedding >= 0.995


def drawn_roughly(box: Box, share: float = 0.25) -> Box:
    """A box as a hurried hand draws it: more of the hair, less of the chin, aside."""
    return Box(
        box.left + share * box.width,
        box.top - share * box.height,
        box.width,
        box.height,
    ).clipped()


def test_a_roughly_drawn_face_is_described_like_the_one_that_was_found(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/two_people.jpg")
    found = engine.find_faces(image)
    shares = (0.25, -0.2)
    boxes = [drawn_roughly(face.box, share) for face, share in zip(found, shares, strict=True)]
    described = engine.describe(image, boxes)
    assert [face.box for face in described] == boxes
    for face, same in zip(described, found, strict=True):
        assert face.embedding @ same.embedding > 0.98
        assert face.weakness is None
        assert np.abs(face.landmarks.to_array() - same.landmarks.to_array()).max() < 0.01


def test_a_small_face_of_a_group_is_described_from_its_box(
    engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    image = resize(photo(GROUP, max_side=1024), 0.5)
    found = engine.find_faces(image)
    described = engine.describe(image, [face.box for face in found])
    likeness = [one.embedding @ same.embedding for one, same in zip(described, found, strict=True)]
    calibration = engine.pack.calibration
    assert calibration is not None
    assert min(likeness) > calibration.strict


def test_a_face_that_is_not_seen_in_its_box_is_guessed_weak_and_still_like_its_owner(
    engine: FaceEngine, photo: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = photo("photos_misc/obama.jpg")
    (face,) = engine.find_faces(image)
    monkeypatch.setattr("faceengine.engine.find_in_box", lambda *_: None)
    (guessed,) = engine.describe(image, [face.box])
    assert guessed.score == UNSEEN
    assert guessed.weakness is not None
    assert guessed.quality <= GUESSED
    calibration = engine.pack.calibration
    assert calibration is not None
    assert guessed.embedding @ face.embedding > calibration.wide


@pytest.mark.parametrize(
    "box",
    [
        Box(0.0, 0.0, 1.0, 1.0),
        Box(0.99, 0.99, 0.01, 0.01),
        Box(0.5, 0.5, 0.0, 0.0),
        Box(0.0, 0.4, 1.0, 0.001),
    ],
)
def test_a_box_around_nothing_is_described_as_a_weak_face(engine: FaceEngine, box: Box) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    (face,) = engine.describe(noise, [box])
    assert face.weakness is not None
    assert np.linalg.norm(face.embedding) == pytest.approx(1, abs=1e-5)
    assert engine.describe(noise, []) == []


def test_importing_the_package_loads_no_runtime() -> None:
    heavy = "{'onnxruntime', 'openvino', 'dlib', 'onnx', 'tensorflow'}"
    code = f"import sys, faceengine; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
