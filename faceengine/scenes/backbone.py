"""What a backbone is: a network that describes a whole picture by a vector."""

from __future__ import annotations

from dataclasses import dataclass

from faceengine.packs import WeightFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Backbone:
    """A network trained on ImageNet, without its top, with global average pooling.

    It is given squares of `side` pixels. One of Keras names its class in `application`, and its
    own preprocessing becomes a part of the network. To any other a pixel of 0 to 255 is given as
    (pixel - mean) / scale, channels first. `version` changes with whatever changes its vectors,
    which can only be compared with vectors of the same `key`.
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
    mean: float = 0.0
    scale: float = 1.0

    @property
    def key(self) -> str:
        """The model version to record beside every vector."""
        return f"{self.name}-{self.version}"
