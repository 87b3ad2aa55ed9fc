"""Which code runs the files of a detector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from faceengine.detectors.any_size import with_any_size
from faceengine.detectors.brightening import BrighteningDetector
from faceengine.detectors.deepface_names import PREFIX
from faceengine.detectors.detection import Detector, GlancingDetector
from faceengine.detectors.grid import GridDetector
from faceengine.detectors.hog import HogDetector, Uprightness
from faceengine.detectors.mmod import MmodDetector
from faceengine.detectors.scrfd import ScrfdHead
from faceengine.detectors.second_look import SecondLookDetector
from faceengine.detectors.turned import Certainty, TurningDetector
from faceengine.detectors.yunet import YuNetHead
from faceengine.packs import Part
from faceengine.runtime import OnnxNetwork, Precision, load_network
from faceengine.weights import WeightStore


def load_detector(part: Part, weights: WeightStore, threads: int) -> Detector:
    """A detector of our own also finds faces in turned and in dark pictures.

    Raises: WeightError; DetectorError when DeepFace lacks something.
    """
    if part.name.startswith(PREFIX):
        from faceengine.detectors.deepface import load_deepface_detector

        return load_deepface_detector(part)
    if part.name in YUNETS:
        return BrighteningDetector(_load_yunet(part, weights, threads))
    detector = LOADERS[part.name](part, weights, threads)
    return BrighteningDetector(TurningDetector(detector, _certainty(part)))


def _load_yunet(part: Part, weights: WeightStore, threads: int) -> Detector:
    path, head = weights.find(part.file(".onnx")), YuNetHead()
    network = OnnxNetwork(with_any_size(path) if YUNETS[part.name] else path, threads)
    detector = TurningDetector(GridDetector(network, head), _certainty(part))
    return SecondLookDetector(detector, network, head)


def _load_scrfd(part: Part, weights: WeightStore, threads: int) -> GlancingDetector:
    path = weights.find(part.file(".onnx"))
    network = load_network(path, threads, is_faster_in_openvino=True, precision=Precision.BF16)
    return GridDetector(network, ScrfdHead())


def _load_hog(part: Part, weights: WeightStore, _threads: int) -> GlancingDetector:
    return HogDetector(weights.find(part.file(".dat")))


def _load_mmod(part: Part, weights: WeightStore, threads: int) -> GlancingDetector:
    from faceengine.dlib_networks.convert import converted

    detection, shapes = part.files
    network = OnnxNetwork(converted(weights.find(detection), detection, weights.cache), threads)
    return MmodDetector(network, weights.find(shapes))


#: The networks whose landmarks gain from a second look, and whether the file is fixed to one size.
YUNETS: Mapping[str, bool] = MappingProxyType({"yunet": False, "yunet-2023mar": True})
LOADERS: Mapping[str, Callable[[Part, WeightStore, int], GlancingDetector]] = MappingProxyType(
    {
        "scrfd": _load_scrfd,
        "hog": _load_hog,
        "mmod": _load_mmod,
    }
)


def _certainty(part: Part) -> Certainty:
    """By the best scores of 78 photographs (LFW, CompreFace) in each direction and of 300 pictures
    of other things (Caltech-101)."""
    if part.name == "mmod":  # which scores a turned face as high as an upright one
        return Certainty(upright=0.35, turned=0.35, rate=Uprightness(), finds_turned=True)
    if part.name == "hog":
        return Certainty(upright=0.5, turned=0.5)
    if part.name == "scrfd":
        return Certainty(upright=0.8, turned=0.65)
    return Certainty(upright=0.915, turned=0.85)
