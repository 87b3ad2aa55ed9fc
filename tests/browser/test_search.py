"""Searching for several people in a browser: by mouse, keyboard and touch, without scripts too."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from faceengine.faces import Box
from galleries.models import Face, Gallery, Person
from tests.browser.steps import OpenBrowser, complaints_of, sign_in
from tests.browser.test_faces import drag
from tests.browser.test_story import SEARCH_MILLISECONDS, names_of_matches, search_with
from tests.browser.two_people import BOTH, FIRST_ALONE, SECOND_ALONE, choose, with_face

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]


def test_two_faces_are_searched_for_together_and_one_without_the_other(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        search_with(page, folder / "two_people.jpg")
        expect(page.locator("#combine")).to_be_hidden()
        faces = page.locator("a[data-choose]")
        faces.nth(0).click()
        expect(page.locator("#results h1")).to_have_text("4 photos of this person")
        faces.nth(1).click()
        expect(page.locator("#results h1")).to_have_text("6 photos of face 1 or face 2")
        assert names_of_matches(page) == BOTH | FIRST_ALONE | SECOND_ALONE

        choose(page, "Together in one photo")
        expect(page.locator("#results h1")).to_have_text("2 photos of face 1 and face 2 together")
        assert names_of_matches(page) == BOTH
        expect(page.locator("#results .match").first.locator(".box")).to_have_count(2)

        choose(page, "Without face 2")
        expect(page.get_by_label("With face 2")).not_to_be_checked()
        expect(page.locator("#results h1")).to_have_text("2 photos of this person, without face 2")
        assert names_of_matches(page) == FIRST_ALONE

        page.go_back()
        expect(page.locator("#results h1")).to_have_text("2 photos of face 1 and face 2 together")
        page.reload()
        assert names_of_matches(page) == BOTH
        assert complaints == []


def test_a_face_is_searched_for_with_somebody_known_by_name(
    named: Person, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        search_with(page, folder / "obama3.jpg")
        assert names_of_matches(page) == BOTH | FIRST_ALONE

        name = page.get_by_label("Name of a person to add")
        name.press_sequentially("jo")
        expect(page.locator("#who-names option")).to_have_attribute("value", "Joe")
        name.fill("Joe")
        name.press("Enter")
        expect(page.get_by_label("With Joe")).to_be_checked()
        choose(page, "Together in one photo")
        expect(page.locator("#results h1")).to_have_text("2 photos of this person and Joe together")
        assert names_of_matches(page) == BOTH

        choose(page, "Without Joe")
        expect(page.locator("#results h1")).to_have_text("2 photos of this person, without Joe")
        assert names_of_matches(page) == FIRST_ALONE
        page.get_by_role("button", name="Remove Joe").click()
        expect(page.locator("#results h1")).to_have_text("4 photos of this person")
        assert complaints == []


def test_a_face_that_was_not_found_is_marked_by_hand(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    """The frame of the other face is drawn anew: to the server it is one that nobody found."""
    faces = Face.objects.filter(photo__name="two_people.jpg").order_by("left")
    second: Box = faces[1].box
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        search_with(page, folder / "two_people.jpg")
        page.get_by_text("Mark a face that was missed").click()
        drag(page, page.locator("#overlay"), second)
        page.get_by_role("button", name="Look for this face").click()
        expect(page.get_by_label("With face 3")).to_be_checked()
        assert names_of_matches(page) == BOTH | SECOND_ALONE
        assert complaints == []


def test_a_search_is_made_by_keyboard_alone(
    archive: Gallery, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        sign_in(page, site, "alice")
        search_with(page, folder / "two_people.jpg")
        page.locator("a[data-choose]").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#results h1")).to_have_text("4 photos of this person")
        page.get_by_label("Without face 2").focus()
        page.keyboard.press("Space")
        expect(page.locator("#results h1")).to_have_text("2 photos of this person, without face 2")
        page.get_by_label("Normal").focus()
        page.keyboard.press("ArrowRight")
        expect(page).to_have_url(re.compile("strictness=wide"))
        expect(page.locator("#results-status")).to_contain_text("found.")


def test_a_stored_photo_is_searched_with_on_the_narrowest_phone(
    archive: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    photo = archive.photos.get(name="two_people.jpg")
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 640}, has_touch=True)
        sign_in(page, site, "bob")
        page.goto(f"{site}/photo/{photo.pk}")
        page.get_by_role("link", name="Search with this photo").click()
        expect(page.locator("#results")).to_contain_text("There are 2 faces in your picture.")
        with_face(page, 1)
        expect(page.locator("#to-results")).to_have_text("4 photos")
        page.locator("#filters summary").tap()
        page.get_by_label("File name contains").fill("and")
        page.get_by_label("File name contains").press("Tab")
        expect(page.locator("#to-results")).to_have_text("1 photo")
        expect(page.locator("#filter-count")).to_have_text("1")
        page.locator("#to-results").tap()
        expect(page.locator("#results h1")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_groups_and_dates_change_the_results_and_stay_in_the_address(
    named: Person, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        page.goto(f"{site}/person/{named.pk}")
        page.get_by_role("link", name="Find more").click()
        expect(page.locator("#results h1")).to_have_text("4 photos of Joe")
        page.get_by_label("Show", exact=True).select_option("Grouped by person")
        expect(page.locator("#results h1")).to_have_text("Photos of Joe, by person")
        expect(page.locator(".group-title").first).to_contain_text("Joe")
        page.get_by_label("Sort by").select_option("Newest first")
        expect(page).to_have_url(re.compile("order=newest"))
        expect(page).to_have_url(re.compile("by=person"))
        assert complaints == []


def test_without_scripts_the_same_questions_are_asked(
    named: Person, folder: Path, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, site, "alice")
        page.get_by_role("link", name="Find a person").click()
        page.locator("#id_photo").set_input_files(folder / "two_people.jpg")
        page.get_by_role("button", name="Find the faces").click()
        page.wait_for_url("**/search/*", timeout=SEARCH_MILLISECONDS)
        page.get_by_label("With face 1").check(force=True)
        page.get_by_label("Name of a person to add").fill("Joe")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_label("Together in one photo").check(force=True)
        page.get_by_role("button", name="Search", exact=True).click()
        assert names_of_matches(page) == BOTH
        page.get_by_label("With face 1").uncheck(force=True)
        page.get_by_label("Without face 1").check(force=True)
        page.get_by_role("button", name="Search", exact=True).click()
        assert names_of_matches(page) == SECOND_ALONE
