"""From a whole picture to a vector of what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import cv2
import numpy as np

from faceengine.detectors.detection import Floats
from faceengine.embedders.embedding import run_in_batches, unit_length
from faceengine.pictures import Image
from faceengine.runtime import Network, usable_cores
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.backbones import get_backbone
from faceengine.scenes.loading import load_backbone
from faceengine.weights import WeightStore


class SceneEngine:
    """Describes whole pictures.

    Safe to use from several threads. Load it in the process that uses it: the runtimes below do
    not survive a fork.
    """

    def __init__(
        self,
        backbone: Backbone,
        network: Network,
        size: tuple[int, int],
        *,
        is_scaled: bool = True,
    ) -> None:
        self.backbone = backbone
        self.size = size
        self._network = network
        self._is_scaled = is_scaled

    @property
    def key(self) -> str:
        """That of the backbone, with what was changed of how it was trained."""
        height, width = self.size
        is_usual = self.size == (self.backbone.side, self.backbone.side)
        size = "" if is_usual else f"~{height}x{width}"
        return f"{self.backbone.key}{size}{'' if self._is_scaled else '~unscaled'}"

    @classmethod
    def load(
        cls,
        backbone: str | Backbone,
        weights: WeightStore | None = None,
        threads: int | None = None,
        *,
        size: tuple[int, int] | None = None,
        is_scaled: bool = True,
    ) -> Self:
        """Read the network of a backbone.

        Args: `threads` by default one for each core this process may use. `size` is the height and
        width at which pictures are looked at, by default the side that the backbone was trained
        with. With `is_scaled` false it gets pixels of 0 to 255, whatever it was trained with.
        Vectors can only be compared with those of the same `key`.
        Raises: UnknownBackboneError, WeightError.
        """
        chosen = backbone if isinstance(backbone, Backbone) else get_backbone(backbone)
        size = size or (chosen.side, chosen.side)
        network = load_backbone(chosen, weights or WeightStore(), threads or usable_cores(), size)
        return cls(chosen, network, size, is_scaled=is_scaled)

    def describe(self, images: Sequence[Image]) -> Floats:
        """Vectors of unit length of upright RGB pictures, shape (pictures, dimensions).

        A picture is squeezed into the network's square, so that nothing of it is cut off.
        """
        if not images:
            return np.empty((0, self.backbone.dimensions), dtype=np.float32)
        squeezed = [squeeze(image, self.size) for image in images]
        return unit_length(run_in_batches(self._network, squeezed, self._to_batch))

    def _to_batch(self, squeezed: Sequence[Image]) -> Floats:
        batch = np.stack(squeezed).astype(np.float32)
        if self._is_scaled:
            batch = self.backbone.scaling.apply(batch)
        if not self.backbone.application:
            batch = batch.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(batch)


def squeeze(image: Image, size: tuple[int, int]) -> Image:
    """Scale to a height and width, whatever the picture's own shape."""
    height, width = size
    if image.shape[:2] == size:
        return image
    is_shrinking = image.shape[0] >= height and image.shape[1] >= width
    method = cv2.INTER_AREA if is_shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), dtype=np.uint8)
