"""Writing an ONNX graph layer by layer, with dlib's rules for padding and for sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from faceengine.detectors.detection import Floats
from faceengine.dlib_networks.weights import MEAN_COLOUR


@dataclass(frozen=True, slots=True)
class Output:
    """What a layer puts out; `side` is its height and width, if they are known beforehand."""

    name: str
    channels: int
    side: int


class Graph:
    """A chain of layers: each method appends one to `latest`."""

    def __init__(self, side: int = 0) -> None:
        """Begin with RGB 0 to 255, `side` pixels high and wide, or of any size if it is 0."""
        self.latest = Output("input", 3, side)
        height, width = (side, side) if side else ("height", "width")
        self._input = helper.make_tensor_value_info(
            "input", TensorProto.FLOAT, ["n", 3, height, width]
        )
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._is_normalising = False

    def normalise(self) -> None:
        """Let the next convolution, whose stride must not be 1, take (colour - mean) / 256.

        Its weights take that up: as nodes of their own these steps took three copies of the
        picture, 190 MB for the largest level of a group photo.
        """
        self._is_normalising = True

    def convolve(self, weights: Floats, bias: Floats, stride: int) -> None:
        """dlib pads a convolution by half its size, but not at all where its stride is not 1."""
        size = weights.shape[-1]
        pad = size // 2 if stride == 1 else 0
        if self._is_normalising:
            weights, bias = _of_colours(weights, bias)
            self._is_normalising = False
        inputs = [self.latest.name, self._constant(weights), self._constant(bias)]
        name = self._append(
            "Conv", inputs, kernel_shape=[size] * 2, strides=[stride] * 2, pads=[pad] * 4
        )
        self.latest = Output(name, len(bias), (self.latest.side + 2 * pad - size) // stride + 1)

    def convolve_to_one(self, weights: Floats, bias: Floats) -> None:
        """A convolution with one channel as its answer and a stride of 1, in two steps.

        The first adds along each row of the kernel, into a channel for each, the second adds those
        up: the same sums. A runtime computes 8 or 16 channels at once whether they are needed or
        not, and one step would waste nearly all of its work.
        """
        (kernel,) = weights
        rows = kernel.transpose(1, 0, 2)[:, :, None, :]
        height, width = kernel.shape[1:]
        inputs = [self.latest.name, self._constant(rows)]
        sides = [0, width // 2, 0, width // 2]
        summed = self._append("Conv", inputs, kernel_shape=[1, width], pads=sides)
        columns = np.eye(height, dtype=np.float32).reshape(1, height, height, 1)
        inputs = [summed, self._constant(columns), self._constant(bias)]
        sides = [height // 2, 0, height // 2, 0]
        name = self._append("Conv", inputs, kernel_shape=[height, 1], pads=sides)
        self.latest = Output(name, 1, self.latest.side)

    def relu(self) -> None:
        name = self._append("Relu", [self.latest.name])
        self.latest = Output(name, self.latest.channels, self.latest.side)

    def max_pool(self) -> None:
        self._halve("MaxPool", size=3)

    def add(self, earlier: Output, *, is_halved: bool) -> None:
        """Add an earlier output, halved first if asked, to the latest one.

        dlib fills the smaller of two terms with zeros at its end, in channels, rows and columns.
        """
        term = self.latest
        if is_halved:
            self.latest = earlier
            self._halve("AveragePool", size=2)
            earlier = self.latest
        channels = max(term.channels, earlier.channels)
        side = max(term.side, earlier.side)
        filled = [self._fill(output, channels, side) for output in (term, earlier)]
        self.latest = Output(self._append("Add", filled), channels, side)

    def average(self) -> None:
        """Over all rows and columns, leaving one row of channels for each picture."""
        pooled = self._append("GlobalAveragePool", [self.latest.name])
        self.latest = Output(self._append("Flatten", [pooled]), self.latest.channels, 1)

    def multiply(self, matrix: Floats) -> None:
        name = self._append("MatMul", [self.latest.name, self._constant(matrix)])
        self.latest = Output(name, matrix.shape[1], 1)

    def to_onnx(self, output_shape: Sequence[int | str]) -> bytes:
        output = helper.make_tensor_value_info(self.latest.name, TensorProto.FLOAT, output_shape)
        graph = helper.make_graph(self._nodes, "dlib", [self._input], [output], self._constants)
        # an old format on purpose: every runtime of the last years reads it
        model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString(deterministic=True))

    def _halve(self, operation: str, size: int) -> None:
        name = self._append(operation, [self.latest.name], kernel_shape=[size] * 2, strides=[2] * 2)
        self.latest = Output(name, self.latest.channels, (self.latest.side - size) // 2 + 1)

    def _fill(self, output: Output, channels: int, side: int) -> str:
        missing = [0, channels - output.channels, side - output.side, side - output.side]
        if not any(missing):
            return output.name
        pads = self._constant(np.array([0, 0, 0, 0, *missing], dtype=np.int64))
        return self._append("Pad", [output.name, pads])

    def _constant(self, value: NDArray[np.generic] | np.generic) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _append(self, operation: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"{operation.lower()}{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, list(inputs), [name], **attributes))
        return name


def _of_colours(weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
    """The convolution of normalised colours as one of the colours themselves."""
    scaled = weights / np.float32(256)
    mean = np.einsum("ocij,c->o", scaled.astype(np.float64), MEAN_COLOUR.astype(np.float64))
    return scaled, (bias - mean).astype(np.float32)
