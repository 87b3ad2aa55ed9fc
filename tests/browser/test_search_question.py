"""What is changed on the page of an answer goes with whatever leads on from it, and comes back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from accounts.models import User
from galleries import identities
from galleries.models import Face, Gallery, Person
from tests.browser.steps import OpenBrowser, sign_in
from tests.browser.test_faces import drag
from tests.browser.test_story import SEARCH_MILLISECONDS, search_with
from tests.browser.two_people import choose, with_face

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

DESKTOP: ViewportSize = {"width": 1280, "height": 860}
CHANGED = re.compile(r"face=0&face=1&.*strictness=wide")


def ask_and_change(page: Page, site: str, photo: Path) -> None:
    """Both faces, widely: none of it is in the address at which the page was loaded."""
    sign_in(page, site, "alice")
    search_with(page, photo)
    for number in (1, 2):
        with_face(page, number)
    choose(page, "Wide")
    expect(page).to_have_url(CHANGED)


def narrow(page: Page, name: str) -> None:
    page.locator("#filters summary").click()
    page.get_by_label("File name contains").fill(name)
    page.get_by_label("File name contains").press("Tab")
    expect(page.locator("#filter-count")).to_have_text("1")


def go(there: Callable[[], object], then_checked: Locator) -> None:
    """Through the history; a page that is still loaded anew cannot be left."""
    there()
    expect(then_checked).to_be_checked()
    then_checked.page.wait_for_load_state()


def test_another_picture_keeps_what_was_changed(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        ask_and_change(page, site, folder / "two_people.jpg")
        narrow(page, "biden")
        page.get_by_role("button", name="Another picture").click()
        expect(page.get_by_text("that you have chosen are kept")).to_be_visible()
        page.wait_for_load_state()
        page.locator("#id_photo").set_input_files(folder / "biden.jpg")
        page.wait_for_url("**/search/*name=biden*", timeout=SEARCH_MILLISECONDS)
        expect(page.get_by_label("Wide")).to_be_checked()
        expect(page.get_by_label("File name contains")).to_have_value("biden")
        expect(page.locator("#results h1")).to_have_text("3 photos of this person")


def test_the_filters_are_cleared_and_nothing_else(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        ask_and_change(page, site, folder / "two_people.jpg")
        narrow(page, "biden")
        page.get_by_role("button", name="Clear the filters").click()
        expect(page).to_have_url(re.compile(r"\?face=0&face=1&(?!.*name=).*strictness=wide"))
        expect(page.locator("#results h1")).to_have_text("6 photos of face 1 or face 2")
        expect(page.get_by_label("Wide")).to_be_checked()


def test_all_faces_are_looked_for_as_strictly_as_was_chosen(
    archive: Gallery, assets: Path, site: str, open_browser: OpenBrowser
) -> None:
    three = assets / "faces" / "photos_compreface" / "011_3.jpg"
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        sign_in(page, site, "alice")
        search_with(page, three)
        choose(page, "Strict")
        choose(page, "Without face 2")
        page.get_by_role("button", name="Look for all of them").click()
        page.wait_for_url("**/search/*strictness=strict*")
        for number, is_wanted in ((1, True), (2, False), (3, True)):
            expect(page.get_by_label(f"With face {number}")).to_be_checked(checked=is_wanted)
        expect(page.get_by_label("Without face 2")).to_be_checked()
        expect(page.get_by_role("button", name="Look for all of them")).to_be_hidden()


def test_of_namesakes_one_is_chosen_into_the_question_as_it_is(
    named: Person, alice: User, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    first = Face.objects.filter(gallery=named.gallery, photo__name="obama.jpg")
    identities.open_person_of(list(first), alice, "Joe")
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        ask_and_change(page, site, folder / "two_people.jpg")
        page.get_by_label("Name of a person to add").fill("Joe")
        page.get_by_label("Name of a person to add").press("Enter")
        expect(page.get_by_text("Several people are called “Joe”.")).to_be_visible()
        choose(page, "Without face 2")
        page.locator(".called button").first.click()
        expect(page.get_by_label("With Joe")).to_be_checked()
        expect(page.get_by_label("Without face 2")).to_be_checked()
        expect(page.get_by_label("Wide")).to_be_checked()


def test_a_table_is_of_what_is_shown(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        ask_and_change(page, site, folder / "two_people.jpg")
        narrow(page, "biden2")
        expect(page.locator("#results h1")).to_have_text("1 photo of face 1 or face 2")
        with page.expect_download() as table:
            page.get_by_role("link", name="Table").click()
        rows = Path(table.value.path()).read_text().splitlines()[1:]
        assert [row.partition(",")[0] for row in rows] == ["biden2.jpg"]


def test_a_face_is_marked_in_the_question_as_it_is(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    faces = Face.objects.filter(photo__name="two_people.jpg").order_by("left")
    second = faces[1].box
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        sign_in(page, site, "alice")
        search_with(page, folder / "two_people.jpg")
        choose(page, "Without face 1")
        choose(page, "Wide")
        page.get_by_label("Name of a person to add").fill("half a na")
        page.get_by_text("Mark a face that was missed").click()
        drag(page, page.locator("#overlay"), second)
        page.get_by_role("button", name="Look for this face").click()
        expect(page.get_by_label("With face 3")).to_be_checked()
        expect(page.get_by_label("Without face 1")).to_be_checked()
        expect(page.get_by_label("Wide")).to_be_checked()
        expect(page.get_by_label("Name of a person to add")).to_have_value("")


def test_a_face_that_is_opened_in_another_tab_takes_the_question_with_it(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_context(viewport=DESKTOP).new_page()
        sign_in(page, site, "alice")
        search_with(page, folder / "two_people.jpg")
        with_face(page, 2)
        choose(page, "Strict")
        with page.context.expect_page() as opened:
            page.locator("a[data-choose]").first.click(modifiers=["ControlOrMeta"])
        expect(page.get_by_label("With face 1")).not_to_be_checked()
        for label in ("With face 1", "With face 2", "Strict"):
            expect(opened.value.get_by_label(label)).to_be_checked()


def test_going_back_and_forward_the_whole_page_is_of_the_same_question(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        ask_and_change(page, site, folder / "two_people.jpg")
        choose(page, "Strict")
        choose(page, "Without face 2")
        go(page.go_back, page.get_by_label("With face 2"))
        go(page.go_back, page.get_by_label("Wide"))
        expect(page.get_by_label("With face 2")).to_be_checked()
        expect(page.locator("a.is-chosen")).to_have_count(2)
        go(page.go_forward, page.get_by_label("Strict"))
        go(page.go_forward, page.get_by_label("Without face 2"))
        expect(page.locator("a.is-unwanted")).to_have_count(1)
        page.get_by_role("button", name="Another picture").click()
        expect(page.get_by_text("that you have chosen are kept")).to_be_visible()
        go(page.go_back, page.get_by_label("Strict"))
        expect(page.get_by_label("Without face 2")).to_be_checked()
        expect(page.locator("#results h1")).to_have_text("2 photos of this person, without face 2")


def test_a_name_is_searched_for_in_the_galleries_that_are_ticked_by_then(
    named: Person, alice: User, site: str, open_browser: OpenBrowser
) -> None:
    other = Gallery.create_owned_by(alice, "Other")
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        sign_in(page, site, "alice")
        page.goto(f"{site}/search?strictness=wide&gallery={named.gallery_id}")
        page.get_by_label("Summer").uncheck()
        page.get_by_label("Other").check()
        page.get_by_label("Or search by name").fill("Joe")
        page.get_by_label("Or search by name").press("Enter")
        expected = f"search/people\\?strictness=wide&gallery={other.pk}&person={named.pk}$"
        expect(page).to_have_url(re.compile(expected))


def test_while_the_server_is_away_the_page_says_so_and_keeps_the_question(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport=DESKTOP)
        ask_and_change(page, site, folder / "two_people.jpg")
        page.get_by_label("Sort by").select_option("Newest first")
        expect(page).to_have_url(re.compile("order=newest"))
        page.context.set_offline(True)
        page.get_by_label("Strict").check(force=True)
        expect(page.get_by_role("alert")).to_contain_text("No answer came")
        page.context.set_offline(False)
        page.get_by_role("button", name="Search again").click()
        expect(page).to_have_url(re.compile(r"face=0&face=1&.*strictness=strict.*order=newest"))
        expect(page.get_by_role("alert")).to_have_count(0)
