"""Asking on the page of an answer; colours are persons."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import identities
from galleries.models import Person, Photo
from tests.drawings import draw
from tests.faces import analyse_everything
from tests.pages import Page

SignIn = Callable[[User], Client]
AddDrawing = Callable[..., Photo]
HTMX = {"HX-Request": "true"}
EVERYBODY = ("red", "blue", "green")
# what a form sends that nobody has filled in
BLANK = dict.fromkeys(("taken_from", "taken_until", "camera", "name", "least_face", "who"), "")


@pytest.fixture
def photos(add_drawing: AddDrawing, drawing_engine: object) -> dict[str, Photo]:
    """By who is in them."""
    crowds = ("red", "blue", "green", "red blue", "red green", "red blue green")
    added = {crowd: add_drawing(*crowd.split(), name=f"{crowd}.png") for crowd in crowds}
    analyse_everything()
    return added


def call(photo: Photo, name: str, user: User) -> Person:
    return identities.open_person_of([photo.faces.get()], user, name)[1]


def show(client: Client, *colours: str) -> str:
    """Returns the address of the answer, without the question."""
    answer = client.post(
        reverse("search"), {"photo": SimpleUploadedFile("who.png", draw(*colours))}
    )
    assert answer.status_code == 302
    return answer.headers["Location"].partition("?")[0]


def get(client: Client, address: str, asked: dict[str, Any], **more: Any) -> Any:
    return client.get(address, asked, **more)


def found(page: Page) -> list[str]:
    """Who is in the photos of the results, in their order."""
    return re.findall(r'aria-label="([a-z ]+)\.png"', page.content.decode())
