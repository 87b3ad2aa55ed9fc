"""Promises of faceengine.colours: every colour mode ends as the sRGB that a person would see."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from faceengine import pictures


def decode_saved(picture: Image.Image, kind: str, **options: object) -> NDArray[np.float64]:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return pictures.decode(buffer.getvalue()).image.astype(float)


def draw_ramp() -> NDArray[np.float64]:
    """From 0 to 1, left to right, shape (8, 256)."""
    return np.tile(np.linspace(0, 1, 256), (8, 1))


def draw_colours() -> Image.Image:
    """Smooth colours that survive JPEG."""
    ramp = Image.fromarray((draw_ramp() * 255).astype(np.uint8)).resize((96, 64))
    return Image.merge(
        "RGB", [ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp.point(lambda _: 90)]
    )


EXPECTED_RAMP = (draw_ramp() * 255)[..., None]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("full", [4095, 65535])
def test_deep_grey_is_scaled_and_not_clipped(kind: str, full: int) -> None:
    deep = Image.fromarray((draw_ramp() * full).astype(np.uint16))
    assert np.abs(decode_saved(deep, kind) - EXPECTED_RAMP).max() <= 1.01


@pytest.mark.parametrize("full", [1.0, 255.0, 65535.0])
def test_grey_in_floating_point_is_scaled_whatever_its_range(full: float) -> None:
    deep = Image.fromarray((draw_ramp() * full).astype(np.float32))
    assert np.abs(decode_saved(deep, "TIFF") - EXPECTED_RAMP).max() <= 1.01


def test_pixels_that_are_not_numbers_do_not_spoil_the_others() -> None:
    values = draw_ramp().astype(np.float32)
    values[0, 0] = np.nan
    image = decode_saved(Image.fromarray(values), "TIFF")
    assert np.abs(image[1:] - EXPECTED_RAMP[1:]).max() <= 1.01


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(mode: str, kind: str) -> None:
    picture = Image.new(mode, (20, 10), (0, 0, 0, 255) if mode == "RGBA" else (0, 255))
    picture.paste((0, 0, 0, 0) if mode == "RGBA" else (0, 0), (10, 0, 20, 10))
    image = decode_saved(picture, kind, lossless=True)
    assert (image[:, :10] == 0).all()
    assert (image[:, 10:] == 255).all()


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_the_transparent_colour_of_a_palette_becomes_white(kind: str) -> None:
    picture = Image.new("P", (20, 10), 0)
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.paste(1, (10, 0, 20, 10))
    image = decode_saved(picture, kind, transparency=0)
    assert (image[:, :10] == 255).all()
    assert (image[:, 10:] == (200, 100, 50)).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr"])
def test_every_mode_looks_like_the_original(mode: str) -> None:
    original = draw_colours()
    if mode in ("1", "L"):
        original = Image.new("RGB", (96, 64), "white")
        original.paste("black", (0, 0, 40, 64))
    stored = original.quantize() if mode == "P" else original.convert(mode)
    image = decode_saved(stored, "TIFF")
    assert np.abs(image - np.asarray(original, float)).mean() < 8


def test_lab_looks_like_the_original() -> None:
    original = draw_colours()
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    stored = ImageCms.profileToProfile(original, srgb, lab, outputMode="LAB")
    assert stored is not None
    assert stored.mode == "LAB"
    image = decode_saved(stored, "TIFF")
    assert np.abs(image - np.asarray(original, float)).mean() < 8


def test_a_cmyk_jpeg_is_not_a_negative() -> None:
    original = draw_colours()
    image = decode_saved(original.convert("CMYK"), "JPEG")
    assert np.abs(image - np.asarray(original, float)).mean() < 8


def swap_red_and_green(profile: bytes) -> bytes:
    """Make a profile in which the first channel means green: rXYZ and gXYZ change names."""
    swapped = profile.replace(b"rXYZ", b"\1\1\1\1").replace(b"gXYZ", b"rXYZ")
    # its name changes too, for a profile called sRGB is taken at its word
    return swapped.replace(b"\1\1\1\1", b"gXYZ").replace(b"\0s\0R\0G\0B", b"\0o\0d\0d\0s")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_colours_are_read_through_their_profile(kind: str) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    plain = decode_saved(red, kind, icc_profile=srgb)
    swapped = decode_saved(red, kind, icc_profile=swap_red_and_green(srgb))
    assert np.abs(plain.mean(axis=(0, 1)) - (255, 0, 0)).max() < 8
    assert np.abs(swapped.mean(axis=(0, 1)) - (0, 255, 0)).max() < 8


@pytest.mark.parametrize("profile", [b"", b"rubbish", bytes(200)])
def test_a_broken_profile_does_not_cost_the_picture(profile: bytes) -> None:
    original = draw_colours()
    image = decode_saved(original, "PNG", icc_profile=profile)
    assert np.abs(image - np.asarray(original, float)).max() < 1


def test_a_profile_for_other_colours_than_the_picture_has_is_ignored() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    original = draw_colours()
    image = decode_saved(original, "PNG", icc_profile=lab)
    assert np.abs(image - np.asarray(original, float)).max() < 1


@pytest.mark.assets
def test_one_photo_in_many_colour_modes_always_looks_the_same(assets: Path) -> None:
    folder = assets / "awkward/colour_modes"
    expected = pictures.decode((folder / "original.jpg").read_bytes(), 200).image.astype(float)
    for name in ("CMYK.jpg", "YCbCr.jpg", "RGB.jpg", "P.png", "PA.webp", "LAB.webp", "HSV.webp"):
        image = pictures.decode((folder / name).read_bytes(), 200).image
        assert np.abs(image - expected).mean() < 8, name
    grey = expected.mean(axis=2, keepdims=True)
    for name in ("L.png", "1.png", "I.webp", "F.webp"):
        image = pictures.decode((folder / name).read_bytes(), 200).image
        assert np.abs(image - grey).mean() < 20, name
