"""A classifier of albums on the pages: trained, put to use, its guesses added and refused; and the
pages of a gallery within reach on a phone."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, Page, expect

from galleries import derivatives
from galleries.models import Album, AlbumAnswer, Gallery, Photo
from tests.browser.steps import complaints_of, sign_in
from tests.drawings import draw
from tests.galleries.classifiers import add_album, add_seen

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

OpenBrowser = Callable[[], AbstractContextManager[Browser]]
PHONE = {"width": 360, "height": 740}
TRAINING_MS = 90_000


@pytest.fixture
def sea(gallery: Gallery) -> Album:
    """Beside another album, and three photos that look like its own."""
    add_album(gallery, "Fair")
    album = add_album(gallery, "Sea")
    for _ in range(3):
        add_seen(gallery, "Sea")
    for photo in Photo.objects.all():
        derivatives.write([derivatives.File(derivatives.thumbnail_name(photo), draw("blue"))])
    return album


def wait_for(page: Page, text: str) -> None:
    """Load a page anew until the worker has got so far."""
    for _ in range(100):
        if page.get_by_text(text).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(text)


def choose(page: Page, number: int) -> None:
    page.locator(".pick input").nth(number).check()


def test_photos_that_may_belong_to_an_album_are_added_refused_and_taken_back(
    sea: Album, gallery: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        page.goto(f"{site}/gallery/{gallery.pk}/training")
        page.get_by_label("Albums").check()
        page.get_by_role("button", name="Train").click()
        page.get_by_role("button", name="Use this version").click(timeout=TRAINING_MS)
        page.get_by_role("link", name="See the albums").click()
        wait_for(page, "3 more may belong")
        page.get_by_role("link", name="Sea").click()
        page.get_by_role("link", name="Look at all 3").click()

        choose(page, 0)
        page.get_by_role("button", name="Not here").click()
        expect(page.get_by_text("1 photo will not be offered for “Sea” again.")).to_be_visible()
        choose(page, 0)
        expect(page.get_by_text("1 chosen")).to_be_visible()
        page.get_by_role("button", name="Add to the album").click()
        expect(page.get_by_text("1 photo added to “Sea”.")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("button", name="Add all 2").click()
        expect(page.get_by_role("heading", name="No photo waits")).to_be_visible()
        assert complaints == []
    assert sea.photos.count() == 14
    assert AlbumAnswer.objects.filter(is_here=False).count() == 1


def test_every_page_of_a_gallery_is_within_reach_on_a_phone(
    gallery: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]
        sign_in(page, site, "alice")
        page.goto(f"{site}/gallery/{gallery.pk}")
        for name in ("Regroup", "Duplicates", "Train", "History"):
            button = page.locator(".tabs-button")
            button.focus()
            page.keyboard.press("Enter")
            page.locator("#more-pages").get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
            expect(page.get_by_role("button", name=f"{name} and more pages")).to_be_in_viewport(
                ratio=1
            )
            expect(page.locator("#more-pages")).to_be_hidden()
        page.locator(".tabs-button").click()
        page.keyboard.press("Escape")
        expect(page.locator("#more-pages")).to_be_hidden()
        expect(page.locator(".tabs-button")).to_be_focused()
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(page.locator(".tabs-button")).to_be_hidden()
        expect(page.get_by_role("link", name="Duplicates")).to_be_visible()
