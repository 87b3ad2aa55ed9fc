"""A face that was missed: drawn with the mouse, read by the worker, named, and taken back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import User
from faceengine.faces import Box
from galleries import analysis, uploads
from galleries.models import Face, Gallery, Photo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

ANALYSIS_MILLISECONDS = 60_000
TWO_LOOKS_MILLISECONDS = 4_500


@pytest.fixture
def missed(gallery: Gallery, alice: User, assets: Path) -> tuple[Photo, Box]:
    """A photo of two people, one of whom was not found; and where that one is."""
    path = assets / "faces" / "photos_misc" / "two_people.jpg"
    photo = uploads.add_photo(gallery, ContentFile(path.read_bytes(), path.name), alice).photo
    assert photo
    while analysis.work_off(8):
        pass
    _, lost = photo.faces.all()
    box = lost.box
    lost.delete()
    return photo, box


def sign_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/account/sign-in")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(f"{name}'s password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Galleries")).to_be_visible()


def drag(page: Page, picture: Locator, box: Box) -> None:
    """From one corner of a box to the other."""
    place = picture.bounding_box()
    assert place
    left, top = place["x"] + box.left * place["width"], place["y"] + box.top * place["height"]
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + 10, top + 10)
    page.mouse.move(left + box.width * place["width"], top + box.height * place["height"])
    page.mouse.up()


def await_reading(page: Page, field: Locator) -> None:
    """The page shows by itself that the photo was read, but not while a name is typed."""
    field.fill("An")
    page.wait_for_timeout(TWO_LOOKS_MILLISECONDS)
    expect(field).to_have_value("An")
    field.fill("")
    field.blur()
    expect(page.get_by_text("being read")).to_have_count(0, timeout=ANALYSIS_MILLISECONDS)


def follow_notices(page: Page, name: Locator) -> None:
    """From undo to redo and back, each by the button of the notice before."""
    for word, count in (("Do again", 1), ("Undo", 0), ("Do again", 1)):
        page.locator(".toast").get_by_role("button", name=word).click()
        expect(name).to_have_count(count)


def test_a_missed_face_is_drawn_named_and_taken_back(
    site: str,
    open_browser: Callable[[], AbstractContextManager[Browser]],
    missed: tuple[Photo, Box],
) -> None:
    photo, box = missed
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        sign_in(page, site, "alice")
        page.goto(f"{site}/photo/{photo.pk}")
        expect(page.get_by_role("heading", name="1 face")).to_be_visible()

        page.get_by_text("Add a face that was missed").click()
        drag(page, page.locator("#overlay"), box)
        left = page.get_by_label("Left", exact=True)
        assert abs(float(left.input_value()) - box.left) < 0.01
        left.press("ArrowUp")
        page.get_by_role("button", name="Add this face").click()
        expect(page.get_by_role("heading", name="2 faces")).to_be_visible()
        drawn = page.locator(".photo-face").nth(1)
        await_reading(page, drawn.get_by_placeholder("Who is this?"))
        expect(page.locator("#overlay [data-face]")).to_have_count(2)
        drawn.get_by_placeholder("Who is this?").fill("Ann")
        drawn.get_by_role("button", name="Save").click()
        expect(drawn.get_by_role("link", name="Ann")).to_be_visible()

        drawn.get_by_text("Confirmed").click()
        expect(drawn.get_by_text("alice drew 1 face")).to_be_visible()
        drawn.get_by_role("button", name="Undo: alice named").click()
        expect(drawn.get_by_placeholder("Who is this?")).to_be_visible()
        follow_notices(page, drawn.get_by_role("link", name="Ann"))
    face = Face.objects.get(source=Face.Source.DRAWN)
    assert face.vectors.exists()
    assert not face.weakness
    assert photo.faces.count() == 2
