"""Which code runs the files of an embedder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from faceengine.embedders.deepface_models import PREFIX
from faceengine.embedders.described import DescribedEmbedder, OneByOne
from faceengine.embedders.dlib_resnet import DlibEmbedder
from faceengine.embedders.embedding import Embedder
from faceengine.embedders.forms import FORMS
from faceengine.packs import Part
from faceengine.runtime import OnnxNetwork, OpenVinoNetwork, Precision, load_network
from faceengine.weights import WeightStore


def load_embedder(part: Part, weights: WeightStore, threads: int) -> Embedder:
    """Raises: WeightError."""
    if part.name.startswith(PREFIX):
        from faceengine.embedders.deepface import load_deepface

        return load_deepface(part, weights, threads)
    return LOADERS[part.name](part, weights, threads)


def _load_retail_0095(part: Part, weights: WeightStore, threads: int) -> Embedder:
    # bf16 halves the time where the processor has it (0.9 instead of 1.7 ms a face); on 2,606 faces
    # the cosine between both answers was 0.9994 or more
    network = OpenVinoNetwork(
        weights.find(part.file(".xml")), weights.find(part.file(".bin")), threads, Precision.BF16
    )
    return DescribedEmbedder(network, FORMS[part.name])


def _load_dlib(part: Part, weights: WeightStore, threads: int) -> Embedder:
    from faceengine.dlib_networks.convert import converted

    (file,) = part.files
    network = OnnxNetwork(converted(weights.find(file), file, weights.cache), threads)
    return DlibEmbedder(network)


def _load_described(part: Part, weights: WeightStore, threads: int) -> Embedder:
    network = OnnxNetwork(weights.find(part.file(".onnx")), threads)
    return DescribedEmbedder(network, FORMS[part.name])


def _load_mbf(part: Part, weights: WeightStore, threads: int) -> Embedder:
    # bf16 takes a quarter of ONNX Runtime's time; the cosine to its answers is 0.999 or more
    network = load_network(
        weights.find(part.file(".onnx")),
        threads,
        is_faster_in_openvino=True,
        precision=Precision.BF16,
    )
    return DescribedEmbedder(network, FORMS[part.name])


def _load_one_by_one(part: Part, weights: WeightStore, threads: int) -> Embedder:
    network = OnnxNetwork(weights.find(part.file(".onnx")), threads)
    return DescribedEmbedder(OneByOne(network), FORMS[part.name])


def _load_arcface_r100(part: Part, weights: WeightStore, threads: int) -> Embedder:
    from faceengine.embedders.mending import mended

    network = OnnxNetwork(mended(weights.find(part.file(".onnx"))), threads)
    return DescribedEmbedder(OneByOne(network), FORMS[part.name])


def _load_retail_0095_onnx(part: Part, weights: WeightStore, threads: int) -> Embedder:
    network = load_network(weights.find(part.file(".onnx")), threads, is_faster_in_openvino=True)
    return DescribedEmbedder(network, FORMS[part.name])


LOADERS: Mapping[str, Callable[[Part, WeightStore, int], Embedder]] = MappingProxyType(
    {
        "retail-0095": _load_retail_0095,
        "retail-0095-onnx": _load_retail_0095_onnx,
        "dlib": _load_dlib,
        "sface": _load_one_by_one,
        "edgeface-xs": _load_described,
        "edgeface-xxs": _load_described,
        "mbf": _load_mbf,
        "arcface-r100": _load_arcface_r100,
    }
)
