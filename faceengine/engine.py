"""From a picture to the faces in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Self, TypeAlias

import numpy as np

from faceengine.catalog import Pack, get_pack
from faceengine.detection import Detection, Detector
from faceengine.embedders import RETAIL_0095, DlibEmbedder, Embedder, WarpedEmbedder
from faceengine.faces import Box, Face, Landmarks
from faceengine.mmod import MmodDetector
from faceengine.pictures import Image
from faceengine.quality import assess
from faceengine.runtime import OnnxNetwork, OpenVinoNetwork, Precision, usable_cores
from faceengine.weights import WeightStore
from faceengine.yunet import YuNetDetector

Parts: TypeAlias = tuple[Detector, Embedder]


class FaceEngine:
    """Finds faces and describes each by a vector.

    Safe to use from several threads. Load it in the process that uses it: the runtimes below do
    not survive a fork.
    """

    def __init__(self, pack: Pack, detector: Detector, embedder: Embedder) -> None:
        self.pack = pack
        self._detector = detector
        self._embedder = embedder

    @classmethod
    def load(
        cls, pack: str, weights: WeightStore | None = None, threads: int | None = None
    ) -> Self:
        """Read the networks of a pack.

        Args: `threads` per network, by default one for each core this process may use.
        Raises: UnknownPackError, WeightError.
        """
        chosen = get_pack(pack)
        build = RECIPES[chosen.recipe]
        return cls(chosen, *build(chosen, weights or WeightStore(), threads or usable_cores()))

    def find_faces(self, image: Image) -> list[Face]:
        """Every face of an upright RGB picture, most certain first."""
        return self.find_faces_in([image])[0]

    def find_faces_in(self, images: Sequence[Image]) -> list[list[Face]]:
        """The same for several pictures; embedding all their faces together is faster."""
        detected = [self._detector.detect(image) for image in images]
        crops = [
            [self._embedder.crop(image, found.anchors) for found in detections]
            for image, detections in zip(images, detected, strict=True)
        ]
        together = [crop for group in crops for crop in group]
        embeddings = iter(self._embedder.embed(together) if together else ())
        return [
            [
                _to_face(image, found, crop, next(embeddings))
                for found, crop in zip(detections, group, strict=True)
            ]
            for image, detections, group in zip(images, detected, crops, strict=True)
        ]


def _to_face(
    image: Image, found: Detection, crop: Image, embedding: np.typing.NDArray[np.float32]
) -> Face:
    height, width = image.shape[:2]
    left, top, right, bottom = (found.corners / (width, height, width, height)).tolist()
    return Face(
        box=Box(left, top, right - left, bottom - top).clipped(),
        landmarks=Landmarks.from_array(found.landmarks / (width, height)),
        score=found.score,
        quality=assess(crop, found.landmarks).overall,
        embedding=embedding,
    )


def _load_yunet_and_retail_0095(pack: Pack, weights: WeightStore, threads: int) -> Parts:
    detector = YuNetDetector(OnnxNetwork(weights.find(pack.file(".onnx")), threads))
    # bf16 halves the time where the processor has it (0.9 instead of 1.7 ms a face); on 2,606 faces
    # the cosine between both answers was 0.9994 or more
    network = OpenVinoNetwork(
        weights.find(pack.file(".xml")), weights.find(pack.file(".bin")), threads, Precision.BF16
    )
    return detector, WarpedEmbedder(network, RETAIL_0095)


def _load_dlib(pack: Pack, weights: WeightStore, threads: int) -> Parts:
    from faceengine.dlib_convert import converted

    shapes, recognition, detection = pack.files
    detector = MmodDetector(
        OnnxNetwork(converted(weights.find(detection), detection, weights.cache), threads),
        weights.find(shapes),
    )
    network = OnnxNetwork(converted(weights.find(recognition), recognition, weights.cache), threads)
    return detector, DlibEmbedder(network)


#: How the files of a pack become a detector and an embedder.
RECIPES: Mapping[str, Callable[[Pack, WeightStore, int], Parts]] = MappingProxyType(
    {"yunet+retail-0095": _load_yunet_and_retail_0095, "dlib": _load_dlib}
)
