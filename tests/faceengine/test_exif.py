"""Promises of faceengine.exif: sound camera notes are read, broken ones cost nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from faceengine.exif import CAMERA_MAX_LENGTH, CameraNotes, read_camera_notes


def make_image(
    date: object = None, make: object = None, model: object = None, orientation: object = None
) -> Image.Image:
    image = Image.new("RGB", (4, 4))
    exif = image.getexif()
    values = {
        ExifTags.Base.Make: make,
        ExifTags.Base.Model: model,
        ExifTags.Base.Orientation: orientation,
    }
    exif.update({tag: value for tag, value in values.items() if value is not None})
    if date is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = date
    return image


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2019:07:12 10:22:33", "2019-07-12 10:22:33"),
        ("2019-07-12T10:22:33", "2019-07-12 10:22:33"),
        ("2019:07:12 10:22:33.25", "2019-07-12 10:22:33"),
        ("2019:07:12 10:22:33\0", "2019-07-12 10:22:33"),
        ("0000:00:00 00:00:00", None),
        ("2019:13:45 10:22:33", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("", None),
        (20190712, None),
        (b"2019:07:12 10:22:33", None),
    ],
)
def test_a_date_is_read_when_it_is_one(written: object, meant: str | None) -> None:
    taken_at = read_camera_notes(make_image(date=written)).taken_at
    assert (str(taken_at) if taken_at else None) == meant


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Apple", "iPhone 13 Pro", "Apple iPhone 13 Pro"),
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("Canon\0\0rubbish", "  EOS \t 5D\n", "Canon EOS 5D"),
        ("\x07Sony\x1b[31m", "A7", "Sony [31m A7"),
        (None, "Pixel 8", "Pixel 8"),
        ("Leica", None, "Leica"),
        (None, None, ""),
        (12, (1, 2), ""),
        ("x" * 300, "y", "x" * CAMERA_MAX_LENGTH),
    ],
)
def test_the_camera_is_named_once_and_cleanly(make: object, model: object, camera: str) -> None:
    assert read_camera_notes(make_image(make=make, model=model)).camera == camera


@given(make=st.text(), model=st.text())
def test_a_camera_name_is_always_short_and_printable(make: str, model: str) -> None:
    camera = read_camera_notes(make_image(make=make, model=model)).camera
    assert len(camera) <= CAMERA_MAX_LENGTH
    assert camera.isprintable()
    assert camera == camera.strip()


@pytest.mark.parametrize("orientation", [0, 9, 65535, -1, "6", (6, 6)])
def test_an_orientation_that_does_not_exist_counts_as_upright(orientation: object) -> None:
    assert read_camera_notes(make_image(orientation=orientation)).orientation == 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@given(st.binary(max_size=200))
def test_rubbish_in_place_of_exif_costs_nothing(rubbish: bytes) -> None:
    image = Image.new("RGB", (4, 4))
    image.info["exif"] = b"Exif\0\0" + rubbish
    assert isinstance(read_camera_notes(image), CameraNotes)
