"""Pictures made harder: turned, dark, covered, small. The same for every pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import cv2
import numpy as np

from faceengine.detectors.detection import Detection, Floats, resize
from faceengine.detectors.turned import turn
from faceengine.pictures import Image

#: What is left of the light in the dark, and the standard deviation of the noise, of 255 shades.
LIGHT, NOISE = 0.08, 2.0
#: The colour of the masks that are painted over mouth and nose.
CLOTH = (170, 200, 225)
#: The photo in which shrunk faces lie, in pixels, and its shade.
LARGE_WIDTH, LARGE_HEIGHT, GREY = 2048, 1536, 120


@dataclass(frozen=True, slots=True)
class Marked:
    """A face whose nose is known, as (x, y) in pixels, and all of it, if it was found."""

    nose: Floats
    face: Detection | None


@dataclass(frozen=True, slots=True)
class View:
    """A picture and the noses that are to be found in it, shape (n, 2)."""

    image: Image
    noses: Floats


@dataclass(frozen=True, slots=True)
class Scene:
    """A photo with all its faces."""

    image: Image
    faces: Sequence[Marked]

    @property
    def whole(self) -> View:
        return View(self.image, _noses_of(self.faces))

    @property
    def found(self) -> list[tuple[Marked, Detection]]:
        return [(marked, marked.face) for marked in self.faces if marked.face]


def mark(image: Image, noses: Floats | None, found: Sequence[Detection]) -> Scene:
    """Join noses, in pixels of this picture, with the faces found; without noses these count."""
    if noses is None:
        return Scene(image, [Marked(face.landmarks[2], face) for face in found])
    return Scene(image, [Marked(nose, _around(nose, found)) for nose in noses])


def is_in(point: Floats, corners: Floats) -> bool:
    """Whether a point (x, y) lies in a box (left, top, right, bottom)."""
    return bool((corners[:2] <= point).all() and (point <= corners[2:]).all())


def _around(nose: Floats, found: Sequence[Detection]) -> Detection | None:
    """The face whose own nose is nearest, of those whose box this one lies in."""
    around = [face for face in found if is_in(nose, face.corners)]
    return min(
        around, key=lambda face: float(np.linalg.norm(face.landmarks[2] - nose)), default=None
    )


def _noses_of(faces: Sequence[Marked]) -> Floats:
    return np.array([marked.nose for marked in faces], dtype=np.float32).reshape(-1, 2)


def _turned(scene: Scene, quarters: int) -> list[View]:
    noses, (height, width) = scene.whole.noses, scene.image.shape[:2]
    for _ in range(quarters):
        noses = np.stack([noses[:, 1], width - noses[:, 0]], axis=1)
        height, width = width, height
    return [View(turn(scene.image, quarters), noses)]


def _without_colours(scene: Scene) -> list[View]:
    grey = cv2.cvtColor(scene.image, cv2.COLOR_RGB2GRAY)
    return [View(np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8), scene.whole.noses)]


def _dark(scene: Scene) -> list[View]:
    noise = np.random.default_rng(0).normal(0, NOISE, scene.image.shape)
    dark = np.clip(scene.image * LIGHT + noise, 0, 255).astype(np.uint8)
    return [View(dark, scene.whole.noses)]


def _painted(scene: Scene, paint: Callable[[Image, Detection], None]) -> list[View]:
    image = scene.image.copy()
    for _, face in scene.found:
        paint(image, face)
    return [View(image, _noses_of([marked for marked, _ in scene.found]))]


def _paint_mask(image: Image, face: Detection) -> None:
    """From the bridge of the nose to below the chin, wide as the face."""
    left, _, right, bottom = face.corners
    eyes = _eye_distance(face)
    (nose_x, nose_y), (mouth_x, mouth_y) = face.landmarks[2], face.landmarks[3:].mean(axis=0)
    outline = [
        (left + 0.02 * eyes, nose_y - 0.1 * eyes),
        (nose_x, nose_y - 0.25 * eyes),
        (right - 0.02 * eyes, nose_y - 0.1 * eyes),
        (right - 0.15 * eyes, mouth_y + 0.35 * eyes),
        (mouth_x, bottom + 0.05 * eyes),
        (left + 0.15 * eyes, mouth_y + 0.35 * eyes),
    ]
    cv2.fillPoly(image, [np.array(outline, dtype=np.int32)], CLOTH)


def _paint_bar(image: Image, face: Detection) -> None:
    left, right = face.landmarks[:2]
    beyond = 0.6 * (right - left)
    ends = [[int(part) for part in end] for end in (left - beyond, right + beyond)]
    cv2.line(image, ends[0], ends[1], (0, 0, 0), max(3, int(0.45 * _eye_distance(face))))


def _eye_distance(face: Detection) -> float:
    return float(np.linalg.norm(face.landmarks[1] - face.landmarks[0]))


def _shrunk(scene: Scene, width: int) -> list[View]:
    """The photo in a corner of a large one, its faces of this median width; nothing is enlarged."""
    widths = [face.corners[2] - face.corners[0] for _, face in scene.found]
    scale = width / float(np.median(widths)) if widths else 2.0
    if scale > 1:
        return []
    small = resize(scene.image, scale)
    rows, columns = small.shape[:2]
    large = np.full((max(LARGE_HEIGHT, rows), max(LARGE_WIDTH, columns), 3), GREY, dtype=np.uint8)
    large[:rows, :columns] = small
    return [View(large, scene.whole.noses * np.float32(scale))]


def _filling(scene: Scene) -> list[View]:
    return [_close_up(scene.image, marked, face) for marked, face in scene.found]


def _close_up(image: Image, marked: Marked, face: Detection) -> View:
    """What of a square around the face lies in the picture."""
    side = float((face.corners[2:] - face.corners[:2]).max())
    middle = (face.corners[:2] + face.corners[2:]) / 2
    left, top = (max(0, round(float(edge))) for edge in middle - side / 2)
    right, bottom = (round(float(edge)) for edge in middle + side / 2)
    cut = np.ascontiguousarray(image[top : bottom + 1, left : right + 1])
    return View(cut, (marked.nose - (left, top))[None])


#: A face of which nothing but the nose is known is missing where faces are painted over or cut out.
TRIALS: Mapping[str, Callable[[Scene], list[View]]] = MappingProxyType(
    {
        "turned by 90°": partial(_turned, quarters=1),
        "turned by 180°": partial(_turned, quarters=2),
        "turned by 270°": partial(_turned, quarters=3),
        "in black and white": _without_colours,
        f"at {LIGHT * 100:.0f} % of the light": _dark,
        "lower half covered": partial(_painted, paint=_paint_mask),
        "bar over the eyes": partial(_painted, paint=_paint_bar),
        "filling the frame": _filling,
        **{
            f"{width} pixels wide in {LARGE_WIDTH:,}": partial(_shrunk, width=width)
            for width in (16, 24, 40)
        },
    }
)
