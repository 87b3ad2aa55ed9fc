"""Promises of faceengine.exif: sound camera notes are read, broken ones cost nothing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from faceengine.exif import CAMERA_MAX_LENGTH, CameraNotes, read_camera_notes
from faceengine.guard_frames import build_picture, describe_picture
from faceengine.pictures import decode
from faceengine.places import Place


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


def placed(latitude: object, north: object, longitude: object, east: object) -> Image.Image:
    image = make_image()
    values = {
        ExifTags.GPS.GPSLatitudeRef: north,
        ExifTags.GPS.GPSLatitude: latitude,
        ExifTags.GPS.GPSLongitudeRef: east,
        ExifTags.GPS.GPSLongitude: longitude,
    }
    gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    gps.update({tag: value for tag, value in values.items() if value is not None})
    return image


@pytest.mark.parametrize(
    ("latitude", "north", "longitude", "east", "place"),
    [
        ((48.0, 8.0, 14.52), "N", (11.0, 34.0, 31.44), "E", Place(48.137367, 11.5754)),
        ((33.0, 52.0, 10.5), "S", (151.0, 12.0, 30.0), "E", Place(-33.869583, 151.208333)),
        ((40.5, 0.0, 0.0), "n\0", (73.0, 59.25, 0.0), "w", Place(40.5, -73.9875)),
        ((90.0, 0.0, 0.0), "N", (180.0, 0.0, 0.0), "W", Place(90.0, -180.0)),
    ],
)
def test_a_place_is_read_in_degrees(
    latitude: object, north: object, longitude: object, east: object, place: Place
) -> None:
    assert read_camera_notes(placed(latitude, north, longitude, east)).place == place


@pytest.mark.parametrize(
    ("latitude", "north", "longitude", "east"),
    [
        (None, None, None, None),
        ((0.0, 0.0, 0.0), "N", (0.0, 0.0, 0.0), "E"),
        ((48.0, 8.0, 14.52), None, (11.0, 34.0, 31.44), "E"),
        ((48.0, 8.0, 14.52), "X", (11.0, 34.0, 31.44), "E"),
        ((48.0, 8.0, 14.52), "N", None, "E"),
        ((48.0, 8.0), "N", (11.0, 34.0, 31.44), "E"),
        ((91.0, 0.0, 0.0), "N", (11.0, 0.0, 0.0), "E"),
        ((-48.0, 0.0, 0.0), "N", (11.0, 0.0, 0.0), "E"),
        ((float("nan"), 0.0, 0.0), "N", (11.0, 0.0, 0.0), "E"),
        ((float("inf"), 0.0, 0.0), "N", (11.0, 0.0, 0.0), "E"),
        ("48 8 14", "N", "11 34 31", "E"),
        (48.0, "N", 11.0, "E"),
    ],
)
def test_what_is_no_place_is_none(
    latitude: object, north: object, longitude: object, east: object
) -> None:
    assert read_camera_notes(placed(latitude, north, longitude, east)).place is None


@pytest.mark.parametrize("format_", ["JPEG", "WEBP", "PNG", "HEIF"])
def test_a_place_goes_with_the_picture_through_the_guard(format_: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Phone"  # Pillow takes EXIF for empty that has only parts
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "S"
    gps[ExifTags.GPS.GPSLatitude] = (33.0, 52.0, 10.5)
    gps[ExifTags.GPS.GPSLongitudeRef] = "E"
    gps[ExifTags.GPS.GPSLongitude] = (151.0, 12.0, 30.0)
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, format_, exif=exif)
    picture = decode(file.getvalue())
    assert picture.place == Place(-33.869583, 151.208333)
    assert build_picture(describe_picture(picture), picture.image).place == picture.place


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
