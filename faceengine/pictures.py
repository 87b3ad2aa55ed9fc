"""Bytes that a user sent → an upright RGB picture, or a reason why not.

Trust nothing here but the content: names and declared types lie. `decode` works in the calling
process; for files from strangers use `faceengine.guard.Guard`, which runs it in a child.
"""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image as PIL_Image
from PIL import ImageFile, TiffImagePlugin

from faceengine import colours
from faceengine.errors import PictureError, Reason
from faceengine.exif import read_camera_notes, read_orientation_before_load
from faceengine.places import Place
from faceengine.xmp import NamedRegion, read_named_regions

if TYPE_CHECKING:
    from faceengine.faces import Box

__all__ = [
    "MAX_PIXELS",
    "Image",
    "Picture",
    "PictureError",
    "Reason",
    "crop_face",
    "decode",
    "refuse_by_head",
    "to_jpeg",
    "to_webp",
]

Image: TypeAlias = NDArray[np.uint8]  # RGB, shape (height, width, 3)

# by the header; phones reach 108 million, and each pixel takes 4 bytes once decoded
MAX_PIXELS = 128_000_000

# "JPEG" also stands for MPO, the JPEG with a second picture behind it that phones write
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "TIFF", "BMP")
_MEDIA_TYPE_ALIASES = {"image/mpo": "image/jpeg", "image/apng": "image/png"}

_TURNS = {
    2: PIL_Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL_Image.Transpose.ROTATE_180,
    4: PIL_Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL_Image.Transpose.TRANSPOSE,
    6: PIL_Image.Transpose.ROTATE_270,
    7: PIL_Image.Transpose.TRANSVERSE,
    8: PIL_Image.Transpose.ROTATE_90,
}

# What Pillow's decoders raise on bad input, as met in fuzzing and in their sources.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
    zlib.error,
)

_BOMBS = (PIL_Image.DecompressionBombError, PIL_Image.DecompressionBombWarning)

# Wide enough for all that Pillow would open: `refuse_by_head` must not refuse a good picture.
_ACCEPTED_HEAD = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8[79]a|RIFF.{4}WEBP|.{4}ftyp(?:hei|hev|mif|msf|avi)"
    rb"|II(?:[*+]\0|\0\*)|MM(?:\0[*+]|\*\0)|BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    re.DOTALL,
)
_OTHER_PICTURE_HEAD = re.compile(
    rb"\0\0\0\x0c(?:jP  |JXL )|\xff\x4f\xff\x51|\xff\x0a|qoif|\0\0[\x01\x02]\0|8BPS|P[1-7]\s"
    rb"|v/1\x01|gimp xcf|FUJIFILMCCD-RAW|.{4}ftypcrx|\s*(?:<\?xml.{0,200})?<svg",
    re.DOTALL,
)
_DNG_VERSION = 0xC612
_NEW_SUBFILE_TYPE = 0xFE

_DRAFT_SLACK = 31 / 32
_WEBP_METHOD = 2  # on a 2000 px photo 3 takes 2.4 times as long as 2 and saves 4 % of the bytes

PIL_Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # one limit in the whole process; Pillow warns from it on
pillow_heif.register_heif_opener(thumbnails=False)  # an embedded thumbnail may show something else


@dataclass(frozen=True, slots=True)
class Picture:
    image: Image  # upright, RGB, long side at most what was asked for, never enlarged
    width: int  # of the full upright original, in pixels
    height: int
    media_type: str  # by content, e.g. "image/jpeg"
    taken_at: datetime | None  # naive: the camera's local time
    camera: str  # "Make Model", or ""
    names: tuple[NamedRegion, ...] = ()  # that other programs wrote into the file
    place: Place | None = None  # where it was taken, if the camera knew


def decode(data: bytes, max_side: int = 2048) -> Picture:
    """Decode the first frame of a picture file, upright, in sRGB, over white.

    The long side comes out at most `max_side`. A larger JPEG may come out up to 1/32 smaller
    than that, because its decoder can halve for free: 4032 px become 2016 and not 2048.

    Raises: PictureError.
    """
    if max_side < 1:
        raise ValueError(f"max_side must be at least 1, not {max_side}")
    if not data:
        raise PictureError(Reason.EMPTY)
    try:
        with _open(data) as source:
            return _read(source, max_side)
    except (*_BOMBS, MemoryError) as error:
        raise PictureError(Reason.TOO_LARGE) from error


def refuse_by_head(head: bytes) -> Reason | None:
    """Say from the first 256 bytes of a file why it can be no picture; None if it may be one."""
    if not head:
        return Reason.EMPTY
    if _ACCEPTED_HEAD.match(head):
        return None
    return Reason.UNSUPPORTED if _OTHER_PICTURE_HEAD.match(head) else Reason.NOT_A_PICTURE


def to_webp(image: Image, max_side: int, quality: int = 80) -> bytes:
    """Encode as WebP with no metadata, long side at most `max_side` and never enlarged."""
    buffer = io.BytesIO()
    picture = _shrink(PIL_Image.fromarray(image), max_side)
    picture.save(buffer, "WEBP", quality=quality, method=_WEBP_METHOD)
    return buffer.getvalue()


def to_jpeg(image: Image, max_side: int, quality: int = 85) -> bytes:
    """As `to_webp`, in a tenth of the time and three times the bytes: for what is shown once."""
    buffer = io.BytesIO()
    _shrink(PIL_Image.fromarray(image), max_side).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def crop_face(image: Image, box: "Box", size: int, margin: float) -> Image:
    """Cut a square around a face, scaled to `size` by `size`.

    `margin` is added on every side, as a fraction of the longer side of the box. A square that
    would stick out is moved inwards, and one larger than the picture becomes its short side.
    """
    height, width = image.shape[:2]
    side = max(box.width * width, box.height * height) * (1 + 2 * margin)
    side = min(max(side, 1.0), width, height)
    left = min(max((box.left + box.width / 2) * width - side / 2, 0.0), width - side)
    top = min(max((box.top + box.height / 2) * height - side / 2, 0.0), height - side)
    whole = PIL_Image.fromarray(image)
    square = whole.resize(
        (size, size),
        PIL_Image.Resampling.LANCZOS,
        box=(left, top, left + side, top + side),
        reducing_gap=2.0,
    )
    return np.array(square)


def _open(data: bytes) -> ImageFile.ImageFile:
    """Read the header. No pixel is decoded yet, so this is cheap for any size."""
    try:
        image = PIL_Image.open(io.BytesIO(data), formats=_FORMATS)
    except _DECODER_ERRORS as error:
        raise PictureError(_explain_unreadable(data)) from error
    if image.width * image.height > MAX_PIXELS:
        raise PictureError(Reason.TOO_LARGE)
    if _is_camera_raw(image):
        raise PictureError(Reason.UNSUPPORTED)
    return image


def _explain_unreadable(data: bytes) -> Reason:
    return refuse_by_head(data) or Reason.DAMAGED


def _is_camera_raw(image: PIL_Image.Image) -> bool:
    """DNG, NEF and ARW pass for TIFF, but the first picture in them is only a thumbnail."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    is_reduced = image.tag_v2.get(_NEW_SUBFILE_TYPE) == 1
    return is_reduced or _DNG_VERSION in image.tag_v2


def _read(source: ImageFile.ImageFile, max_side: int) -> Picture:
    stored = read_orientation_before_load(source)
    width, height = _load(source, max_side)
    notes = read_camera_notes(source)
    image = _shrink(colours.expand(source), max_side)
    image = colours.to_srgb(image, source.info.get("icc_profile"))
    if notes.orientation in _TURNS:
        image = image.transpose(_TURNS[notes.orientation])
    if notes.orientation >= 5:
        width, height = height, width
    media_type = source.get_format_mimetype() or ""
    return Picture(
        image=np.array(image),
        width=width,
        height=height,
        media_type=_MEDIA_TYPE_ALIASES.get(media_type, media_type).removesuffix("-sequence"),
        taken_at=notes.taken_at,
        camera=notes.camera,
        names=read_named_regions(source.info.get("xmp"), stored or notes.orientation),
        place=notes.place,
    )


def _load(source: ImageFile.ImageFile, max_side: int) -> tuple[int, int]:
    """Decode the pixels, JPEG at 1/2, 1/4 or 1/8 where that is enough.

    Returns: width and height of the full picture as stored.
    """
    full = source.size
    try:
        draft = source.draft(None, _fit(full, max(1, int(max_side * _DRAFT_SLACK))))
        source.load()
    except _DECODER_ERRORS as error:
        raise PictureError(Reason.DAMAGED) from error
    # without a draft believe the decoder: TIFF turns and HEIF may correct its size while loading
    return source.size if draft is None else full


def _shrink(image: PIL_Image.Image, max_side: int) -> PIL_Image.Image:
    if max(image.size) <= max_side:
        return image
    # Hamming costs as little as bilinear and stays sharper
    return image.resize(_fit(image.size, max_side), PIL_Image.Resampling.HAMMING, reducing_gap=2.0)


def _fit(size: tuple[int, int], max_side: int) -> tuple[int, int]:
    scale = min(1.0, max_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
