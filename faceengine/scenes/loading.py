"""Which runtime reads the files of a backbone."""

from __future__ import annotations

from faceengine.runtime import Network, OpenVinoNetwork, load_network
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.conversion import converted, is_converted
from faceengine.weights import WeightState, WeightStore


def load_backbone(
    backbone: Backbone, weights: WeightStore, threads: int, size: tuple[int, int] | None = None
) -> Network:
    """Args: `size` is the height and width of its input, by default the backbone's own.

    Raises: WeightError.
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


def is_ready(backbone: Backbone, weights: WeightStore) -> bool:
    """Whether it can be loaded at once: its weights are here, and converted if they are Keras's."""
    (status,) = weights.status(backbone)
    if status.state is not WeightState.READY or status.path is None:
        return False
    return not backbone.application or is_converted(backbone, status.path, weights.cache)
