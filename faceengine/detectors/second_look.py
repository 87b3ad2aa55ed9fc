"""A second look at each face, so that its landmarks are exact enough to align it.

What a network says of a landmark depends a little on the size of the face and on where it lies on
the network's grid. The mean of six answers, on the upright face at three sizes and mirrored, errs
less than the first: with it retail-0095 tells people apart as well as behind the landmarks of
SCRFD, a network ten times the size (2,606 pictures of LFW, docs/models.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.alignment import Points, fit_similarity, warp
from faceengine.detectors.detection import SCORE, Detection, Detector, Floats
from faceengine.detectors.grid import Head
from faceengine.pictures import Image
from faceengine.runtime import Network

#: Pixels between the eyes in the three looks, and the side of the square that is looked at.
SIZES = ((16, 96), (24, 128), (32, 160))
#: Where the landmarks lie on average, in eye distances from the middle of the five.
MEAN_FACE = np.array(
    [(-0.5, -0.49), (0.5, -0.49), (0.0, 0.0), (-0.41, 0.5), (0.42, 0.49)], dtype=np.float64
)
#: A face whose middle is farther from the middle of the square, as a share of its side, is another.
FARTHEST = 0.18
#: Where each landmark of the mirrored face stands in the order of the straight one.
MIRRORED = [1, 0, 2, 4, 3]
#: Squares answered by one run of the network.
BATCH = 16


class SecondLookDetector:
    """What `detector` finds, with landmarks from `network`, which `head` feeds and reads.

    The network must take several pictures at once.
    """

    def __init__(self, detector: Detector, network: Network, head: Head) -> None:
        self._detector = detector
        self._network = network
        self._head = head

    def detect(self, image: Image) -> list[Detection]:
        found = self._detector.detect(image)
        votes: list[list[Points]] = [[] for _ in found]
        for eyes, side in SIZES:
            places = [fit_similarity(face.landmarks, MEAN_FACE * eyes + side / 2) for face in found]
            squares = [warp(image, place, side) for place in places]
            for number, points in self._look(squares):
                votes[number].append(_back(points, places[number]))
        return [_with_landmarks(face, voted) for face, voted in zip(found, votes, strict=True)]

    def _look(self, squares: Sequence[Image]) -> Iterator[tuple[int, Points]]:
        """The landmarks in each square and in its mirror image, unless no face is seen there."""
        both = [view for square in squares for view in (square, square[:, ::-1])]
        for start in range(0, len(both), BATCH):
            part = both[start : start + BATCH]
            batches = [self._head.to_batch(np.ascontiguousarray(view)) for view in part]
            answers = self._network.run(np.concatenate(batches))
            for offset, view in enumerate(part):
                side = view.shape[0]
                one = [answer[offset : offset + 1] for answer in answers]
                points = _best_in_the_middle(self._head.to_rows(one, side), side)
                if points is None:
                    continue
                number, is_mirrored = divmod(start + offset, 2)
                yield number, _unmirrored(points, side) if is_mirrored else points


def _best_in_the_middle(rows: Floats, side: int) -> Points | None:
    points = rows[:, SCORE + 1 :].reshape(-1, 5, 2)
    away = np.abs(points.mean(axis=1) - side / 2).max(axis=1)
    near = np.flatnonzero(away < FARTHEST * side)
    if not near.size:
        return None
    return np.asarray(points[near[rows[near, SCORE].argmax()]], dtype=np.float64)


def _unmirrored(points: Points, side: int) -> Points:
    return np.column_stack([side - 1 - points[:, 0], points[:, 1]])[MIRRORED]


def _back(points: Points, place: NDArray[np.float64]) -> Points:
    """From the square to the picture that it was cut from."""
    inverse = np.asarray(cv2.invertAffineTransform(place))
    return np.asarray(points @ inverse[:, :2].T + inverse[:, 2])


def _with_landmarks(face: Detection, votes: Sequence[Points]) -> Detection:
    if not votes:
        return face
    points = np.mean(votes, axis=0).astype(np.float32)
    return Detection(face.corners, face.score, points, points)
