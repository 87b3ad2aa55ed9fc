"""Without Redis: a sentence where it is needed, and everything else as ever."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.models import User
from galleries.models import Gallery
from tests.drawings import draw
from tests.phones import phone_of


@pytest.fixture
def no_redis(settings: Settings) -> None:
    """The cache asks a port at which nothing listens."""
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": nowhere}
    with pytest.raises(RedisConnectionError):
        cache.get("anything")


@pytest.mark.usefixtures("no_redis")
def test_a_search_says_that_it_has_to_wait_and_photos_are_shown_as_ever(
    gallery: Gallery, alice: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(alice)
    picture = SimpleUploadedFile("who.png", draw("red"))
    answer = client.post(reverse("search"), {"photo": picture})
    assert answer.status_code == 503
    assert "Try again in a minute" in answer.text
    assert answer.headers["Retry-After"]
    assert client.get(reverse("gallery", args=[gallery.pk])).status_code == 200


@pytest.mark.usefixtures("no_redis")
def test_the_api_says_it_in_its_own_shape(gallery: Gallery, alice: User) -> None:
    picture = SimpleUploadedFile("who.png", draw("red"))
    status, answer = phone_of(alice).send("/probes", photo=picture)
    assert status == 503
    assert "Try again in a minute" in answer["detail"]
