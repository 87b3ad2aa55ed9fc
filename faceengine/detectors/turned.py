"""Pictures that lie on their side or stand on their head, without a note of it in the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from faceengine.detectors.detection import (
    Detection,
    Floats,
    GlancingDetector,
    resize,
    strongest,
)
from faceengine.pictures import Image

#: The longest side, in pixels, of the pictures that are turned for a glance.
QUICK_SIDE = 960
#: Faces found in two directions are one when their boxes overlap by more than this.
MAX_OVERLAP = 0.3


#: How sure it is that the faces found in a picture are faces, and upright: any scale, 0 if none.
Rate = Callable[[Image, Sequence[Detection]], float]


def top_score(_image: Image, found: Sequence[Detection]) -> float:
    """The rate of detectors that score a turned face lower."""
    return found[0].score if found else 0.0


@dataclass(frozen=True, slots=True)
class Certainty:
    """How the faces of a picture are rated, and what a rate says.

    `upright`: hardly any face seen sideways or upside down is rated so high. `turned`: hardly
    anything that is no face is rated so high in a picture that was turned. `finds_turned`: what
    the detector found may as well be turned, so that this is rated in each direction; only a
    picture in which it found nothing gets glances.
    """

    upright: float
    turned: float
    rate: Rate = top_score
    finds_turned: bool = False

    def is_likely(self, image: Image, face: Detection) -> bool:
        """Whether a face may stay where others were found in another direction."""
        return self.rate(image, [face]) > self.turned


class TurningDetector:
    """Tries the picture turned by 90°, 180° and 270° when no upright face in it is certain.

    Detectors do see faces that are turned, but put the landmarks where those of an upright face
    would be: to find is not enough. The turned pictures get a glance each, unless the faces found
    already can be rated in them; only the direction that wins, rated better than upright, is
    searched thoroughly. A picture with one certain face costs nothing more, even if others in it
    are turned.
    """

    def __init__(self, detector: GlancingDetector, certainty: Certainty) -> None:
        self._detector = detector
        self._certainty = certainty

    def detect(self, image: Image) -> list[Detection]:
        upright = self._detector.detect(image)
        rate = self._certainty.rate(image, upright)
        if rate >= self._certainty.upright:
            return upright
        quarters = self._better_turn(image, upright, max(rate, self._certainty.turned))
        if not quarters:
            return upright
        found = self._detector.detect(turn(image, quarters))
        height, width = image.shape[:2]
        kept = [face for face in upright if self._certainty.is_likely(image, face)]
        return _best([*(turn_back(face, quarters, width, height) for face in found), *kept])

    def _better_turn(self, image: Image, upright: Sequence[Detection], least: float) -> int:
        """The quarters by which the picture shows faces rated better than `least`, or 0."""
        rate, rates = self._certainty.rate, {0: least}
        small = resize(image, min(1.0, QUICK_SIDE / max(image.shape[:2])))
        for quarters in (1, 2, 3):
            if upright and self._certainty.finds_turned:
                turned = turn(image, quarters)
                height, width = turned.shape[:2]
                found = [turn_back(face, 4 - quarters, width, height) for face in upright]
            else:
                turned = turn(small, quarters)
                found = self._detector.glance(turned)
            rates[quarters] = rate(turned, found)
        return max(rates, key=lambda quarters: rates[quarters])


def turn(image: Image, quarters: int) -> Image:
    """Counterclockwise by so many quarters of a full turn."""
    return np.ascontiguousarray(np.rot90(image, quarters))


def turn_back(found: Detection, quarters: int, width: int, height: int) -> Detection:
    """A face of the turned picture in pixels of the picture before, of the size given."""
    ends = _points_back(found.corners.reshape(2, 2), quarters, width, height)
    return Detection(
        corners=np.concatenate([ends.min(axis=0), ends.max(axis=0)]),
        score=found.score,
        landmarks=_points_back(found.landmarks, quarters, width, height),
        anchors=_points_back(found.anchors, quarters, width, height),
    )


def _points_back(points: Floats, quarters: int, width: int, height: int) -> Floats:
    x, y = points[:, 0], points[:, 1]
    back = {1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[quarters]
    return np.stack(back, axis=1).astype(np.float32)


def _best(found: list[Detection]) -> list[Detection]:
    corners = np.array([face.corners for face in found], dtype=np.float32).reshape(-1, 4)
    scores = np.array([face.score for face in found], dtype=np.float32)
    return [found[index] for index in strongest(corners, scores, MAX_OVERLAP)]
