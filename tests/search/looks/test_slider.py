"""The slider between colours and content says what was asked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import scenes
from galleries.models import Photo
from search.looks.asking import USUAL_WEIGHT, WEIGHT_BESIDE_COLOURS
from tests.drawings import draw
from tests.faces import analyse_everything

pytestmark = pytest.mark.usefixtures("drawing_engine", "drawing_scenes")


@pytest.fixture
def address(
    add_drawing: Callable[..., Photo], alice: User, signed_in: Callable[[User], Client]
) -> tuple[Client, str]:
    """Of an answer, and who may see it."""
    scenes.register()
    add_drawing("red", name="red.png")
    analyse_everything()
    client = signed_in(alice)
    picture = SimpleUploadedFile("mine.png", draw("red"))
    answer = client.post(reverse("looks"), {"photo": picture}, follow=True)
    return client, answer.redirect_chain[-1][0]


def slider(page: Any) -> dict[str, float]:
    (field,) = re.findall(r'<input type="range"[^>]*name="weight"[^>]*>', page.content.decode())
    return {
        name: float(value) for name, value in re.findall(r'(min|max|step|value)="(.*?)"', field)
    }


@pytest.mark.parametrize("asked", [None, 0, 0.35, 0.95, 1])
def test_it_stands_at_the_weight_that_was_asked_with(
    address: tuple[Client, str], asked: float | None
) -> None:
    client, path = address
    shown = slider(client.get(path, {} if asked is None else {"weight": str(asked)}))
    weight = USUAL_WEIGHT if asked is None else asked
    assert shown["value"] == weight
    # or a browser would move it there, and ask for another weight than was shown
    steps = (weight - shown["min"]) / shown["step"]
    assert steps == pytest.approx(round(steps))


def test_colours_that_are_named_count_half_unless_it_is_said(address: tuple[Client, str]) -> None:
    client, path = address
    colours = {"colour": "#00c800"}
    assert slider(client.get(path, colours))["value"] == WEIGHT_BESIDE_COLOURS
    assert slider(client.get(path, {**colours, "weight": "0.9"}))["value"] == 0.9
