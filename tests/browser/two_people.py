"""An archive of two people, who is in which photo, and how they are chosen on the page."""

import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from accounts.models import User
from galleries import analysis, identities, uploads
from galleries.models import Face, Gallery, Person

# the faces from left to right
BOTH = {"two_people.jpg", "obama_and_biden.jpg"}
FIRST_ALONE = {"obama.jpg", "obama2.jpg"}
SECOND_ALONE = {"biden.jpg", "biden2.jpg"}


@pytest.fixture
def folder(assets: Path) -> Path:
    return assets / "faces" / "photos_misc"


@pytest.fixture
def archive(gallery: Gallery, alice: User, folder: Path) -> Gallery:
    for name in sorted(BOTH | FIRST_ALONE | SECOND_ALONE):
        content = ContentFile((folder / name).read_bytes(), name)
        uploads.add_photo(gallery, content, alice)
    while analysis.work_off(8):
        pass
    return gallery


@pytest.fixture
def named(archive: Gallery, alice: User) -> Person:
    """The second of the two, by their own photos."""
    faces = Face.objects.filter(gallery=archive, photo__name__in=SECOND_ALONE)
    return identities.open_person_of(list(faces), alice, "Joe")[1]


def with_face(page: Page, number: int) -> None:
    choose(page, f"With face {number}")


def choose(page: Page, label: str) -> None:
    """Tick what a finger or mouse would tick, and wait for its answer."""
    # before its scripts are there a page asks nothing
    page.wait_for_load_state()
    with page.expect_response(lambda response: "/search/" in response.url):
        page.get_by_label(label, exact=True).check(force=True)
    expect(page.locator("#results")).not_to_have_class(re.compile("htmx-request"))
