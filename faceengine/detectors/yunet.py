"""The YuNet face detector (Wu, Peng, Yu 2023, doi:10.1007/s11633-023-1423-y)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceengine.detectors.detection import Detection, Floats, resize, strongest
from faceengine.pictures import Image
from faceengine.runtime import Network

STRIDES = (8, 16, 32)
#: First output of each kind (class, object, box, points); the three strides follow one another.
KINDS = (0, 3, 6, 9)
#: The longest side, in pixels, at which a picture is searched for small faces.
FINE_SIDE = 1280
#: A second, coarse look finds the face that fills the frame: too large for the network at
#: full size, it lies here in the middle of an empty border.
COARSE_SIDE = 256
MAX_OVERLAP = 0.3


class YuNetDetector:
    """Finds faces of about 10 pixels and more, with eyes, nose and mouth corners.

    Below a score of 0.7 it takes many things for faces that are none.
    """

    def __init__(self, network: Network, min_score: float = 0.7) -> None:
        self._network = network
        self._min_score = min_score

    def detect(self, image: Image) -> list[Detection]:
        longest = max(image.shape[:2])
        fine = self._look(image, min(1.0, FINE_SIDE / longest), border=0)
        coarse = self._look(image, min(1.0, COARSE_SIDE / longest), border=COARSE_SIDE // 2)
        rows = np.concatenate([fine, coarse])
        kept = strongest(rows[:, :4], rows[:, 14], MAX_OVERLAP)
        return [_to_detection(rows[index]) for index in kept]

    def _look(self, image: Image, scale: float, border: int) -> Floats:
        """Run the network on the scaled picture.

        Returns: rows (left, top, right, bottom, ten landmark coordinates, score), in pixels of
        the picture as given.
        """
        small = resize(image, scale)
        rows = self._decode(self._network.run(_to_batch(small, border)), small.shape, border)
        stretch = [image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]]
        rows[:, :14] = (rows[:, :14] - border) * np.array(stretch * 7, dtype=np.float32)
        return rows

    def _decode(self, answers: Sequence[Floats], shape: tuple[int, ...], border: int) -> Floats:
        """Turn the maps of three strides into rows in pixels of the network's input."""
        width = _padded(shape[1] + 2 * border)
        found = [np.empty((0, 15), dtype=np.float32)]
        for level, stride in enumerate(STRIDES):
            certainty, objectness, boxes, points = (answers[level + kind][0] for kind in KINDS)
            scores = np.sqrt(np.clip(certainty[:, 0], 0, 1) * np.clip(objectness[:, 0], 0, 1))
            (strong,) = np.nonzero(scores >= self._min_score)
            row, column = np.divmod(strong, width // stride)
            cells = np.stack([column, row], axis=1).astype(np.float32)
            centres = (boxes[strong, :2] + cells) * stride
            halves = np.exp(boxes[strong, 2:]) * stride / 2
            marks = (points[strong] + np.tile(cells, 5)) * stride
            parts = [centres - halves, centres + halves, marks, scores[strong, None]]
            found.append(np.concatenate(parts, axis=1, dtype=np.float32))
        return np.concatenate(found)


def _padded(pixels: int) -> int:
    """The next multiple of the coarsest stride."""
    return -(-pixels // STRIDES[-1]) * STRIDES[-1]


def _to_batch(image: Image, border: int) -> Floats:
    """BGR 0 to 255, shape (1, 3, height, width), with a black border."""
    height, width = image.shape[:2]
    batch = np.zeros((1, 3, _padded(height + 2 * border), _padded(width + 2 * border)), np.float32)
    batch[0, :, border : border + height, border : border + width] = image[:, :, ::-1].transpose(
        2, 0, 1
    )
    return batch


def _to_detection(row: NDArray[np.float32]) -> Detection:
    points = row[4:14].reshape(5, 2)
    return Detection(corners=row[:4], score=float(row[14]), landmarks=points, anchors=points)
