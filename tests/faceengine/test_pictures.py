"""Promises of faceengine.pictures: a common picture comes out upright, others with a reason."""

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags
from PIL import Image as PIL_Image

from faceengine.errors import FaceEngineError
from faceengine.pictures import (
    MAX_PIXELS,
    Image,
    PictureError,
    Reason,
    decode,
    refuse_by_head,
)
from tests.faceengine.decoders import draw_quarters, save

Transpose = PIL_Image.Transpose

# the turn that a camera held so has made, which the reader has to take back
TURNS_OF_THE_CAMERA = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def difference(one: Image, other: Image) -> float:
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


def reason_for(data: bytes) -> Reason:
    with pytest.raises(PictureError) as caught:
        decode(data)
    return caught.value.reason


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF"])
def test_a_picture_comes_out_upright_however_the_camera_was_held(
    kind: str, orientation: int
) -> None:
    upright = draw_quarters()
    stored = upright
    if orientation in TURNS_OF_THE_CAMERA:
        stored = upright.transpose(TURNS_OF_THE_CAMERA[orientation])
    exif = PIL_Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation

    picture = decode(save(stored, kind, exif=exif.tobytes()))

    assert (picture.width, picture.height) == upright.size
    assert difference(picture.image, np.asarray(upright)) < 6


@pytest.mark.assets
@pytest.mark.parametrize(
    ("upright", "turned"),
    [
        ("Landscape_1.jpg", [f"Landscape_{number}.jpg" for number in (0, 2, 3, 4, 5, 6, 7, 8)]),
        ("Portrait_1.jpg", [f"Portrait_{number}.jpg" for number in (3, 6, 8)]),
        ("../formats/hopper.jpg", [f"hopper_orientation_{number}.jpg" for number in range(2, 9)]),
        ("../formats/hopper.webp", ["hopper_orientation_6.webp"]),
        ("avif_rot0mir0.avif", [f"avif_rot{end}.avif" for end in ("1mir0", "2mir1", "3mir0")]),
        ("xmp_tags_orientation.png", ["avif_xmp_tags_orientation.avif"]),
    ],
)
def test_turned_files_of_real_cameras_look_like_the_upright_one(
    assets: Path, upright: str, turned: list[str]
) -> None:
    folder = assets / "awkward" / "exif_orientation"
    expected = decode((folder / upright).read_bytes(), max_side=128)
    for name in turned:
        picture = decode((folder / name).read_bytes(), max_side=128)
        assert (picture.width, picture.height) == (expected.width, expected.height), name
        assert difference(picture.image, expected.image) < 10, name


@pytest.mark.assets
def test_a_heic_that_says_twice_how_it_was_turned_is_turned_once(assets: Path) -> None:
    picture = decode((assets / "awkward/heic/arrow.heic").read_bytes(), max_side=400)
    assert (picture.width, picture.height) == (3024, 4032)
    ink_per_row = (picture.image.mean(axis=2) < 70).sum(axis=1)
    rows = np.flatnonzero(ink_per_row)
    # the arrow's tip points up: little ink at its first rows, a wide bar at the middle
    assert ink_per_row[rows[0] : rows[0] + 15].max() < ink_per_row.max() / 4


@given(
    width=st.integers(1, 600),
    height=st.integers(1, 600),
    max_side=st.integers(1, 700),
    kind=st.sampled_from(["JPEG", "BMP"]),
)
@settings(max_examples=80, deadline=None)
def test_the_long_side_is_what_was_asked_for_and_never_enlarged(
    width: int, height: int, max_side: int, kind: str
) -> None:
    picture = decode(save(PIL_Image.new("RGB", (width, height)), kind), max_side)
    wanted = min(max_side, max(width, height))
    long_side = max(picture.image.shape[:2])
    assert int(wanted * 31 / 32) <= long_side <= wanted
    assert min(picture.image.shape[:2]) >= 1
    assert (picture.width, picture.height) == (width, height)


def test_a_very_long_picture_keeps_at_least_one_pixel_of_its_short_side() -> None:
    picture = decode(save(PIL_Image.new("RGB", (30_000, 2)), "PNG"), max_side=100)
    assert picture.image.shape == (1, 100, 3)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("HEIF", "image/heic"),
        ("GIF", "image/gif"),
        ("TIFF", "image/tiff"),
        ("BMP", "image/bmp"),
    ],
)
def test_the_media_type_tells_the_content(kind: str, media_type: str) -> None:
    picture = decode(save(draw_quarters(), kind))
    assert picture.media_type == media_type
    assert refuse_by_head(save(draw_quarters(), kind)[:256]) is None
    assert difference(picture.image, np.asarray(draw_quarters())) < 6


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [draw_quarters(), PIL_Image.new("RGB", (96, 64), "black")]
    picture = decode(save(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert difference(picture.image, np.asarray(frames[0])) < 6


def test_date_and_camera_are_read() -> None:
    exif = PIL_Image.Exif()
    exif[ExifTags.Base.Make] = "NIKON CORPORATION"
    exif[ExifTags.Base.Model] = "NIKON D800"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2013:09:11 16:45:13"
    picture = decode(save(draw_quarters(), "JPEG", exif=exif))
    assert picture.camera == "NIKON CORPORATION NIKON D800"
    assert str(picture.taken_at) == "2013-09-11 16:45:13"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"Dear diary, this is not a photo.", Reason.NOT_A_PICTURE),
        (b"BM is how this letter begins, and it is long enough", Reason.NOT_A_PICTURE),
        (b"%PDF-1.7 and so on", Reason.NOT_A_PICTURE),
        (b"\0\0\0\x18ftypisom" + bytes(40), Reason.NOT_A_PICTURE),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', Reason.UNSUPPORTED),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40), Reason.UNSUPPORTED),
        (b"\xff\xd8\xff\xe0" + bytes(20), Reason.DAMAGED),
        (b"\0\0\0\x18ftypheic" + bytes(40), Reason.DAMAGED),
    ],
)
def test_what_is_no_readable_picture_is_refused_with_the_right_reason(
    data: bytes, reason: Reason
) -> None:
    assert reason_for(data) is reason


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF"])
def test_half_a_picture_is_no_picture(kind: str, share: float) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (150, 200, 3), dtype=np.uint8)
    data = save(PIL_Image.fromarray(noise), kind)
    decode(data)
    assert reason_for(data[: int(len(data) * share)]) is Reason.DAMAGED


def test_a_picture_of_200_megapixels_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 20_000, 10_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    start = struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    # there is not one pixel in the file: reading on would end in DAMAGED
    data = b"\x89PNG\r\n\x1a\n" + start + struct.pack(">I", 10_000) + b"IDAT"
    assert reason_for(data) is Reason.TOO_LARGE


def test_a_picture_just_below_the_limit_is_read() -> None:
    data = save(PIL_Image.new("1", (16_000, MAX_PIXELS // 16_000), 1), "PNG")
    picture = decode(data, max_side=64)
    assert picture.width * picture.height == MAX_PIXELS
    assert (picture.image == 255).all()


def test_a_raw_photo_is_not_mistaken_for_the_thumbnail_in_it() -> None:
    data = save(draw_quarters(), "TIFF", tiffinfo={254: 1})
    assert reason_for(data) is Reason.UNSUPPORTED


def test_every_reason_comes_with_a_sentence_that_says_what_to_do() -> None:
    for reason in Reason:
        error = PictureError(reason)
        assert isinstance(error, FaceEngineError)
        assert str(error).count(". ") >= 1
        assert str(error).endswith(".")


def test_a_size_that_makes_no_sense_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="max_side"):
        decode(save(draw_quarters(), "PNG"), max_side=0)


def make_victim(kind: str) -> bytes:
    exif = PIL_Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Maker"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2020:01:02 03:04:05"
    options: dict[str, object] = {} if kind in ("GIF", "BMP") else {"exif": exif.tobytes()}
    return save(draw_quarters(48, 32), kind, **options)


VICTIMS = [make_victim(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF")]


@pytest.mark.filterwarnings("ignore")  # Pillow warns of broken EXIF and TIFF, rightly
@given(
    victim=st.sampled_from(VICTIMS),
    wounds=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=8)), min_size=1, max_size=12),
    kept=st.floats(0.3, 1),
)
@settings(max_examples=300, deadline=None)
def test_a_mutilated_file_is_a_picture_or_a_picture_error(
    victim: bytes, wounds: list[tuple[float, bytes]], kept: float
) -> None:
    data = bytearray(victim)
    for place, bytes_put_in in wounds:
        start = int(place * (len(data) - 1))
        data[start : start + len(bytes_put_in)] = bytes_put_in
    with contextlib.suppress(PictureError):
        picture = decode(bytes(data[: int(len(data) * kept)]), max_side=64)
        assert picture.image.dtype == np.uint8
        assert picture.image.shape[2] == 3
