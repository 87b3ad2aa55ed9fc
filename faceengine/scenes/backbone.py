"""What a backbone is: a network that describes a whole picture by a vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceengine.detectors.detection import Floats
from faceengine.packs import WeightFile
from faceengine.runtime import Precision


@dataclass(frozen=True, slots=True)
class Scaling:
    """How a network wants its pixels: (pixel - mean) / deviation, channels in its own order."""

    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    is_bgr: bool = False

    def apply(self, pixels: Floats) -> Floats:
        """Args: RGB 0 to 255, shape (n, height, width, 3), which may be changed in place."""
        if self.is_bgr:
            pixels = pixels[..., ::-1]
        if any(self.mean):
            pixels -= np.array(self.mean, dtype=np.float32)
        if self.deviation != (1.0, 1.0, 1.0):
            pixels /= np.array(self.deviation, dtype=np.float32)
        return pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A network trained on ImageNet, without its top, with global average pooling.

    It was trained on squares of `side` pixels. One of Keras names its class in `application`, and
    is given its channels last; any other is an ONNX file, is given them first, and says in which
    `precision` it stays exact (of a network of Keras that is tried when it is converted).
    `version` changes with whatever changes its vectors, which can only be compared with vectors of
    the same `key`.
    """

    name: str
    title: str
    licence: str
    files: tuple[WeightFile, ...]
    dimensions: int
    side: int = 224
    version: str = "1"
    is_free: bool = True
    application: str = ""
    scaling: Scaling = Scaling()
    precision: Precision = Precision.F32

    @property
    def key(self) -> str:
        """The model version to record beside every vector."""
        return f"{self.name}-{self.version}"
