"""Which runtime reads the files of a backbone."""

from __future__ import annotations

from faceengine.runtime import Network, OpenVinoNetwork, Precision, load_network
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
    # bf16 takes half the time where the processor has it; the cosine to Keras is .9999
    if backbone.application:
        model = converted(backbone, found, weights.cache)
        return OpenVinoNetwork(model, None, threads, Precision.BF16, (*size, 3))
    if size != own:
        return OpenVinoNetwork(found, None, threads, Precision.BF16, (3, *size))
    return load_network(found, threads, is_faster_in_openvino=True, precision=Precision.BF16)
