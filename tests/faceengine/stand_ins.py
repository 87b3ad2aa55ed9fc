"""Small networks with random numbers in the place of large ones that are not here."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from faceengine.embedders.deepface_models import MODELS, PARTS
from faceengine.packs import EmbedderPart

#: Side of the mosaic that a stand-in sees of a face.
MOSAIC = 4


def write_network(
    path: Path, shape: tuple[int, int, int], dimensions: int, *, batch: int | str = "n"
) -> None:
    """A mosaic of the picture times a random matrix; `shape` as the network wants its input."""
    has_channels_last = shape[2] == 3
    height, width = shape[:2] if has_channels_last else shape[1:]
    generator = np.random.default_rng(dimensions)
    matrix = generator.standard_normal((3 * MOSAIC**2, dimensions)).astype(np.float32)
    tile = [height // MOSAIC, width // MOSAIC]
    order = [0, 3, 1, 2] if has_channels_last else [0, 1, 2, 3]
    nodes = [
        helper.make_node("Transpose", ["input"], ["picture"], perm=order),
        helper.make_node("AveragePool", ["picture"], ["mosaic"], kernel_shape=tile, strides=tile),
        helper.make_node("Reshape", ["mosaic", "flat"], ["row"]),
        helper.make_node("MatMul", ["row", "matrix"], ["vector"]),
    ]
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [batch, *shape])],
        [helper.make_tensor_value_info("vector", onnx.TensorProto.FLOAT, [batch, dimensions])],
        [
            numpy_helper.from_array(matrix, "matrix"),
            numpy_helper.from_array(np.array([-1, len(matrix)], np.int64), "flat"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def write_deepface(name: str, weights: Path) -> EmbedderPart:
    """The file of one of DeepFace's models, and the part that takes it for the right one."""
    model = MODELS[name]
    assert model.form is not None
    height = model.form.template.size
    width = model.form.columns or height
    shape = (height, width, 3) if model.form.has_channels_last else (3, height, width)
    path = weights / model.file
    write_network(path, shape, model.dimensions, batch=1 if name == "SFace" else "n")
    part = PARTS[f"deepface:{name}"]
    (file,) = part.files
    if not file.digest:
        return part
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(part, files=(replace(file, digest=digest),))
