"""Photographs of 12 megapixels, as a camera writes them, made from the photos of a folder."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as PIL_Image

from faceengine.errors import FaceEngineError
from faceengine.pictures import Image, decode

# beside the checkout, where the tests find them too
_FACES = Path(__file__).resolve().parents[3] / "shared/assets/faces"
DEFAULT_FOLDERS = tuple(_FACES / f"photos_{name}" for name in ("compreface", "deepface", "misc"))
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LONG_SIDE, SHORT_SIDE, QUALITY = 4000, 3000, 90
MOST_FACES = 5


class BenchError(FaceEngineError):
    """There is nothing to measure with."""


def photos_in(folders: Sequence[Path]) -> list[Path]:
    """Raises: BenchError when there are none."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    photos = [path for path in paths if path.suffix.lower() in SUFFIXES]
    if not photos:
        named = ", ".join(str(folder) for folder in folders)
        raise BenchError(f"There are no photos in {named}: name a folder with --photos FOLDER.")
    return photos


def make_camera_photos(
    sources: Sequence[Path], count: int, target: Path, count_faces: Callable[[Image], int]
) -> list[Path]:
    """Write `count` JPEGs of 12 megapixels with 1 to 5 faces to the folder `target`.

    The largest sources are taken, so that little is enlarged, and at most half of them with the
    same number of faces. Raises: BenchError when there are none.
    """
    numbers: Counter[int] = Counter()
    made: list[Path] = []
    for source in sorted(sources, key=_pixels, reverse=True):
        image = _to_twelve_megapixels(decode(source.read_bytes(), max_side=10_000).image)
        faces = count_faces(image)
        if 1 <= faces <= MOST_FACES and numbers[faces] < math.ceil(count / 2):
            numbers[faces] += 1
            made.append(target / f"{len(made):02d}.jpg")
            PIL_Image.fromarray(image).save(made[-1], quality=QUALITY)
        if len(made) == count:
            break
    if not made:
        raise BenchError(
            "No photo with 1 to 5 faces is here: name a folder with --photos FOLDER that has some."
        )
    return made


def _pixels(path: Path) -> int:
    with PIL_Image.open(path) as image:
        return image.width * image.height


def _to_twelve_megapixels(image: Image) -> Image:
    """Cut the middle out at 4:3 or 3:4 and scale it."""
    height, width = image.shape[:2]
    wide, high = (LONG_SIDE, SHORT_SIDE) if width >= height else (SHORT_SIDE, LONG_SIDE)
    scale = max(wide / width, high / height)
    cut_width, cut_height = round(wide / scale), round(high / scale)
    left, top = (width - cut_width) // 2, (height - cut_height) // 2
    middle = image[top : top + cut_height, left : left + cut_width]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(middle, (wide, high), interpolation=method), dtype=np.uint8)
