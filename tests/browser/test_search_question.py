"""What is changed on the page of an answer goes with whatever leads on from it, and comes back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from faceengine.faces import Box
from galleries import identities
from galleries.models import Face, Gallery, Person
from tests.browser.steps import OpenBrowser, narrow, sign_in
from tests.browser.test_faces import drag
from tests.browser.test_story import SEARCH_MILLISECONDS, search_with
from tests.browser.two_people import choose, with_face

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

CHANGED = re.compile(r"face=0&face=1&.*strictness=wide")


@pytest.fixture
def asked(archive: Gallery, folder: Path, page: Page) -> Page:
    """Both faces, widely: none of it is in the address at which the page was loaded."""
    search_with(page, folder / "two_people.jpg")
    for number in (1, 2):
        with_face(page, number)
    choose(page, "Wide")
    expect(page).to_have_url(CHANGED)
    return page


@pytest.fixture
def namesake(named: Person, alice: User) -> Person:
    """The first of the two has the name of the second."""
    first = Face.objects.filter(gallery=named.gallery, photo__name="obama.jpg")
    return identities.open_person_of(list(first), alice, named.name)[1]


@pytest.fixture
def second_face(archive: Gallery) -> Box:
    box: Box = Face.objects.filter(photo__name="two_people.jpg").order_by("left")[1].box
    return box


@pytest.fixture
def other(alice: User) -> Gallery:
    return Gallery.create_owned_by(alice, "Other")


def go(there: Callable[[], object], then_checked: Locator) -> None:
    """Through the history; a page that is still loaded anew cannot be left."""
    there()
    expect(then_checked).to_be_checked()
    then_checked.page.wait_for_load_state()


def test_another_picture_keeps_what_was_changed(asked: Page, folder: Path) -> None:
    narrow(asked, "biden")
    asked.get_by_role("button", name="Another picture").click()
    expect(asked.get_by_text("that you have chosen are kept")).to_be_visible()
    asked.wait_for_load_state()
    asked.locator("#id_photo").set_input_files(folder / "biden.jpg")
    asked.wait_for_url("**/search/*name=biden*", timeout=SEARCH_MILLISECONDS)
    expect(asked.get_by_label("Wide")).to_be_checked()
    expect(asked.get_by_label("File name contains")).to_have_value("biden")
    expect(asked.locator("#results h1")).to_have_text("3 photos of this person")


def test_the_filters_are_cleared_and_nothing_else(asked: Page) -> None:
    narrow(asked, "biden")
    asked.get_by_role("button", name="Clear the filters").click()
    expect(asked).to_have_url(re.compile(r"\?face=0&face=1&(?!.*name=).*strictness=wide"))
    expect(asked.locator("#results h1")).to_have_text("6 photos of face 1 or face 2")
    expect(asked.get_by_label("Wide")).to_be_checked()


def test_all_faces_are_looked_for_as_strictly_as_was_chosen(
    archive: Gallery, assets: Path, page: Page
) -> None:
    three = assets / "faces" / "photos_compreface" / "011_3.jpg"
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
    namesake: Person, asked: Page
) -> None:
    asked.get_by_label("Name of a person to add").fill("Joe")
    asked.get_by_label("Name of a person to add").press("Enter")
    expect(asked.get_by_text("Several people are called “Joe”.")).to_be_visible()
    choose(asked, "Without face 2")
    asked.locator(".called button").first.click()
    expect(asked.get_by_label("With Joe")).to_be_checked()
    expect(asked.get_by_label("Without face 2")).to_be_checked()
    expect(asked.get_by_label("Wide")).to_be_checked()


def test_a_table_is_of_what_is_shown(asked: Page) -> None:
    narrow(asked, "biden2")
    expect(asked.locator("#results h1")).to_have_text("1 photo of face 1 or face 2")
    with asked.expect_download() as table:
        asked.get_by_role("link", name="Table").click()
    rows = Path(table.value.path()).read_text().splitlines()[1:]
    assert [row.partition(",")[0] for row in rows] == ["biden2.jpg"]


def test_a_face_is_marked_in_the_question_as_it_is(
    second_face: Box, folder: Path, page: Page
) -> None:
    search_with(page, folder / "two_people.jpg")
    choose(page, "Without face 1")
    choose(page, "Wide")
    page.get_by_label("Name of a person to add").fill("half a na")
    page.get_by_text("Mark a face that was missed").click()
    drag(page, page.locator("#overlay"), second_face)
    page.get_by_role("button", name="Look for this face").click()
    expect(page.get_by_label("With face 3")).to_be_checked()
    expect(page.get_by_label("Without face 1")).to_be_checked()
    expect(page.get_by_label("Wide")).to_be_checked()
    expect(page.get_by_label("Name of a person to add")).to_have_value("")


def test_a_face_that_is_opened_in_another_tab_takes_the_question_with_it(
    archive: Gallery, folder: Path, page: Page
) -> None:
    search_with(page, folder / "two_people.jpg")
    with_face(page, 2)
    choose(page, "Strict")
    with page.context.expect_page() as opened:
        page.locator("a[data-choose]").first.click(modifiers=["ControlOrMeta"])
    expect(page.get_by_label("With face 1")).not_to_be_checked()
    for label in ("With face 1", "With face 2", "Strict"):
        expect(opened.value.get_by_label(label)).to_be_checked()


def test_going_back_and_forward_the_whole_page_is_of_the_same_question(asked: Page) -> None:
    choose(asked, "Strict")
    choose(asked, "Without face 2")
    go(asked.go_back, asked.get_by_label("With face 2"))
    go(asked.go_back, asked.get_by_label("Wide"))
    expect(asked.get_by_label("With face 2")).to_be_checked()
    expect(asked.locator("a.is-chosen")).to_have_count(2)
    go(asked.go_forward, asked.get_by_label("Strict"))
    go(asked.go_forward, asked.get_by_label("Without face 2"))
    expect(asked.locator("a.is-unwanted")).to_have_count(1)
    asked.get_by_role("button", name="Another picture").click()
    expect(asked.get_by_text("that you have chosen are kept")).to_be_visible()
    go(asked.go_back, asked.get_by_label("Strict"))
    expect(asked.get_by_label("Without face 2")).to_be_checked()
    expect(asked.locator("#results h1")).to_have_text("2 photos of this person, without face 2")


def test_a_name_is_searched_for_in_the_galleries_that_are_ticked_by_then(
    named: Person, other: Gallery, site: str, page: Page
) -> None:
    page.goto(f"{site}/search?strictness=wide&gallery={named.gallery_id}")
    page.get_by_label("Summer").uncheck()
    page.get_by_label("Other").check()
    page.get_by_label("Or search by name").fill("Joe")
    page.get_by_label("Or search by name").press("Enter")
    expected = f"search/people\\?strictness=wide&gallery={other.pk}&person={named.pk}$"
    expect(page).to_have_url(re.compile(expected))


def test_while_the_server_is_away_the_page_says_so_and_keeps_the_question(asked: Page) -> None:
    asked.get_by_label("Sort by").select_option("Newest first")
    expect(asked).to_have_url(re.compile("order=newest"))
    asked.context.set_offline(True)
    asked.get_by_label("Strict").check(force=True)
    expect(asked.get_by_role("alert")).to_contain_text("No answer came")
    asked.context.set_offline(False)
    asked.get_by_role("button", name="Search again").click()
    expect(asked).to_have_url(re.compile(r"face=0&face=1&.*strictness=strict.*order=newest"))
    expect(asked.get_by_role("alert")).to_have_count(0)


def test_filters_go_to_the_other_tab_and_back_as_they_were_changed(asked: Page) -> None:
    narrow(asked, "biden")
    asked.get_by_role("button", name="Looks").click()
    asked.wait_for_url("**/search/looks/*name=biden*")
    expect(asked.get_by_label("File name contains")).to_have_value("biden")
    expect(asked.locator("#results .match")).to_have_count(3)
    narrow(asked, "obama")
    asked.get_by_role("button", name="Faces").click()
    asked.wait_for_url(re.compile(r"/search/(?!looks)[^/]+name=obama"))
    expect(asked.get_by_label("File name contains")).to_have_value("obama")
    with_face(asked, 1)
    expect(asked.locator("#results h1")).to_have_text("3 photos of this person")


def test_without_scripts_filters_go_to_the_other_tab_as_they_are_typed_and_ticked(
    archive: Gallery, other: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, site, "alice")
        page.goto(f"{site}/search")
        page.locator("#id_photo").set_input_files(folder / "biden.jpg")
        page.get_by_role("button", name="Find the faces").click()
        page.wait_for_url("**/search/*", timeout=SEARCH_MILLISECONDS)
        page.locator("#filters summary").click()
        page.get_by_label("File name contains").fill("obama")
        page.get_by_label("until").fill("2040-05-31")
        page.get_by_role("button", name="Looks").click()
        page.wait_for_url("**/search/looks/*")
        expect(page.get_by_label("File name contains")).to_have_value("obama")
        expect(page.get_by_label("until")).to_have_value("2040-05-31")
        page.get_by_role("button", name="Another picture").click()
        page.get_by_label("Summer").check()
        page.get_by_role("button", name="Faces").click()
        page.wait_for_url(re.compile(r"/search\?gallery="))
        expect(page.get_by_label("Summer")).to_be_checked()
        page.locator("#id_photo").set_input_files(folder / "obama3.jpg")
        page.get_by_role("button", name="Find the faces").click()
        page.wait_for_url("**/search/*name=obama*", timeout=SEARCH_MILLISECONDS)
        assert f"gallery={archive.pk}" in page.url
        assert "taken_until=2040-05-31" in page.url
