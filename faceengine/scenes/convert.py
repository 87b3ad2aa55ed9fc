"""`python -m faceengine.scenes.convert BACKBONE WEIGHTS TARGET`: Keras → OpenVINO's own format.

Prints the arithmetic with which the network is to be served. Started by
`faceengine.scenes.conversion`, which says why this is a process of its own.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from faceengine.command_line import say
from faceengine.embedders.embedding import unit_length
from faceengine.runtime import OpenVinoNetwork, Precision, usable_cores
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.backbones import get_backbone
from faceengine.scenes.probes import draw_probes

#: Pictures that a network is tried with, and the least cosine between both kinds of arithmetic
#: with which the faster one is taken. On drawn pictures it is about what it is on photographs
#: (docs/models.md).
PROBES, EXACT = 12, 0.9995


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


def choose_precision(backbone: Backbone, written: Path) -> Precision:
    """BF16 takes two thirds of the time of F32, and spoils some networks."""
    probes = np.stack(draw_probes(PROBES, backbone.side)).astype(np.float32)
    batch = np.ascontiguousarray(backbone.scaling.apply(probes))
    exact, fast = (
        unit_length(OpenVinoNetwork(written, None, usable_cores(), precision).run(batch)[0])
        for precision in (Precision.F32, Precision.BF16)
    )
    return Precision.BF16 if (exact * fast).sum(axis=1).min() >= EXACT else Precision.F32


def main() -> None:
    name, weights, target = sys.argv[1:]
    backbone = get_backbone(name)
    write(build(backbone, Path(weights)), Path(target))
    say(choose_precision(backbone, Path(target)).value)


if __name__ == "__main__":
    main()
