"""Which runtime reads the files of a backbone."""

from __future__ import annotations

from faceengine.runtime import Network, Precision, load_network
from faceengine.scenes.backbone import Backbone
from faceengine.weights import WeightStore


def load_backbone(backbone: Backbone, weights: WeightStore, threads: int) -> Network:
    """Raises: WeightError."""
    (file,) = backbone.files
    return load_network(
        weights.find(file), threads, is_faster_in_openvino=True, precision=Precision.BF16
    )
