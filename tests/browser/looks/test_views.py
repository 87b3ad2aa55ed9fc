"""Searching by looks in a browser, among real photos and by a real backbone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from galleries.models import Gallery
from tests.browser.looks.kinds import KINDS, OF_EACH, names, photos_of
from tests.browser.steps import OpenBrowser, complaints_of, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]


def addresses(page: Page) -> list[str]:
    return [
        link.get_attribute("href") or "" for link in page.locator(".match > a:first-child").all()
    ]


def test_photos_of_one_kind_come_first_and_the_slider_changes_the_order(
    archive: Gallery, site: str, open_browser: OpenBrowser, folder: Path
) -> None:
    query = photos_of("Motorbikes", folder)[OF_EACH]
    with open_browser() as browser:
        page = browser.new_page()
        sign_in(page, site, "alice")
        complaints = complaints_of(page)
        page.goto(f"{site}/search")
        page.get_by_role("button", name="Looks").click()
        page.wait_for_url("**/search/looks")
        page.locator("#id_photo").set_input_files(query)
        expect(page.get_by_role("heading", name="Photos that look most like this")).to_be_visible()
        assert names(page)[:OF_EACH] == ["Motorbikes.jpg"] * OF_EACH

        orders = [addresses(page)]
        for weight, heading in (
            ("1", "Photos that look most"),
            ("0", "Photos of the same colours"),
        ):
            with page.expect_response(lambda answer: "weight=" in answer.url):
                page.get_by_label("What counts?").fill(weight)
            expect(page.locator(".results-title")).to_contain_text(heading)
            orders.append(addresses(page))
        assert sorted(orders[1]) == sorted(orders[2])
        assert orders[1] != orders[2]
        assert "weight=0" in page.url

        page.locator(".swatch").first.click()
        expect(page.get_by_role("heading", name="Photos of these colours")).to_be_visible()
        assert not complaints


def test_more_like_this_leads_from_a_photo_to_others_of_its_kind(
    archive: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page()
        sign_in(page, site, "bob")
        complaints = complaints_of(page)
        page.goto(f"{site}/gallery/{archive.pk}")
        page.locator(".tile a[title='bonsai.jpg']").first.click()
        page.get_by_role("link", name="More like this").click()
        assert names(page)[0] == "bonsai.jpg"
        assert len(names(page)) == len(KINDS) * OF_EACH - 1

        page.get_by_role("link", name="More like this").nth(8).click()
        assert len(names(page)) == len(KINDS) * OF_EACH - 1
        assert not complaints


def test_everything_works_without_scripts_and_on_a_phone(
    archive: Gallery, site: str, open_browser: OpenBrowser, folder: Path
) -> None:
    with open_browser() as browser:
        context = browser.new_context(
            java_script_enabled=False, viewport={"width": 390, "height": 844}
        )
        page = context.new_page()
        sign_in(page, site, "alice")
        page.goto(f"{site}/search/looks")
        page.locator("#id_photo").set_input_files(photos_of("Motorbikes", folder)[OF_EACH])
        page.get_by_role("button", name="Find photos like it").click()
        assert names(page)[0] == "Motorbikes.jpg"
        page.get_by_label("What counts?").fill("0")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.locator(".results-title")).to_contain_text("Photos of the same colours")
        page.locator(".swatch").first.click()
        expect(page.locator(".results-title")).to_contain_text("Photos of these colours")
