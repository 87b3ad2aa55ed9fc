"""What is changed on the page of photos that look alike goes with whatever leads on from it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from faceengine.faces import Box
from galleries.models import Gallery
from tests.browser.looks.kinds import KINDS, OF_EACH, names, photos_of
from tests.browser.steps import narrow
from tests.browser.test_faces import drag

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

CHANGED = re.compile(r"weight=0\.3&.*name=bonsai")


@pytest.fixture
def asked(archive: Gallery, folder: Path, page: Page) -> Page:
    """Like a leopard, most of all by colours: that is not in the address that was loaded."""
    open_looks(page)
    show(page, photos_of("Leopards", folder)[OF_EACH])
    with page.expect_response(lambda answer: "weight=0.3" in answer.url):
        page.get_by_label("What counts?").fill("0.3")
    expect(page).to_have_url(re.compile(r"weight=0\.3"))
    return page


def open_looks(page: Page) -> None:
    page.get_by_role("link", name="Find a person").click()
    page.wait_for_url("**/search")
    page.get_by_role("button", name="Looks").click()
    page.wait_for_url("**/search/looks")


def show(page: Page, photo: Path) -> None:
    page.wait_for_load_state()
    page.locator("#id_photo").set_input_files(photo)
    expect(page.get_by_role("heading", name="Photos that")).to_be_visible()


def test_another_picture_keeps_what_was_changed(asked: Page, folder: Path) -> None:
    narrow(asked, "bonsai")
    asked.get_by_role("button", name="Another picture").click()
    expect(asked.get_by_text("that you have chosen are kept")).to_be_visible()
    show(asked, photos_of("butterfly", folder)[OF_EACH])
    expect(asked.get_by_label("What counts?")).to_have_value("0.3")
    expect(asked.get_by_label("File name contains")).to_have_value("bonsai")
    assert names(asked) == ["bonsai.jpg"] * OF_EACH


def test_where_nothing_is_left_the_search_goes_on_without_the_filters_and_nothing_else(
    asked: Page,
) -> None:
    narrow(asked, "nowhere")
    asked.get_by_role("button", name="Search without the filters").click()
    expect(asked).to_have_url(re.compile(r"\?(?!.*name=).*weight=0\.3"))
    expect(asked.get_by_label("What counts?")).to_have_value("0.3")
    expect(asked.get_by_label("File name contains")).to_have_value("")
    assert len(names(asked)) == len(KINDS) * OF_EACH


def test_a_part_of_the_picture_and_the_whole_are_asked_with_in_the_question_as_it_is(
    asked: Page,
) -> None:
    narrow(asked, "bonsai")
    asked.get_by_text("Search with a part of it").click()
    drag(asked, asked.locator("#overlay"), Box(0.2, 0.2, 0.5, 0.6))
    asked.get_by_role("button", name="Look for this part").click()
    expect(asked.get_by_text("You search with a part.")).to_be_visible()
    expect(asked).to_have_url(CHANGED)
    narrow(asked, "butterfly")
    asked.get_by_role("button", name="Back to the whole picture").click()
    expect(asked.get_by_text("Search with a part of it")).to_be_visible()
    expect(asked.get_by_label("File name contains")).to_have_value("butterfly")
    assert names(asked) == ["butterfly.jpg"] * OF_EACH


def test_a_colour_that_is_opened_in_another_tab_takes_the_question_with_it(asked: Page) -> None:
    narrow(asked, "bonsai")
    with asked.context.expect_page() as opened:
        asked.locator(".swatch").first.click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_label("File name contains")).to_have_value("bonsai")
    expect(opened.value.get_by_label("What counts?")).to_have_value("0.3")
    expect(opened.value.locator(".results-title")).to_have_text(re.compile("in these colours"))


def test_the_first_colour_moves_the_slider_and_the_next_leave_it_where_it_is(asked: Page) -> None:
    slider = asked.get_by_label("What counts?")
    slider.fill("0.95")
    asked.locator(".swatch").first.click()
    expect(slider).to_have_value("0.5")
    expect(asked).to_have_url(re.compile("weight=0.5&colour="))
    slider.fill("0.8")
    asked.locator(".swatch").nth(1).click()
    expect(asked).to_have_url(re.compile("weight=0.8&colour=.*colour="))
    expect(slider).to_have_value("0.8")


def test_enter_in_a_filter_asks_and_clears_nothing(asked: Page) -> None:
    asked.locator("#filters summary").click()
    asked.get_by_label("File name contains").fill("bonsai")
    asked.get_by_label("File name contains").press("Enter")
    expect(asked).to_have_url(CHANGED)
    expect(asked.get_by_label("File name contains")).to_have_value("bonsai")
    expect(asked.locator(".match-picture")).to_have_count(OF_EACH)


def test_filters_that_open_leave_the_focus_where_it_is(asked: Page) -> None:
    """In a field for a day a phone would show its keyboard."""
    asked.locator("#filters summary").click()
    expect(asked.get_by_label("Taken from")).to_be_visible()
    # what is called when it opens is called before the next frames
    asked.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    expect(asked.locator("#filters summary")).to_be_focused()
