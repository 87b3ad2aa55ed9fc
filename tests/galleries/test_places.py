"""Where photos were taken: read from the files, shown to members, and looked around."""

import io
import math
import re
from collections.abc import Callable

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import ExifTags, Image

from accounts.models import User
from faceengine.places import EARTH_RADIUS_KILOMETRES, Place
from galleries import uploads
from galleries.models import Gallery, Photo
from galleries.views import lookup
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.pages import text_of
from tests.phones import NO_PHOTO, phone_of

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
MUNICH = Place(48.137367, 11.5754)
HTMX = {"HX-Request": "true"}


def drawing_at_munich() -> bytes:
    picture = Image.open(io.BytesIO(draw("red")))
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Phone"  # Pillow takes EXIF for empty that has only parts
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    gps[ExifTags.GPS.GPSLatitudeRef] = "N"
    gps[ExifTags.GPS.GPSLatitude] = (48.0, 8.0, 14.52)
    gps[ExifTags.GPS.GPSLongitudeRef] = "E"
    gps[ExifTags.GPS.GPSLongitude] = (11.0, 34.0, 31.44)
    file = io.BytesIO()
    picture.save(file, "PNG", exif=exif)
    return file.getvalue()


def move(photo: Photo, place: Place) -> None:
    Photo.objects.filter(pk=photo.pk).update(latitude=place.latitude, longitude=place.longitude)


def distance(one: Place, other: Place) -> float:
    """In kilometres, by the angle between two vectors, and not by the haversine formula."""
    (a, b, c), (d, e, f) = _to_vector(one), _to_vector(other)
    return EARTH_RADIUS_KILOMETRES * math.acos(min(1.0, max(-1.0, a * d + b * e + c * f)))


def _to_vector(place: Place) -> tuple[float, float, float]:
    latitude, longitude = math.radians(place.latitude), math.radians(place.longitude)
    return (
        math.cos(latitude) * math.cos(longitude),
        math.cos(latitude) * math.sin(longitude),
        math.sin(latitude),
    )


def test_a_photo_is_taken_where_its_camera_says(gallery: Gallery, alice: User) -> None:
    placed = uploads.add_photo(gallery, ContentFile(drawing_at_munich(), "a.png"), alice).photo
    other = uploads.add_photo(gallery, ContentFile(draw("red"), "b.png"), alice).photo
    analyse_everything()
    assert placed
    assert other
    placed.refresh_from_db()
    other.refresh_from_db()
    assert placed.place == MUNICH
    assert other.place is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MUNICH, Place(48.1450, 11.5581)),
        (MUNICH, Place(52.52, 13.405)),
        (Place(-16.8, 179.9), Place(-16.8, -179.9)),
        (Place(89.9, 0.0), Place(89.9, 180.0)),
        (Place(0.0, 0.0), Place(0.0, 180.0)),
        (Place(-33.87, 151.21), Place(40.71, -74.0)),
    ],
)
def test_near_is_within_the_distance_on_the_globe(
    add_drawing: AddDrawing, one: Place, other: Place
) -> None:
    move(add_drawing("red"), other)
    far = distance(one, other)
    assert Photo.objects.near(one, far * 1.0001).exists()
    assert not Photo.objects.near(one, far * 0.9999).exists()


def test_a_photo_is_near_itself_and_one_without_a_place_is_near_nothing(
    add_drawing: AddDrawing,
) -> None:
    photo = add_drawing("red")
    add_drawing("red")
    move(photo, MUNICH)
    assert list(Photo.objects.near(MUNICH, 0.001)) == [photo]
    assert list(Photo.objects.near(MUNICH, 20_100)) == [photo]


def test_members_see_what_was_taken_near_a_photo_and_nobody_else_does(
    add_drawing: AddDrawing, alice: User, bob: User, mallory: User, signed_in: SignIn
) -> None:
    here, there, far, _ = (add_drawing("red", name=name) for name in ("a", "b", "c", "d"))
    for photo, place in ((here, MUNICH), (there, Place(48.2, 11.6)), (far, Place(52.5, 13.4))):
        move(photo, place)
    elsewhere = Gallery.create_owned_by(alice, "Other")
    other = uploads.add_photo(elsewhere, ContentFile(draw("red"), "e"), alice).photo
    assert other
    move(other, MUNICH)
    client = signed_in(bob)
    page = client.get(reverse("photo", args=[here.pk]))
    assert "48.13737, 11.57540" in text_of(page)
    assert reverse("photos-near", args=[here.pk, 1]) in page.content.decode()
    for kilometres, expected in ((1, {here}), (10, {here, there}), (100, {here, there})):
        html = client.get(reverse("photos-near", args=[here.pk, kilometres])).content.decode()
        shown = {int(pk) for pk in re.findall(r'id="photo-(\d+)"', html)}
        assert shown == {photo.pk for photo in expected}
    address = reverse("photos-near", args=[here.pk, 1])
    assert signed_in(mallory).get(address).status_code == 404


def test_what_is_near_is_shown_a_page_at_a_time(
    add_drawing: AddDrawing, bob: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE_SIZE", 1)
    older, newer = add_drawing("red"), add_drawing("red")
    for photo in (older, newer):
        move(photo, MUNICH)
    address = reverse("photos-near", args=[older.pk, 10])
    client = signed_in(bob)
    assert f'href="{address}?before={newer.pk}"' in client.get(address).content.decode()
    tiles = client.get(address, {"before": newer.pk}, headers=HTMX).content.decode()
    assert tiles.lstrip().startswith("<li")
    assert f'id="photo-{older.pk}"' in tiles


def test_only_around_a_place_and_only_so_far_is_looked(
    add_drawing: AddDrawing, alice: User, signed_in: SignIn
) -> None:
    nowhere, here = add_drawing("red"), add_drawing("red")
    move(here, MUNICH)
    client = signed_in(alice)
    assert client.get(reverse("photos-near", args=[nowhere.pk, 1])).status_code == 404
    assert client.get(reverse("photos-near", args=[here.pk, 7])).status_code == 404
    assert "Taken near here" not in text_of(client.get(reverse("photo", args=[nowhere.pk])))


def test_the_api_tells_members_where_a_photo_was_taken(
    add_drawing: AddDrawing, bob: User, mallory: User
) -> None:
    photo = add_drawing("red")
    move(photo, MUNICH)
    _, heard = phone_of(bob).ask("get", f"/photos/{photo.pk}")
    assert (heard["latitude"], heard["longitude"]) == (MUNICH.latitude, MUNICH.longitude)
    assert phone_of(mallory).ask("get", f"/photos/{photo.pk}") == (404, NO_PHOTO)


def test_places_of_photos_that_were_there_before_are_read_afterwards(
    gallery: Gallery, alice: User
) -> None:
    for name, content in (("a", drawing_at_munich()), ("b", draw("red")), ("c", draw("red"))):
        uploads.add_photo(gallery, ContentFile(content, name), alice)
    analyse_everything()
    gone = Photo.objects.get(name="c")
    gone.original.storage.delete(gone.original_name)
    Photo.objects.update(latitude=None, longitude=None)
    told = io.StringIO()
    call_command("read_places", stdout=told)
    assert told.getvalue() == "1 photo told where.\n"
    assert Photo.objects.get(name="a").place == MUNICH
    assert Photo.objects.get(name="b").place is None
