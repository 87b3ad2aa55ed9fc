"""Which runtime reads the files of a backbone."""

from __future__ import annotations

from faceengine.runtime import Network, OpenVinoNetwork, load_network
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.conversion import converted
from faceengine.weights import WeightStore


def load_backbone(
    backbone: Backbone, weights: WeightStore, threads: int, size: tuple[int, int] | None = None
) -> Network:
    """Args: `size` is the height and width of its input, by default the backbone's own.

    Raises: WeightError; ConversionError when a network of Keras cannot be converted.
    """
    own = (backbone.side, backbone.side)
    size = size or own
    (file,) = backbone.files
    found = weights.find(file)
    if backbone.application:
        network = converted(backbone, found, weights.cache)
        return OpenVinoNetwork(network.description, None, threads, network.precision, (*size, 3))
    if size != own:
        return OpenVinoNetwork(found, None, threads, backbone.precision, (3, *size))
    return load_network(found, threads, is_faster_in_openvino=True, precision=backbone.precision)
