"""The converted networks against dlib itself, on real photos."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import dlib
import numpy as np
import pytest

from faceengine.bench.networks import agreement
from faceengine.catalog import PACKS
from faceengine.detectors.detection import resize
from faceengine.detectors.five_points import landmarks_of
from faceengine.detectors.mmod import MmodDetector
from faceengine.detectors.strips import scores_of
from faceengine.dlib_networks.convert import converted, detection_network, recognition_network
from faceengine.dlib_networks.weights import DlibFormatError
from faceengine.embedders.dlib_resnet import DlibEmbedder
from faceengine.pictures import Image
from faceengine.runtime import OnnxNetwork
from faceengine.weights import WeightError, WeightStore

(DETECTION, SHAPES), (RECOGNITION,) = PACKS["dlib"].detector.files, PACKS["dlib"].embedder.files
PHOTOS = ("photos_misc/obama.jpg", "photos_misc/two_people.jpg", "photos_compreface/013_4.jpg")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    return WeightStore((), tmp_path_factory.mktemp("dlib"))


@pytest.fixture(scope="module")
def detector(store: WeightStore) -> MmodDetector:
    network = OnnxNetwork(converted(store.find(DETECTION), DETECTION, store.cache), threads=2)
    return MmodDetector(network, store.find(SHAPES))


@pytest.fixture(scope="module")
def embedder(store: WeightStore) -> DlibEmbedder:
    path = converted(store.find(RECOGNITION), RECOGNITION, store.cache)
    return DlibEmbedder(OnnxNetwork(path, threads=2))


def corners_of(answers: Sequence[Any]) -> np.ndarray:
    boxes = [answer.rect for answer in answers]
    return np.array([(b.left(), b.top(), b.right(), b.bottom()) for b in boxes], np.float32)


def test_a_conversion_that_cannot_be_kept_says_where(tmp_path: Path, store: WeightStore) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WeightError, match=r"file/models/mmod.*cannot be written.*LIKENESS_DATA"):
        converted(store.find(DETECTION), DETECTION, tmp_path / "file" / "models")


@pytest.mark.assets
def test_vectors_equal_dlibs_to_a_ten_thousandth(
    photo: Callable[..., Image], detector: MmodDetector, embedder: DlibEmbedder, store: WeightStore
) -> None:
    images = [photo(path) for path in PHOTOS]
    chips = [
        embedder.crop(image, found.anchors) for image in images for found in detector.detect(image)
    ]
    theirs = dlib.face_recognition_model_v1(str(store.find(RECOGNITION)))
    expected = np.array([theirs.compute_face_descriptor(chip) for chip in chips])
    assert len(chips) >= 7
    assert np.abs(embedder.embed_raw(chips) - expected).max() < 1e-4


@pytest.mark.assets
def test_a_chip_is_nearly_the_one_that_dlib_cuts(
    photo: Callable[..., Image], detector: MmodDetector, embedder: DlibEmbedder, store: WeightStore
) -> None:
    image = photo(PHOTOS[0])
    (found,) = detector.detect(image)
    box = dlib.rectangle(*(round(float(edge)) for edge in found.corners))
    shape = dlib.shape_predictor(str(store.find(SHAPES)))(image, box)
    expected = dlib.get_face_chip(image, shape, size=150, padding=0.25)
    ours, theirs = embedder.embed([embedder.crop(image, found.anchors), expected])
    assert ours @ theirs > 0.995


@pytest.mark.assets
def test_the_same_faces_are_found_with_nearly_the_same_scores(
    photo: Callable[..., Image], detector: MmodDetector, store: WeightStore
) -> None:
    theirs = dlib.cnn_face_detection_model_v1(str(store.find(DETECTION)))
    for path, count in zip(PHOTOS, (1, 2, 4), strict=True):
        image = photo(path, max_side=800)
        image = resize(image, 800 / max(image.shape[:2]))
        expected = theirs(image, 0)
        found = detector.search(image)
        assert len(found) == len(expected) == count
        assert agreement(found, corners_of(expected)) == 1
        confidences = sorted((answer.confidence for answer in expected), reverse=True)
        assert np.allclose(found[:, 4], confidences, atol=0.05)


@pytest.mark.parametrize("size", [(700, 400), (701, 333), (456, 400)])
def test_a_picture_in_strips_gets_the_scores_of_the_whole(
    store: WeightStore, size: tuple[int, int]
) -> None:
    network = OnnxNetwork(converted(store.find(DETECTION), DETECTION, store.cache), threads=2)
    noise = np.random.default_rng(4).uniform(0, 255, (1, 3, *size)).astype(np.float32)
    whole = network.run(noise)[0][0, 0]
    shapes: list[tuple[int, ...]] = []

    class Watched:
        def run(self, batch: np.ndarray) -> Sequence[np.ndarray]:
            shapes.append(batch.shape)
            return network.run(batch)

    scores = scores_of(Watched(), noise, most_pixels=300 * size[1])
    assert len(shapes) >= 2
    assert max(shape[2] for shape in shapes) < size[0]
    assert scores.shape == whole.shape
    assert np.allclose(scores, whole, atol=1e-5)


@pytest.mark.parametrize("build", [recognition_network, detection_network])
def test_a_file_cut_short_is_refused(build: Callable[[bytes], bytes], store: WeightStore) -> None:
    file = RECOGNITION if build is recognition_network else DETECTION
    with pytest.raises(DlibFormatError, match="No tensor of shape"):
        build(store.find(file).read_bytes()[:-5000])


def test_a_file_with_something_left_over_is_refused(store: WeightStore) -> None:
    data = store.find(DETECTION).read_bytes() + b"\x01\x02" + bytes(200)
    with pytest.raises(DlibFormatError, match="left over"):
        detection_network(data)


def test_another_network_is_refused(store: WeightStore) -> None:
    with pytest.raises(DlibFormatError):
        recognition_network(store.find(DETECTION).read_bytes())


def test_a_conversion_is_made_once(store: WeightStore, tmp_path: Path) -> None:
    source = store.find(DETECTION)
    first = converted(source, DETECTION, tmp_path)
    written = first.stat().st_mtime_ns
    assert converted(source, DETECTION, tmp_path) == first
    assert first.stat().st_mtime_ns == written


def test_an_altered_conversion_is_not_used_but_replaced(store: WeightStore, tmp_path: Path) -> None:
    path = converted(store.find(DETECTION), DETECTION, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert converted(store.find(DETECTION), DETECTION, tmp_path) == path
    assert path.read_bytes() == content


def test_processes_that_convert_at_once_leave_one_whole_file(
    store: WeightStore, tmp_path: Path
) -> None:
    source = store.find(DETECTION)
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(converted, source, DETECTION, tmp_path) for _ in range(3)]
        made = {future.result() for future in futures}
    assert list(tmp_path.iterdir()) == list(made)
    OnnxNetwork(made.pop(), threads=1)


def test_the_estimated_mouth_turns_and_grows_with_the_face() -> None:
    upright = np.array([[70, 40], [60, 40], [30, 40], [40, 40], [50, 60]], np.float32)
    points = landmarks_of(upright)
    assert points[3][0] < points[2][0] < points[4][0]
    assert points[3][1] == pytest.approx(points[4][1])
    assert points[3][1] > points[2][1]
    quarter_turn = np.array([-2, 2], np.float32)  # of swapped coordinates; and twice as large
    turned = landmarks_of(upright[:, ::-1] * quarter_turn)
    assert np.allclose(turned, points[:, ::-1] * quarter_turn, atol=1e-4)
