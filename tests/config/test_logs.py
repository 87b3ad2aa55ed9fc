"""What the log says of requests that were not answered."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries.models import Gallery
from search.reception import Room
from tests.drawings import draw
from tests.phones import phone_of


@pytest.fixture
def nobody_may_look(monkeypatch: pytest.MonkeyPatch) -> None:
    full = Room(places=0, waiting=0, seconds=0)
    monkeypatch.setattr("search.probes.looking_room", lambda: full)


def levels(caplog: pytest.LogCaptureFixture) -> list[int]:
    return [record.levelno for record in caplog.records if record.name == "django.request"]


@contextmanager
def watched(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.clear()
    with caplog.at_level(logging.DEBUG, "django.request"):
        yield


@pytest.mark.usefixtures("drawing_engine", "nobody_may_look")
def test_who_is_asked_to_come_again_is_one_warning_by_page_and_by_api(
    gallery: Gallery,
    alice: User,
    signed_in: Callable[[User], Client],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client, phone = signed_in(alice), phone_of(alice)
    with watched(caplog):
        picture = SimpleUploadedFile("who.png", draw("red"))
        assert client.post(reverse("search"), {"photo": picture}).status_code == 503
    assert levels(caplog) == [logging.WARNING]
    with watched(caplog):
        picture = SimpleUploadedFile("who.png", draw("red"))
        assert phone.send("/search", photo=picture)[0] == 503
    assert levels(caplog) == [logging.WARNING]


def test_what_breaks_stays_an_error(
    gallery: Gallery,
    alice: User,
    signed_in: Callable[[User], Client],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("search.offers.galleries", fail)
    client = signed_in(alice)
    client.raise_request_exception = False
    with watched(caplog):
        assert client.get(reverse("search")).status_code == 500
    assert levels(caplog) == [logging.ERROR]
