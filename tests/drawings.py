"""Pictures and an engine for tests that are not about faces: every coloured square is a face."""

import io
import itertools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PIL_Image
from PIL import ImageDraw

from faceengine.faces import Box, Face, Landmarks, Weakness
from faceengine.pictures import Image

COLOURS = {
    "red": (220, 0, 0),
    "green": (0, 200, 0),
    "blue": (0, 0, 220),
    "yellow": (220, 200, 0),
    "violet": (200, 0, 200),
}
CELL = 100
Embedding: TypeAlias = NDArray[np.float32]
_serial = itertools.count()


def draw(*colours: str) -> bytes:
    """A PNG with a square a colour, side by side; no two calls give the same file."""
    picture = PIL_Image.new("RGB", (max(len(colours), 1) * CELL, CELL), "white")
    pen = ImageDraw.Draw(picture)
    for place, colour in enumerate(colours):
        left = place * CELL + 20
        pen.rectangle((left, 20, left + 59, 79), fill=COLOURS[colour])
    serial = next(_serial)
    picture.putpixel((0, 0), (250, 240 + serial // 256 % 16, serial % 256))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


class DrawingSceneEngine:
    """Stands in for `SceneEngine`: sees how much of which colour there is, and not where."""

    def __init__(self, dimensions: int = 1280) -> None:
        self.dimensions = dimensions

    def describe(self, images: Sequence[Image]) -> Embedding:
        vectors = np.zeros((len(images), self.dimensions), np.float32)
        for vector, image in zip(vectors, images, strict=True):
            pixels = image.reshape(-1, 3).astype(int)
            for place, known in enumerate(COLOURS.values()):
                vector[place] = (np.abs(pixels - known).sum(axis=1) < 60).mean()
            vector[len(COLOURS)] = 0.1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


class DrawingEngine:
    """Stands in for `FaceEngine`: finds the squares of `draw`, embeds them by colour.

    A test that wants weak faces sets the two class attributes for a while.
    """

    weakness: Weakness | None = None
    quality = 0.9

    def __init__(self, dimensions: int = 256) -> None:
        self.dimensions = dimensions

    def find_faces(self, image: Image) -> list[Face]:
        cells = image.shape[1] // CELL
        centres = [(place, image[CELL // 2, place * CELL + CELL // 2]) for place in range(cells)]
        return [
            self._to_face(place, cells, colour)
            for place, colour in centres
            if tuple(colour) != (255,) * 3
        ]

    def find_faces_in(self, images: Sequence[Image]) -> list[list[Face]]:
        return [self.find_faces(image) for image in images]

    def describe(self, image: Image, boxes: Sequence[Box]) -> list[Face]:
        """By the colour in the middle of each box."""
        return [self._describe_one(image, box) for box in boxes]

    def _describe_one(self, image: Image, box: Box) -> Face:
        height, width = image.shape[:2]
        x, y = box.centre
        colour = image[min(int(y * height), height - 1), min(int(x * width), width - 1)]
        return Face(
            box=box,
            landmarks=Landmarks((x, y), (x, y), (x, y), (x, y), (x, y)),
            score=0.8,
            quality=self.quality,
            embedding=self._embed(colour),
            weakness=self.weakness,
        )

    def _to_face(self, place: int, cells: int, colour: Image) -> Face:
        left, width = (place + 0.2) / cells, 0.6 / cells
        right, middle = left + width, left + width / 2
        return Face(
            box=Box(left, 0.2, width, 0.6),
            landmarks=Landmarks(
                (left, 0.4), (right, 0.4), (middle, 0.5), (left, 0.7), (right, 0.7)
            ),
            score=0.9,
            quality=self.quality,
            embedding=self._embed(colour),
            weakness=self.weakness,
        )

    def _embed(self, colour: Image) -> Embedding:
        embedding = np.zeros(self.dimensions, np.float32)
        distances = [np.abs(colour.astype(int) - known).sum() for known in COLOURS.values()]
        embedding[int(np.argmin(distances))] = 1.0
        return embedding
