"""Pictures with boxes and landmarks drawn on them, to be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PIL_Image
from PIL import ImageDraw, ImageFont

from faceengine.command_line import explain
from faceengine.errors import FaceEngineError
from faceengine.faces import Face
from faceengine.pictures import Image

BOX, OUTLINE = (0, 255, 90), (0, 0, 0)
#: Left eye, right eye (of the picture), nose, left and right mouth corner: a turned or mirrored
#: face shows by its colours.
POINTS = ((255, 230, 0), (0, 200, 255), (255, 60, 60), (255, 140, 0), (170, 90, 255))


class DrawingError(FaceEngineError):
    """The folder for the drawings cannot be made."""


def draw_faces(image: Image, faces: Sequence[Face]) -> Image:
    """A copy with a box, five coloured points, and score and quality for every face."""
    picture = PIL_Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    for face in faces:
        _draw_face(pen, face, picture.size)
    return np.array(picture)


def _draw_face(pen: ImageDraw.ImageDraw, face: Face, size: tuple[int, int]) -> None:
    width, height = size
    box, line = face.box, max(1, round(max(size) / 600))
    left, top = box.left * width, box.top * height
    right, bottom = left + box.width * width, top + box.height * height
    pen.rectangle((left, top, right, bottom), outline=BOX, width=line)
    radius = max(1.0, (right - left) / 30)
    for (x, y), colour in zip(face.landmarks.to_array() * size, POINTS, strict=True):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    font = ImageFont.load_default(max(9.0, (right - left) / 8))
    words = f"{face.score:.2f} · {face.quality:.2f}"
    pen.text((left, bottom), words, BOX, font, stroke_width=line, stroke_fill=OUTLINE)


def places_of_drawings(photos: Sequence[Path], folder: Path) -> list[Path]:
    """`beach.jpg.png` for `beach.jpg`, and `beach.jpg.2.png` for the second photo of that name.

    Raises: DrawingError when there can be no such folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DrawingError(f"No drawings can be written to {folder}: {explain(error)}") from error
    seen: Counter[str] = Counter()
    places = []
    for photo in photos:
        seen[photo.name] += 1
        number = f".{seen[photo.name]}" if seen[photo.name] > 1 else ""
        places.append(folder / f"{photo.name}{number}.png")
    return places


def save_drawing(image: Image, faces: Sequence[Face], place: Path) -> None:
    """Raises: OSError."""
    PIL_Image.fromarray(draw_faces(image, faces)).save(place)
