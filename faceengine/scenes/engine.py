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
from faceengine.scenes.backbones import Backbone, get_backbone
from faceengine.scenes.loading import load_backbone
from faceengine.weights import WeightStore


class SceneEngine:
    """Describes whole pictures.

    Safe to use from several threads. Load it in the process that uses it: the runtimes below do
    not survive a fork.
    """

    def __init__(self, backbone: Backbone, network: Network) -> None:
        self.backbone = backbone
        self._network = network

    @classmethod
    def load(
        cls,
        backbone: str | Backbone,
        weights: WeightStore | None = None,
        threads: int | None = None,
    ) -> Self:
        """Read the network of a backbone.

        Args: `threads` by default one for each core this process may use.
        Raises: UnknownBackboneError, WeightError.
        """
        chosen = backbone if isinstance(backbone, Backbone) else get_backbone(backbone)
        network = load_backbone(chosen, weights or WeightStore(), threads or usable_cores())
        return cls(chosen, network)

    def describe(self, images: Sequence[Image]) -> Floats:
        """Vectors of unit length of upright RGB pictures, shape (pictures, dimensions).

        A picture is squeezed to a square, so that nothing of it is cut off.
        """
        if not images:
            return np.empty((0, self.backbone.dimensions), dtype=np.float32)
        squares = [_squeeze(image, self.backbone.side) for image in images]
        return unit_length(run_in_batches(self._network, squares, self._to_batch))

    def _to_batch(self, squares: Sequence[Image]) -> Floats:
        batch = np.stack(squares).astype(np.float32)
        if self.backbone.application:
            return batch
        batch -= np.float32(self.backbone.mean)
        batch /= np.float32(self.backbone.scale)
        return np.ascontiguousarray(batch.transpose(0, 3, 1, 2))


def _squeeze(image: Image, side: int) -> Image:
    is_shrinking = min(image.shape[:2]) >= side
    method = cv2.INTER_AREA if is_shrinking else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (side, side), interpolation=method), dtype=np.uint8)
