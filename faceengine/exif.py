"""What the camera wrote beside the picture. Every field may be missing or nonsense."""

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image, TiffImagePlugin

from faceengine.places import Place

CAMERA_MAX_LENGTH = 100
# of a degree: 11 cm, which is finer than any camera measures
PLACE_DECIMALS = 6

# What Pillow's EXIF reader raises on bytes that only look like EXIF.
_BROKEN_EXIF = (
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    OSError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class CameraNotes:
    orientation: int  # 1 to 8 as in EXIF; 1 is upright
    taken_at: datetime | None  # naive: the camera's local time
    camera: str  # "Make Model", or ""
    place: Place | None = None


def read_camera_notes(image: Image.Image) -> CameraNotes:
    """Read EXIF (or the orientation in XMP) from a loaded image.

    Only after `image.load()`: TIFF is turned upright by Pillow while it loads, and PNG may
    keep its EXIF behind the pixels.
    """
    try:
        exif = image.getexif()
    except _BROKEN_EXIF:
        return CameraNotes(orientation=1, taken_at=None, camera="")
    orientation = _value(exif, ExifTags.Base.Orientation)
    return CameraNotes(
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        taken_at=_parse_date(
            _value(_part(exif, ExifTags.IFD.Exif), ExifTags.Base.DateTimeOriginal)
        ),
        camera=_name_camera(_value(exif, ExifTags.Base.Make), _value(exif, ExifTags.Base.Model)),
        place=_parse_place(_part(exif, ExifTags.IFD.GPSInfo)),
    )


def read_orientation_before_load(image: Image.Image) -> int | None:
    """The orientation of a picture that is turned upright, and loses it, while it loads.

    None for all other formats, whose `read_camera_notes` tell it afterwards.
    """
    orientation = image.info.get("original_orientation")  # by pillow_heif
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        orientation = _value(image.tag_v2, ExifTags.Base.Orientation)
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else None


def _part(exif: Image.Exif, ifd: ExifTags.IFD) -> dict[int, object]:
    try:
        return dict(exif.get_ifd(ifd))
    except _BROKEN_EXIF:
        return {}


def _value(exif: Mapping[int, object], tag: int) -> object:
    try:
        return exif.get(tag)
    except _BROKEN_EXIF:
        return None


def _parse_date(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    # cameras disagree on the separators, never on the order
    numbers = re.findall(r"[0-9]{1,4}", value)[:6]
    if len(numbers) < 6:
        return None
    year, month, day, hour, minute, second = map(int, numbers)
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - no zone in EXIF
    except ValueError:  # "0000:00:00 00:00:00" is what a camera without a set clock writes
        return None


def _parse_place(gps: Mapping[int, object]) -> Place | None:
    try:
        latitude = _to_degrees(
            _value(gps, ExifTags.GPS.GPSLatitude), _value(gps, ExifTags.GPS.GPSLatitudeRef), "NS"
        )
        longitude = _to_degrees(
            _value(gps, ExifTags.GPS.GPSLongitude), _value(gps, ExifTags.GPS.GPSLongitudeRef), "EW"
        )
        place = Place(latitude, longitude)
    except _BROKEN_EXIF:
        return None
    # off the coast of Ghana: what a camera writes that does not know where it is
    return None if place == Place(0.0, 0.0) else place


def _to_degrees(parts: object, side: object, sides: str) -> float:
    """Degrees, minutes and seconds; of the two sides the second is negative.

    Raises: ValueError.
    """
    towards = _clean(side).upper()
    if not isinstance(parts, Sequence) or len(parts) != 3 or towards not in (*sides,):
        raise ValueError("no angle")
    degrees, minutes, seconds = (float(part) for part in parts)
    angle = round(degrees + minutes / 60 + seconds / 3600, PLACE_DECIMALS)
    if not angle >= 0:  # which no NaN is
        raise ValueError("no angle")
    return -angle if towards == sides[1] else angle


def _name_camera(make: object, model: object) -> str:
    maker, name = _clean(make), _clean(model)
    if name.lower().startswith(maker.lower()):  # "Canon" "Canon EOS 5D"
        maker = ""
    return f"{maker} {name}".strip()[:CAMERA_MAX_LENGTH].rstrip()


def _clean(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = value.split("\0", 1)[0]  # EXIF strings end at NUL; what follows is left-over memory
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
