"""Which code runs the files of an embedder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from faceengine.embedders.dlib_resnet import DlibEmbedder
from faceengine.embedders.embedding import Embedder
from faceengine.embedders.warped import RETAIL_0095, WarpedEmbedder
from faceengine.packs import Part
from faceengine.runtime import OnnxNetwork, OpenVinoNetwork, Precision
from faceengine.weights import WeightStore


def load_embedder(part: Part, weights: WeightStore, threads: int) -> Embedder:
    """Raises: WeightError."""
    return LOADERS[part.name](part, weights, threads)


def _load_retail_0095(part: Part, weights: WeightStore, threads: int) -> Embedder:
    # bf16 halves the time where the processor has it (0.9 instead of 1.7 ms a face); on 2,606 faces
    # the cosine between both answers was 0.9994 or more
    network = OpenVinoNetwork(
        weights.find(part.file(".xml")), weights.find(part.file(".bin")), threads, Precision.BF16
    )
    return WarpedEmbedder(network, RETAIL_0095)


def _load_dlib(part: Part, weights: WeightStore, threads: int) -> Embedder:
    from faceengine.dlib_networks.convert import converted

    (file,) = part.files
    network = OnnxNetwork(converted(weights.find(file), file, weights.cache), threads)
    return DlibEmbedder(network)


LOADERS: Mapping[str, Callable[[Part, WeightStore, int], Embedder]] = MappingProxyType(
    {"retail-0095": _load_retail_0095, "dlib": _load_dlib}
)
