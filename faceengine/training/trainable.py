"""Backbones as Keras models whose layers can be trained on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faceengine.scenes.backbones import MOBILENET_V2, Backbone
from faceengine.training.errors import TrainingError

STDERR = 2
#: Smaller pictures lose all width and height on the way through some networks.
SMALLEST_SIDE = 75
#: The same network in Keras, for a backbone whose file has another form.
_TWINS = {MOBILENET_V2.name: "MobileNetV2"}


def import_quietly() -> None:
    """Load TensorFlow; it tells of its build on stderr before anybody can tell it not to."""
    kept = os.dup(STDERR)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, STDERR)
        import tensorflow as tf

        tf.config.list_physical_devices()
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        os.close(nowhere)


def is_trainable(backbone: Backbone) -> bool:
    """Whether Keras has the network."""
    return bool(backbone.application) or backbone.name in _TWINS


def build_trainable(backbone: Backbone, weights: Path | None, side: int) -> Any:
    """A keras.Model without its top for pictures of `side` pixels a side.

    Args: `weights` is the backbone's file, None for random numbers.
    Raises: TrainingError.
    """
    if side < SMALLEST_SIDE:
        raise TrainingError(f"Pictures need at least {SMALLEST_SIDE} pixels a side.")
    build = _constructor(backbone)
    model = build(include_top=False, weights=None, input_shape=(side, side, 3))
    try:
        if weights and backbone.application:
            model.load_weights(weights)
        elif weights:
            _load_folded(model, weights)
    except (ValueError, OSError) as error:
        raise TrainingError(
            f"{weights} has no weights of {backbone.title} for training. "
            "Install them again, or choose another backbone."
        ) from error
    return model


def preprocessing_of(backbone: Backbone) -> Callable[[Any], Any]:
    """What turns RGB, 0 to 255, into what the network was trained with."""
    module = sys.modules[_constructor(backbone).__module__]
    prepare: Callable[[Any], Any] = module.preprocess_input
    return prepare


def _constructor(backbone: Backbone) -> Callable[..., Any]:
    """Raises: TrainingError."""
    from tensorflow import keras

    name = backbone.application or _TWINS.get(backbone.name)
    if not name:
        raise TrainingError(
            f"{backbone.title} cannot be trained on: choose another backbone for the classic way."
        )
    build: Callable[..., Any] = getattr(keras.applications, name)
    return build


def _load_folded(model: Any, file: Path) -> None:
    """Take over an ONNX file of the same network whose convolutions normalise as well.

    They stand in the order in which Keras has them; the normalisation after each becomes one that
    only adds what the file adds.
    Raises: ValueError for another network.
    """
    import numpy as np
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(file).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    kinds = ("Conv2D", "DepthwiseConv2D", "BatchNormalization")
    layers = [layer for layer in model.layers if type(layer).__name__ in kinds]
    pairs = zip(layers[::2], layers[1::2], strict=True)
    # the file has the layer for ImageNet's classes as one convolution more
    for node, (convolution, normalisation) in zip(convolutions[:-1], pairs, strict=True):
        kernel, bias = (arrays[name] for name in node.input[1:3])
        is_deep = type(convolution).__name__ == "DepthwiseConv2D"
        convolution.set_weights([kernel.transpose((2, 3, 0, 1) if is_deep else (2, 3, 1, 0))])
        ones, zeros = np.ones_like(bias), np.zeros_like(bias)
        # Keras divides by the root of the variance and this small number
        normalisation.set_weights([ones, bias, zeros, ones - normalisation.epsilon])
