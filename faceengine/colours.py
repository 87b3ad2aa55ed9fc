"""Any colour mode that a picture file can hold → plain sRGB."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_PROFILE_SPACES = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L"}  # ICC name → Pillow mode
_WHOLE_SCALES: tuple[float, ...] = (4095.0, 65535.0)  # 12 bits (scanners, X-ray) and 16 bits
_FLOAT_SCALES: tuple[float, ...] = (1.0, 255.0, 65535.0)


def expand(image: Image.Image) -> Image.Image:
    """Give every pixel its own 8-bit colour, so that the picture can be resized well.

    Returns: mode L, LA, RGB, RGBA, CMYK, YCbCr or LAB.
    """
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_to_eight_bits(np.asarray(image)))
    if image.has_transparency_data:
        return image.convert("LA" if image.mode in ("La", "LA") else "RGBA")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "RGBX", "HSV"):
        return image.convert("RGB")
    return image


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Flatten an expanded image over white and take its ICC profile into account.

    Returns: mode RGB.
    """
    if image.mode in ("LA", "RGBA"):
        image = _flatten(image)
    if profile:
        image = _apply_profile(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def _to_eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale deep greyscale to 0..255 by the smallest usual full scale that holds its maximum.

    A file does not say how many of its 16 bits are in use, nor whether its floats end at 1 or 255.
    """
    if values.dtype.kind == "f":
        values = np.nan_to_num(values)
    top = float(values.max())
    scales = _FLOAT_SCALES if values.dtype.kind == "f" else _WHOLE_SCALES
    full = next((scale for scale in scales if top <= scale), top)
    scaled = np.multiply(values, np.float32(255.0 / full), dtype=np.float32)
    np.clip(scaled, 0.0, 255.0, out=scaled)
    levels: NDArray[np.uint8] = np.rint(scaled, out=scaled).astype(np.uint8)
    return levels


def _flatten(image: Image.Image) -> Image.Image:
    white = Image.new("L" if image.mode == "LA" else "RGB", image.size, "white")
    white.paste(image.convert(white.mode), mask=image.getchannel("A"))
    return white


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space
        if _PROFILE_SPACES.get(space) != image.mode or _is_srgb(source):
            return image
        converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
    except (
        ImageCms.PyCMSError,
        OSError,
        ValueError,
    ):  # a broken profile: the plain conversion must do
        return image
    return image if converted is None else converted


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    # most photos carry it, and converting sRGB to sRGB costs more than decoding the photo
    return (profile.profile.profile_description or "").startswith("sRGB")
