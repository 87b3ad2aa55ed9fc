"""The same picture at several sizes, as duplicates are."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from galleries.models import Photo


def copy_of(content: bytes, side: int) -> bytes:
    """The same picture at another size."""
    picture = Image.open(io.BytesIO(content))
    file = io.BytesIO()
    height = side * picture.height // picture.width
    picture.resize((side, height)).save(file, "PNG")
    return file.getvalue()


def keys(photos: Sequence[Photo]) -> list[int]:
    return [photo.pk for photo in photos]
