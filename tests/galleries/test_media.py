"""Files of photos reach those who may see the photo, and nobody else."""

from collections.abc import Callable

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from galleries import analysis, identities
from galleries.models import Photo

pytestmark = pytest.mark.usefixtures("drawing_engine")

SignIn = Callable[[User], Client]


@pytest.fixture
def photo(add_drawing: Callable[..., Photo]) -> Photo:
    photo = add_drawing("red", name="holiday.png")
    analysis.work_off(1)
    return photo


def addresses_of(photo: Photo) -> list[str]:
    pictures = [reverse(name, args=[photo.pk]) for name in ("thumbnail", "preview", "original")]
    return [*pictures, reverse("face-crop", args=[photo.faces.get().pk])]


def get(client: Client, address: str, **headers: str) -> HttpResponseBase:
    """An answer that was read to its end, so that its file is closed."""
    answer = client.get(address, headers=headers)
    b"".join(answer)
    return answer


def body(client: Client, address: str) -> bytes:
    return b"".join(client.get(address).streaming_content)  # type: ignore[attr-defined]


def test_a_member_gets_every_file(photo: Photo, bob: User, signed_in: SignIn) -> None:
    client = signed_in(bob)
    thumbnail, preview, original, crop = (body(client, page) for page in addresses_of(photo))
    for webp in (thumbnail, preview, crop):
        assert webp[:4] + webp[8:12] == b"RIFFWEBP"
    assert original.startswith(b"\x89PNG")


def test_nobody_else_gets_any(
    photo: Photo, mallory: User, client: Client, signed_in: SignIn
) -> None:
    stranger = signed_in(mallory)
    for address in addresses_of(photo):
        assert stranger.get(address).status_code == 404
        assert client.get(address).headers["Location"].startswith(reverse("sign-in"))


def test_a_crop_of_what_is_no_face_is_only_for_those_who_may_say_otherwise(
    photo: Photo, alice: User, bob: User, mallory: User, signed_in: SignIn
) -> None:
    crop = addresses_of(photo)[-1]
    identities.mark_as_no_faces(list(photo.faces.all()), alice)
    assert get(signed_in(alice), crop).status_code == 200
    for user in (bob, mallory):
        assert signed_in(user).get(crop).status_code == 404


def test_a_file_that_the_browser_has_is_not_sent_again_but_access_is_asked_again(
    photo: Photo, bob: User, mallory: User, signed_in: SignIn
) -> None:
    for address in addresses_of(photo):
        again = {"If-None-Match": get(signed_in(bob), address).headers["ETag"]}
        assert get(signed_in(bob), address, **again).status_code == 304
        assert get(signed_in(mallory), address, **again).status_code == 404


def test_what_one_user_keeps_in_the_browser_is_not_shown_to_the_next(
    photo: Photo, bob: User, signed_in: SignIn
) -> None:
    for address in addresses_of(photo):
        answer = get(signed_in(bob), address)
        assert "Cookie" in answer.headers["Vary"]
        assert answer.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        ("holiday.png", 'attachment; filename="holiday.png"'),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("a\r\nSet-Cookie: x.png", 'attachment; filename="aSet-Cookie: x.png"'),
        ("Grüße.png", "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.png"),
    ],
)
def test_an_original_is_saved_under_a_safe_name_and_never_opened_by_the_browser(
    name: str, saved_as: str, photo: Photo, bob: User, signed_in: SignIn
) -> None:
    Photo.objects.filter(pk=photo.pk).update(name=name)
    answer = get(signed_in(bob), reverse("original", args=[photo.pk]))
    assert answer.headers["Content-Disposition"] == saved_as
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_thumbnail_that_is_not_made_yet_is_not_found(
    add_drawing: Callable[..., Photo], alice: User, signed_in: SignIn
) -> None:
    waiting = add_drawing("red")
    address = reverse("thumbnail", args=[waiting.pk])
    assert signed_in(alice).get(address).status_code == 404


def test_behind_nginx_the_file_is_named_and_nginx_sends_it(
    photo: Photo, bob: User, signed_in: SignIn, settings: Settings
) -> None:
    settings.LIKENESS_ACCEL = True
    answer = signed_in(bob).get(reverse("thumbnail", args=[photo.pk]))
    accel = f"/protected-media/{photo.folder}/thumbnail.webp"
    assert answer.headers["X-Accel-Redirect"] == accel
    assert answer.content == b""
