"""What goes through the pipes between `faceengine.guard_process` and `faceengine.guard_child`.

A frame, in both directions: `LENGTHS`, a JSON header, raw bytes. The bytes are the file on the way
in and the pixels on the way out. No pickle: a child that was taken over must stay harmless.
"""

import struct
from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime

import numpy as np

from faceengine.faces import Box
from faceengine.pictures import Image, Picture, PictureError, Reason
from faceengine.places import Place
from faceengine.xmp import MAX_NAME, MAX_REGIONS, NamedRegion

LENGTHS = struct.Struct("!II")  # bytes of JSON, bytes after it
HEADER_LIMIT = 640 * 1024  # the longest names, with all letters escaped, take 520 kB
READY = b"ready\n"  # the first thing that a child says

Header = Mapping[str, object]


def describe_picture(picture: Picture) -> dict[str, object]:
    height, width = picture.image.shape[:2]
    return {
        "shape": [height, width],
        "width": picture.width,
        "height": picture.height,
        "media_type": picture.media_type,
        "taken_at": picture.taken_at.isoformat() if picture.taken_at else "",
        "camera": picture.camera,
        "place": list(astuple(picture.place)) if picture.place else [],
        "names": [[item.name, astuple(item.box), astuple(item.unturned)] for item in picture.names],
    }


def describe_error(error: PictureError) -> dict[str, object]:
    return {"reason": error.reason}


def raise_error(header: Header) -> None:
    """Raises: PictureError if the header tells of one; ValueError for a reason nobody knows."""
    match header:
        case {"reason": str(reason)}:
            raise PictureError(Reason(reason))


def make_room(header: Header, pixel_bytes: int, max_side: int) -> Image:
    """Make an empty image of the announced size.

    Raises: ValueError if it is not a size that was asked for.
    """
    match header:
        case {"shape": [int(height), int(width)]} if (
            0 < height <= max_side and 0 < width <= max_side and height * width * 3 == pixel_bytes
        ):
            return np.empty((height, width, 3), np.uint8)
    raise ValueError("the pixels announced are not the picture asked for")


def build_picture(header: Header, image: Image) -> Picture:
    """Raises: ValueError if the header is incomplete."""
    match header:
        case {
            "width": int(width),
            "height": int(height),
            "media_type": str(media_type),
            "taken_at": str(taken_at),
            "camera": str(camera),
            "place": [*place],
            "names": [*names],
        } if len(names) <= MAX_REGIONS:
            date = datetime.fromisoformat(taken_at) if taken_at else None
            regions = tuple(_build_region(item) for item in names)
            found = _build_place(place)
            return Picture(image, width, height, media_type, date, camera, regions, found)
    raise ValueError("the header of a picture is incomplete")


def _build_region(item: object) -> NamedRegion:
    match item:
        case [str(name), box, unturned] if len(name) <= MAX_NAME:
            return NamedRegion(name, _build_box(box), _build_box(unturned))
    raise ValueError("a name is longer than any that is read")


def _build_place(degrees: list[object]) -> Place | None:
    match degrees:
        case []:
            return None
        case [float(latitude), float(longitude)]:
            return Place(latitude, longitude)
    raise ValueError("a place is no pair of degrees")


def _build_box(sides: object) -> Box:
    match sides:
        case [float(left), float(top), float(width), float(height)]:
            box = Box(left, top, width, height)
            if all(0 <= side <= 1 for side in astuple(box)):  # which no NaN is
                return box
    raise ValueError("a name stands where no face can be")
