"""`python -m faceengine.scenes.convert BACKBONE WEIGHTS TARGET`: Keras → OpenVINO's own format.

Started by `faceengine.scenes.conversion`, which says why this is a process of its own.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

from faceengine.scenes.backbone import Backbone
from faceengine.scenes.backbones import get_backbone


def build(backbone: Backbone, weights: Path | None) -> Any:
    """The network as Keras has it: channels last, its own scaling left to the caller.

    Without `weights` it is given random ones.
    """
    import keras

    make = getattr(keras.applications, backbone.application)
    return make(
        include_top=False,
        weights=str(weights) if weights else None,
        input_shape=(backbone.side, backbone.side, 3),
        pooling="avg",
    )


def write(network: Any, target: Path) -> None:
    """Write the description to `target` (.xml) and the weights beside it (.bin)."""
    import openvino

    with warnings.catch_warnings():
        # OpenVINO hands Keras its one input in a tuple
        warnings.filterwarnings("ignore", "The structure of `inputs`")
        model = openvino.convert_model(network)
    openvino.serialize(model, target)


def main() -> None:
    name, weights, target = sys.argv[1:]
    write(build(get_backbone(name), Path(weights)), Path(target))


if __name__ == "__main__":
    main()
