"""dlib's two networks as ONNX: the same numbers, many times faster, also on a GPU.

The layers follow dlib's own definitions (examples/dnn_face_recognition_ex.cpp and
examples/dnn_mmod_face_detection_ex.cpp). Affine layers and batch normalisation are folded into
the convolution before them. The onnx package is imported for a conversion only: it takes 16 MB.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from faceengine.detectors.detection import Floats
from faceengine.dlib_networks.weights import TensorReader
from faceengine.download import digest_of
from faceengine.files import write_at_once
from faceengine.packs import WeightFile
from faceengine.weights import WeightError

if TYPE_CHECKING:
    from faceengine.dlib_networks.graph import Graph

#: To be raised whenever the graphs below change, so that no old conversion is used.
REVISION = 3
#: What dlib adds to a variance before it divides by its root.
EPSILON = 1e-4
DETECTOR_CHANNELS = (16, 32, 32, 45, 45, 45)
#: Channels are filled up with zeros to a multiple of this, for which runtimes have fast code.
CHANNEL_BLOCK = 16
#: Channels and number of residual blocks; each but the first group halves the picture at its start.
RECOGNITION_GROUPS = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))


def converted(source: Path, file: WeightFile, cache: Path) -> Path:
    """The ONNX form of a .dat file, made at first use.

    The name of the result holds the source's checksum and its own, so that it is checked without
    a list and two processes converting at once only write the same file twice.
    Raises: DlibFormatError; WeightError when the cache cannot be written.
    """
    stem = f"{Path(file.name).stem}.{file.digest[:12]}.{REVISION}"
    for known in cache.glob(f"{stem}.*.onnx"):
        if digest_of(known, "sha256")[:16] == known.name.split(".")[-2]:
            return known
    build = recognition_network if "recognition" in file.name else detection_network
    network = build(source.read_bytes())
    target = cache / f"{stem}.{hashlib.sha256(network).hexdigest()[:16]}.onnx"
    try:
        write_at_once(target, network)
    except OSError as error:
        raise WeightError(
            f"dlib's networks are converted at first use, and {target} cannot be written "
            f"({error.strerror}): give another folder in LIKENESS_DATA."
        ) from error
    return target


def recognition_network(data: bytes) -> bytes:
    """The ResNet that describes a face.

    Its input is RGB 0 to 255, shape (n, 3, 150, 150); its output the raw vector, shape (n, 128).
    """
    from faceengine.dlib_networks.graph import Graph

    reader = TensorReader(data)
    graph = Graph(side=150)
    graph.normalise()
    _affine_convolution(reader, graph, out=32, size=7, stride=2)
    graph.relu()
    graph.max_pool()
    for group, (channels, blocks) in enumerate(RECOGNITION_GROUPS):
        for block in range(blocks):
            _residual(reader, graph, channels, is_halving=group > 0 and block == 0)
    graph.average()
    graph.multiply(reader.take(256, 128, 1, 1).reshape(256, 128))
    reader.finish()
    return graph.to_onnx(["n", 128])


def detection_network(data: bytes) -> bytes:
    """The fully convolutional MMOD face detector.

    Its input is RGB 0 to 255 of any size; its output a map of scores, one for each 8 pixels.
    """
    from faceengine.dlib_networks.graph import Graph

    reader = TensorReader(data)
    graph = Graph()
    graph.normalise()
    known = graph.latest.channels
    for layer, channels in enumerate(DETECTOR_CHANNELS):
        weights, bias = _normalised_convolution(reader, known, out=channels)
        graph.convolve(*_widened(weights, bias, graph.latest.channels), 2 if layer < 3 else 1)
        graph.relu()
        known = channels
    weights, bias = _convolution(reader, known, out=1, size=9)
    wide, _ = _widened(weights, bias, graph.latest.channels)
    graph.convolve_to_one(wide[:1], bias)
    reader.finish()
    return graph.to_onnx(["n", 1, "rows", "columns"])


def _residual(reader: TensorReader, graph: Graph, channels: int, *, is_halving: bool) -> None:
    entry = graph.latest
    _affine_convolution(reader, graph, out=channels, size=3, stride=2 if is_halving else 1)
    graph.relu()
    _affine_convolution(reader, graph, out=channels, size=3, stride=1)
    graph.add(entry, is_halved=is_halving)
    graph.relu()


def _convolution(reader: TensorReader, channels: int, out: int, size: int) -> tuple[Floats, Floats]:
    weights = out * channels * size * size
    parameters = reader.take(weights + out, 1, 1, 1).ravel()
    return parameters[:weights].reshape(out, channels, size, size), parameters[weights:]


def _affine_convolution(
    reader: TensorReader, graph: Graph, *, out: int, size: int, stride: int
) -> None:
    weights, bias = _convolution(reader, graph.latest.channels, out, size)
    gamma, beta = np.split(reader.take(2 * out, 1, 1, 1).ravel(), 2)
    graph.convolve(weights * gamma[:, None, None, None], bias * gamma + beta, stride)


def _normalised_convolution(
    reader: TensorReader, channels: int, *, out: int
) -> tuple[Floats, Floats]:
    weights, bias = _convolution(reader, channels, out, size=5)
    gamma, beta = np.split(reader.take(2 * out, 1, 1, 1).ravel(), 2)
    # the means and deviations of the last training batch come first and are not used
    _, _, mean, variance = (reader.take(1, out, 1, 1).ravel() for _ in range(4))
    factor = gamma / np.sqrt(variance + EPSILON)
    return weights * factor[:, None, None, None], (bias - mean) * factor + beta


def _widened(weights: Floats, bias: Floats, inputs: int) -> tuple[Floats, Floats]:
    """The same convolution from so many channels to a full block of them, the added ones zero."""
    out = -(-len(bias) // CHANNEL_BLOCK) * CHANNEL_BLOCK
    wide = np.zeros((out, inputs, *weights.shape[2:]), dtype=np.float32)
    wide[: weights.shape[0], : weights.shape[1]] = weights
    return wide, np.pad(bias, (0, out - len(bias)))
