"""Pictures as phones make them: in HEIC, and lying on their side with a note that says so."""

import io

from PIL import Image
from pillow_heif import register_heif_opener


def as_heic(picture: bytes) -> bytes:
    register_heif_opener()
    file = io.BytesIO()
    Image.open(io.BytesIO(picture)).save(file, "HEIF")
    return file.getvalue()


def on_its_side(picture: bytes) -> bytes:
    """To be turned by a quarter, as its EXIF orientation says."""
    turned = Image.open(io.BytesIO(picture)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "JPEG", exif=exif, quality=95)
    return file.getvalue()
