"""The embedders of the catalog, on real faces where their weights are here."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from faceengine.alignment import Template
from faceengine.embedders.described import DescribedEmbedder, InputForm, OneByOne
from faceengine.embedders.forms import FORMS
from faceengine.embedders.loading import load_embedder
from faceengine.embedders.mending import mended
from faceengine.embedders.parts import RETAIL_0095, RETAIL_0095_ONNX
from faceengine.embedders.templates import ARCFACE, OPENFACE, boxed
from faceengine.engine import FaceEngine
from faceengine.pictures import Image
from faceengine.runtime import OnnxNetwork
from faceengine.weights import WeightStore
from tests.faceengine.stand_ins import write_network

#: Cosines that two photos of one person exceed, and of two people do not reach, with margin.
LIMITS = {
    "open-onnx": (0.45, 0.35),
    "dlib-hog": (0.94, 0.91),
    "edgeface": (0.4, 0.25),
    "edgeface-xxs": (0.4, 0.25),
    "mbf": (0.35, 0.25),
    "insightface": (0.35, 0.25),
    "hog+edgeface-xs": (0.4, 0.25),
    "mmod+retail-0095": (0.45, 0.35),
}


@pytest.mark.assets
@pytest.mark.parametrize("name", LIMITS)
def test_one_person_is_more_similar_than_two(
    name: str, weights: WeightStore, photo: Callable[..., Image]
) -> None:
    engine = FaceEngine.load(name, weights)
    images = [photo(f"photos_misc/{path}.jpg", 800) for path in ("obama", "obama2", "biden")]
    faces = [found[0] for found in engine.find_faces_in(images)]
    one, same, other = (face.embedding for face in faces)
    assert len(one) == engine.pack.dimensions
    least, most = LIMITS[name]
    assert one @ same > least
    assert one @ other < most


@pytest.mark.assets
def test_the_onnx_form_gives_the_vectors_of_the_published_form(
    open_engine: FaceEngine, weights: WeightStore, photo: Callable[..., Image]
) -> None:
    image = photo("photos_misc/two_people.jpg", 800)
    height, width = image.shape[:2]
    published, as_onnx = (
        load_embedder(part, weights, 1) for part in (RETAIL_0095, RETAIL_0095_ONNX)
    )
    for face in open_engine.find_faces(image):
        crop = published.crop(image, face.landmarks.to_array() * (width, height))
        (one,), (other,) = published.embed([crop]), as_onnx.embed([crop])
        assert one @ other > 0.998


@pytest.mark.assets
def test_sface_is_aligned_and_fed_as_opencv_does_it(
    tmp_path: Path, open_engine: FaceEngine, photo: Callable[..., Image]
) -> None:
    path = tmp_path / "sface.onnx"
    write_network(path, (3, 112, 112), 128, batch=1)
    theirs = cv2.FaceRecognizerSF.create(str(path), "")
    ours = DescribedEmbedder(OneByOne(OnnxNetwork(path, 1)), FORMS["sface"])
    image = photo("photos_misc/obama.jpg", 300)  # not shrunk: OpenCV does not average
    height, width = image.shape[:2]
    points = open_engine.find_faces(image)[0].landmarks.to_array() * (width, height)
    row = np.array([[0, 0, width, height, *points.ravel(), 1]], np.float32)
    blue_first = np.ascontiguousarray(image[..., ::-1])
    aligned = theirs.alignCrop(blue_first, row)
    crop = ours.crop(image, points)
    assert np.abs(aligned[..., ::-1].astype(int) - crop).mean() < 1
    expected = theirs.feature(aligned)[0]
    (vector,) = ours.embed([np.ascontiguousarray(aligned[..., ::-1])])
    assert vector @ expected / np.linalg.norm(expected) == pytest.approx(1, abs=1e-5)


def test_a_form_orders_scales_and_cuts() -> None:
    crop = np.zeros((6, 6, 3), np.uint8)
    crop[:, :, 0], crop[:, 1:5, 2] = 255, 10
    template = boxed(6, 1.0)
    first = InputForm(template=template, mean=(127.5, 127.5, 127.5), scale=127.5)
    assert first.to_batch([crop, crop]).shape == (2, 3, 6, 6)
    assert first.to_batch([crop])[0, :, 0, 0].tolist() == [1, -1, -1]
    blue = InputForm(template=template, is_bgr=True, has_channels_last=True, columns=4)
    batch = blue.to_batch([crop])
    assert batch.shape == (1, 6, 4, 3)
    assert batch.dtype == np.float32
    assert batch[0, 0].tolist() == [[10, 0, 255]] * 4


def test_whitening_takes_each_face_by_itself() -> None:
    form = InputForm(template=boxed(6, 1.0), is_whitened=True)
    generator = np.random.default_rng(1)
    crops = [generator.integers(0, high, (6, 6, 3), dtype=np.uint8) for high in (20, 200)]
    batch = form.to_batch(crops)
    assert batch.mean(axis=(1, 2, 3)) == pytest.approx([0, 0], abs=1e-5)
    assert batch.std(axis=(1, 2, 3)) == pytest.approx([1, 1], abs=1e-4)
    flat = form.to_batch([np.full((6, 6, 3), 7, np.uint8)])
    assert np.abs(flat).max() == 0


@pytest.mark.parametrize("template", [ARCFACE, OPENFACE, boxed(160, 1.3), boxed(55, 1.0)])
def test_a_template_is_a_face_inside_its_crop(template: Template) -> None:
    points = np.array(template.points)
    left, right, nose, left_mouth, right_mouth = points
    assert ((points > 0.1) & (points < 0.9)).all()
    assert left[0] < nose[0] < right[0]
    assert left_mouth[0] < right_mouth[0]
    assert max(left[1], right[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_a_wider_box_makes_the_face_smaller() -> None:
    def eyes(widening: float) -> float:
        points = boxed(160, widening).in_pixels()
        return float(points[1, 0] - points[0, 0])

    assert eyes(1.3) == pytest.approx(eyes(1.0) / 1.3)


@pytest.mark.parametrize("name", ["sface", "arcface-r100"])
def test_a_file_for_one_face_answers_many(tmp_path: Path, name: str) -> None:
    write_network(tmp_path / "one.onnx", (3, 112, 112), 16, batch=1)
    write_network(tmp_path / "many.onnx", (3, 112, 112), 16)
    crops = list(np.random.default_rng(2).integers(0, 256, (5, 112, 112, 3), dtype=np.uint8))
    one = OneByOne(OnnxNetwork(tmp_path / "one.onnx", 1))
    many = OnnxNetwork(tmp_path / "many.onnx", 1)
    expected = DescribedEmbedder(many, FORMS[name]).embed(crops)
    assert np.abs(DescribedEmbedder(one, FORMS[name]).embed(crops) - expected).max() < 1e-5


def write_as_mxnet_did(path: Path) -> None:
    """Two channels, normalised with `spatial=0` and bent by slopes of shape (2,), opset 8."""
    numbers = {
        "scale": [2.0, 3.0],
        "shift": [0.5, -0.5],
        "mean": [1.0, 2.0],
        "variance": [4.0, 9.0],
        "slope": [0.1, 0.2],
    }
    tensors = [
        numpy_helper.from_array(np.array(values, np.float32), name)
        for name, values in numbers.items()
    ]
    inputs = [helper.make_tensor_value_info("data", onnx.TensorProto.FLOAT, [1, 2, 3, 3])]
    inputs += [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2]) for name in numbers]
    nodes = [
        helper.make_node(
            "BatchNormalization",
            ["data", "scale", "shift", "mean", "variance"],
            ["normal"],
            epsilon=1e-5,
            spatial=0,
        ),
        helper.make_node("PRelu", ["normal", "slope"], ["bent"]),
    ]
    outputs = [helper.make_tensor_value_info("bent", onnx.TensorProto.FLOAT, [1, 2, 3, 3])]
    graph = helper.make_graph(nodes, "old", inputs, outputs, tensors)
    opset = [helper.make_opsetid("", 8)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=3), path)


def test_a_network_as_mxnet_exported_it_is_mended_without_changing_its_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.onnx"
    write_as_mxnet_did(path)
    data = np.random.default_rng(3).standard_normal((1, 2, 3, 3)).astype(np.float32) * 5
    (answer,) = OnnxNetwork(mended(path), 1).run(data)
    by_channel = (1, 2, 1, 1)
    scale, shift = np.reshape([2.0, 3.0], by_channel), np.reshape([0.5, -0.5], by_channel)
    mean, variance = np.reshape([1.0, 2.0], by_channel), np.reshape([4.0, 9.0], by_channel)
    normal = (data - mean) / np.sqrt(variance + 1e-5) * scale + shift
    expected = np.where(normal > 0, normal, normal * np.reshape([0.1, 0.2], by_channel))
    assert np.abs(answer - expected).max() < 1e-5
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument):
        OnnxNetwork(path, 1).run(data)
