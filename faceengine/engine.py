"""From a picture to the faces in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np

from faceengine.catalog import get_pack
from faceengine.detectors.detection import Detection, Detector, Floats
from faceengine.detectors.loading import load_detector
from faceengine.embedders.embedding import Embedder, unit_length
from faceengine.embedders.loading import load_embedder
from faceengine.faces import Box, Face, Landmarks
from faceengine.given_boxes import GUESSED, UNSEEN, estimate_in_box, find_in_box
from faceengine.packs import Pack
from faceengine.pictures import Image
from faceengine.quality import assess, certainty
from faceengine.runtime import usable_cores
from faceengine.weights import WeightStore


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
        weights, threads = weights or WeightStore(), threads or usable_cores()
        return cls(
            chosen,
            load_detector(chosen.detector, weights, threads),
            load_embedder(chosen.embedder, weights, threads),
        )

    def find_faces(self, image: Image) -> list[Face]:
        """Every face of an upright RGB picture, most certain first."""
        return self.find_faces_in([image])[0]

    def find_faces_in(self, images: Sequence[Image]) -> list[list[Face]]:
        """The same for several pictures; embedding all their faces together is faster."""
        return self._describe(images, [self._detector.detect(image) for image in images])

    def describe(self, image: Image, boxes: Sequence[Box]) -> list[Face]:
        """The faces in boxes that somebody drew in an upright RGB picture, in their order.

        A face keeps the box as it was drawn. One that the detector does not see even there is
        aligned by where landmarks lie on average; its score is -1, and it is weak.
        """
        found = [
            find_in_box(self._detector, image, box) or estimate_in_box(image, box) for box in boxes
        ]
        (faces,) = self._describe([image], [found])
        # exactly as given: what went through pixels is rounded
        return [replace(face, box=box) for face, box in zip(faces, boxes, strict=True)]

    def _describe(
        self, images: Sequence[Image], detected: Sequence[Sequence[Detection]]
    ) -> list[list[Face]]:
        crops = [
            [self._views_of(image, found) for found in detections]
            for image, detections in zip(images, detected, strict=True)
        ]
        embeddings = iter(self._embed([views for group in crops for views in group]))
        return [
            [
                _to_face(image, found, straight, next(embeddings), self._certainty(found))
                for found, (straight, *_) in zip(detections, group, strict=True)
            ]
            for image, detections, group in zip(images, detected, crops, strict=True)
        ]

    def _views_of(self, image: Image, found: Detection) -> list[Image]:
        points = self._points_of(found)
        return [self._embedder.crop(image, points, view) for view in self.pack.averaging.views]

    def _embed(self, faces: Sequence[Sequence[Image]]) -> Floats:
        """One vector for each face from all its views, shape (faces, dimensions)."""
        if not faces:
            return np.empty((0, self.pack.dimensions), dtype=np.float32)
        vectors = self._embedder.embed([view for views in faces for view in views])
        return unit_length(vectors.reshape(len(faces), -1, vectors.shape[1]).mean(axis=1))

    def _certainty(self, found: Detection) -> float:
        if found.score == UNSEEN:
            return GUESSED
        return certainty(self.pack.detector.name, found.score)

    def _points_of(self, found: Detection) -> np.typing.NDArray[np.float32]:
        return found.anchors if self.pack.embedder.wants_dlib_points else found.landmarks


def _to_face(
    image: Image,
    found: Detection,
    crop: Image,
    embedding: np.typing.NDArray[np.float32],
    sure: float,
) -> Face:
    height, width = image.shape[:2]
    left, top, right, bottom = (found.corners / (width, height, width, height)).tolist()
    quality = assess(crop, found.landmarks, (height, width), sure)
    return Face(
        box=Box(left, top, right - left, bottom - top).clipped(),
        landmarks=Landmarks.from_array(found.landmarks / (width, height)),
        score=found.score,
        quality=quality.overall,
        embedding=embedding,
        weakness=quality.weakness,
    )
