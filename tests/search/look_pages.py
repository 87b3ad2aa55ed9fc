"""Asking by what photos look like; what the fake backbone sees is how much there is of a colour."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from galleries import scenes
from galleries.models import Photo
from tests.drawings import draw
from tests.faces import analyse_everything

SignedIn = Callable[[User], Client]
MIXED = ("red", "blue", "green", "yellow")


@pytest.fixture
def photos(
    add_drawing: Callable[..., Photo],
    drawing_engine: None,
    drawing_scenes: set[str],
    settings: Settings,
) -> list[Photo]:
    """Each colour alone, and each pair."""
    settings.LIKENESS_SEARCHES_PER_MINUTE = 10_000
    scenes.register()
    drawn = [add_drawing(colour, name=f"{colour}.png") for colour in MIXED]
    pairs = [(one, other) for one in MIXED for other in MIXED if one < other]
    drawn += [add_drawing(*pair, name=f"{'-'.join(pair)}.png") for pair in pairs]
    analyse_everything()
    return [Photo.objects.get(pk=photo.pk) for photo in drawn]


def show(client: Client, *colours: str, **words: Any) -> Any:
    """Upload a drawing. Returns the page of the answer."""
    picture = SimpleUploadedFile("mine.png", draw(*colours))
    return client.post(reverse("looks"), {"photo": picture, **words}, follow=True)


def names(page: Any) -> list[str]:
    return [match.photo.name for match in page.context["page"].matches]
