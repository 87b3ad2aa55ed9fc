"""YuNet and SCRFD: all sizes of face, few sizes of input, and a file that was fixed to one."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from faceengine.catalog import SCRFD, YUNET, YUNET_2023MAR
from faceengine.detectors.any_size import with_any_size
from faceengine.detectors.detection import Detection, overlaps, resize
from faceengine.detectors.grid import FINE_SIDE, GridDetector
from faceengine.detectors.loading import load_detector
from faceengine.detectors.scrfd import ScrfdHead
from faceengine.detectors.sizes import padded_size
from faceengine.detectors.yunet import YuNetHead
from faceengine.pictures import Image, decode
from faceengine.runtime import OnnxNetwork, OpenVinoNetwork, Precision
from faceengine.weights import WeightError, WeightStore


def contains(found: Sequence[Detection], point: Sequence[float]) -> bool:
    corners = [face.corners for face in found]
    return any((box[:2] <= point).all() and (point <= box[2:]).all() for box in corners)


@pytest.fixture(scope="module")
def yunet(weights: WeightStore) -> GridDetector:
    return GridDetector(OnnxNetwork(weights.find(YUNET.files[0]), threads=2), YuNetHead())


@pytest.fixture(scope="module")
def scrfd(weights: WeightStore) -> GridDetector:
    return GridDetector(OnnxNetwork(weights.find(SCRFD.files[0]), threads=2), ScrfdHead())


@pytest.mark.assets
@pytest.mark.parametrize("name", ["yunet", "scrfd"])
def test_forty_small_faces_in_a_large_photo_are_found(
    request: pytest.FixtureRequest, assets: Path, photo: Callable[..., Image], name: str
) -> None:
    sheet = json.loads((assets / "faces/groups_composite/groups.json").read_text())[2]
    assert len(sheet["faces"]) == 40
    canvas = np.full((1536, 2048, 3), 120, np.uint8)
    # faces 16 pixels wide, and 10 in the first look, which shrinks the photo to 1,280 pixels
    small = resize(photo(f"groups_composite/{sheet['file']}"), 0.5)
    canvas[500 : 500 + small.shape[0], 700 : 700 + small.shape[1]] = small
    found = request.getfixturevalue(name).detect(canvas)
    noses = np.array([face["kps"][2] for face in sheet["faces"]]) * 0.5 + (700, 500)
    assert sum(contains(found, nose) for nose in noses) == 40


@pytest.mark.assets
def test_scrfd_finds_every_annotated_face_with_its_nose(scrfd: GridDetector, assets: Path) -> None:
    folder = assets / "faces" / "photos_compreface"
    noses = json.loads((folder / "annotations.json").read_text())["noses"]
    for name in ("000_5.jpg", "013_4.jpg", "015_6.jpg", "003_A.jpg"):
        picture = decode((folder / name).read_bytes())
        found = scrfd.detect(picture.image)
        for point in np.array(noses[name]) * (picture.image.shape[1] / picture.width):
            near = min(
                float(np.linalg.norm(face.landmarks[2] - point))
                / float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))
                for face in found
            )
            assert near < 0.35, (name, point)


#: One of each: small and large, wide and high, with one face and with eight.
SHAPES = (
    "photos_compreface/003_A.jpg",
    "photos_compreface/009_C.jpg",
    "photos_compreface/016_8.jpg",
    "photos_deepface/img18.jpg",
    "photos_deepface/img43.jpg",
    "photos_misc/biden.jpg",
    "photos_misc/obama3.jpg",
)


@pytest.mark.assets
@pytest.mark.parametrize("precision", Precision)
def test_scrfd_sees_the_same_faces_in_both_runtimes_in_photos_of_all_shapes(
    scrfd: GridDetector, weights: WeightStore, photo: Callable[..., Image], precision: Precision
) -> None:
    network = OpenVinoNetwork(weights.find(SCRFD.files[0]), None, 2, precision)
    detector = GridDetector(network, ScrfdHead())
    for name in SHAPES:
        found, expected = (one.detect(photo(name)) for one in (detector, scrfd))
        assert len(found) == len(expected) >= 1, name
        for face in expected:
            shares = overlaps(face.corners, np.stack([other.corners for other in found]))
            assert shares.max() >= 0.9, name
            points, others = (
                one.landmarks - face.corners.reshape(2, 2).mean(axis=0)
                for one in (face, found[int(shares.argmax())])
            )
            sizes = np.linalg.norm(points) * np.linalg.norm(others)
            assert (points * others).sum() / sizes >= 0.999, name


def fixed_to(side: int, source: Path, target: Path) -> Path:
    """The network as OpenCV's zoo published it in 2023: for one size of input only."""
    model = onnx.load(str(source))
    for dimension in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dimension.dim_value = side
    for answer in model.graph.output:
        stride = int(answer.name.rpartition("_")[2])
        answer.type.tensor_type.shape.dim[1].dim_value = (side // stride) ** 2
    onnx.save(model, str(target))
    return target


@pytest.mark.assets
def test_a_network_fixed_to_one_size_searches_pictures_of_any_size(
    yunet: GridDetector, weights: WeightStore, photo: Callable[..., Image], tmp_path: Path
) -> None:
    fixed = fixed_to(640, weights.find(YUNET.files[0]), tmp_path / "fixed.onnx")
    image = photo("photos_misc/two_people.jpg", max_side=900)
    with pytest.raises(InvalidArgument, match="Got invalid dimensions"):
        GridDetector(OnnxNetwork(fixed, threads=2), YuNetHead()).detect(image)
    freed = GridDetector(OnnxNetwork(with_any_size(fixed), threads=2), YuNetHead())
    for found, expected in zip(freed.detect(image), yunet.detect(image), strict=True):
        assert np.allclose(found.corners, expected.corners, atol=0.01)
        assert np.allclose(found.landmarks, expected.landmarks, atol=0.01)


def test_the_missing_file_of_opencvs_zoo_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightError, match=r"face_detection_yunet_2023mar\.onnx"):
        load_detector(YUNET_2023MAR, WeightStore((), tmp_path), threads=1)


@pytest.mark.assets
def test_pictures_of_many_shapes_meet_the_network_in_few(
    weights: WeightStore, photo: Callable[..., Image]
) -> None:
    network = OnnxNetwork(weights.find(YUNET.files[0]), threads=2)
    seen: list[tuple[int, ...]] = []

    class Watched:
        def run(self, batch: np.ndarray) -> Sequence[np.ndarray]:
            seen.append(batch.shape[2:])
            return network.run(batch)

    detector = GridDetector(Watched(), YuNetHead())
    image = photo("photos_misc/obama-480p.jpg", max_side=480)
    height, width = image.shape[:2]
    for shrunk in range(0, 60, 3):
        assert len(detector.detect(image[: height - shrunk, : width - shrunk // 2])) == 1
    assert all(side % 64 == 0 for shape in seen for side in shape)
    assert len(seen) == 40
    assert len(set(seen)) <= 8


def test_sides_of_a_first_look_are_padded_to_few() -> None:
    assert len({padded_size(side) for side in range(1, FINE_SIDE + 1)}) == 14


@given(st.integers(1, 3000))
def test_a_padded_side_has_room_and_wastes_little(pixels: int) -> None:
    side = padded_size(pixels)
    assert 0 <= side - pixels < 128
    assert side % 64 == 0
    assert padded_size(side) == side
