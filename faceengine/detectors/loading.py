"""Which code runs the files of a detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from faceengine.detectors.detection import Detector
from faceengine.detectors.mmod import MmodDetector
from faceengine.detectors.yunet import YuNetDetector
from faceengine.packs import Part
from faceengine.runtime import OnnxNetwork
from faceengine.weights import WeightStore


def load_detector(part: Part, weights: WeightStore, threads: int) -> Detector:
    """Raises: WeightError."""
    return LOADERS[part.name](part, weights, threads)


def _load_yunet(part: Part, weights: WeightStore, threads: int) -> Detector:
    return YuNetDetector(OnnxNetwork(weights.find(part.file(".onnx")), threads))


def _load_mmod(part: Part, weights: WeightStore, threads: int) -> Detector:
    from faceengine.dlib_networks.convert import converted

    detection, shapes = part.files
    network = OnnxNetwork(converted(weights.find(detection), detection, weights.cache), threads)
    return MmodDetector(network, weights.find(shapes))


LOADERS: Mapping[str, Callable[[Part, WeightStore, int], Detector]] = MappingProxyType(
    {"yunet": _load_yunet, "mmod": _load_mmod}
)
