"""What is deleted asks first where nothing brings it back; with scripts and without."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from galleries import trash
from galleries.models import Deletion, Gallery, Photo
from tests.browser.steps import OpenBrowser, complaints_of, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

REMOVAL_SECONDS = 60


def wait_for_the_worker() -> None:
    """Until nothing is left of what was deleted."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while Gallery.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not Gallery.objects.exists()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_an_owner_deletes_for_good_after_a_question_and_at_last_the_gallery(
    site: str,
    open_browser: OpenBrowser,
    gallery: Gallery,
    add_drawing: Callable[..., Photo],
    *,
    has_scripts: bool,
) -> None:
    alice = gallery.memberships.get(role="owner").user
    for name in ("gone.png", "kept.png"):
        trash.throw_away([add_drawing("red", name=name)], alice)
    with open_browser() as browser:
        page = browser.new_context(java_script_enabled=has_scripts).new_page()
        sign_in(page, site, "alice")
        complaints = complaints_of(page)
        page.goto(f"{site}/gallery/{gallery.pk}/deleted")
        row, question = page.locator(".row", has_text="gone.png"), page.locator(":popover-open")
        row.get_by_role("button", name="Delete for good").click()
        expect(question).to_contain_text("Nothing brings it back then")
        question.get_by_role("button", name="Keep").click()
        expect(question).to_have_count(0)
        row.get_by_role("button", name="Delete for good").click()
        question.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("1 photo deleted for good.")).to_be_visible()
        expect(page.get_by_text("kept.png")).to_be_visible()
        expect(page.get_by_text("gone.png")).to_have_count(0)

        page.goto(f"{site}/gallery/{gallery.pk}/settings")
        page.get_by_role("button", name="Delete the gallery").click()
        page.get_by_label("Type the name of the gallery").fill("Summer")
        question.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_text("The gallery “Summer” is deleted.")).to_be_visible()
        expect(page.get_by_role("link", name="Summer")).to_have_count(0)
        assert not complaints
    wait_for_the_worker()
    assert not Deletion.objects.exists()
