"""The whole way in a browser: sign in, upload, wait, search, and find the right photos."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from galleries.models import ModelVersion
from tests.browser.steps import OpenBrowser, complaints_of, photos_of, sign_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

PEOPLE = ("Andre_Agassi", "Angelina_Jolie", "Bill_Clinton")
ANALYSIS_MILLISECONDS = 120_000
SEARCH_MILLISECONDS = 60_000


def create_gallery(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create the gallery").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def upload(page: Page, files: Sequence[Path]) -> None:
    page.get_by_role("link", name="Add photos").first.click()
    page.wait_for_url("**/upload*")
    page.locator("#id_album").fill("Press")
    page.locator("#id_photos").set_input_files(files)


def drop(page: Page, picture: Path) -> None:
    """Let a file fall onto the page, as from a file manager."""
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """([name, content]) => {
            const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
            for (const type of ["dragover", "drop"])
                window.dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true }));
        }""",
        [picture.name, base64.b64encode(picture.read_bytes()).decode()],
    )


def open_search(page: Page) -> None:
    """Loaded whole: a picture that is chosen before its script runs is not sent by it."""
    page.get_by_role("link", name="Find a person").click()
    page.wait_for_url("**/search*")


def search_with(page: Page, picture: Path) -> None:
    open_search(page)
    page.locator("#id_photo").set_input_files(picture)
    page.wait_for_url("**/search/*", timeout=SEARCH_MILLISECONDS)


def names_of_matches(page: Page) -> set[str]:
    pictures = page.locator("#results .match-picture")
    expect(pictures.first).to_be_visible()
    return {picture.get_attribute("aria-label") or "" for picture in pictures.all()}


def test_a_person_is_found_in_an_uploaded_album_by_another_photo(
    model: ModelVersion,
    alice: User,
    mallory: User,
    site: str,
    assets: Path,
    open_browser: OpenBrowser,
) -> None:
    wanted, *others = PEOPLE
    *album, query = photos_of(wanted, assets)
    crowd = [photo for person in others for photo in photos_of(person, assets)]
    cut_short = assets / "awkward" / "truncated_corrupt" / "compreface_truncated.jpg"
    with open_browser() as browser:
        page = browser.new_page()
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        create_gallery(page, "Archive")
        upload(page, [*album, *crowd, cut_short, Path(__file__)])
        total = len(album) + len(crowd) + 1
        expect(page.locator("#upload-summary")).to_have_text(
            f"{total} of {total + 1} added, 1 refused"
        )
        state = page.locator("#state[aria-busy=false]")
        expect(state).to_contain_text(
            f"{total} photos, 1 not readable", timeout=ANALYSIS_MILLISECONDS
        )

        search_with(page, query)
        assert names_of_matches(page) == {photo.name for photo in album}
        expect(page.locator("#results .match .box")).to_have_count(len(album))

        page.locator("#results .match a").first.click()
        expect(page.locator(".face-tile").first).to_be_visible()
        photo_page = page.url
        assert complaints == []

        stranger = browser.new_context().new_page()
        sign_in(stranger, site, "mallory")
        for address in (photo_page, f"{photo_page}/thumbnail", f"{photo_page}/original"):
            answer = stranger.goto(address)
            assert answer is not None
            assert answer.status == 404


def test_a_face_in_a_group_is_chosen_by_a_click_on_the_picture(
    model: ModelVersion, alice: User, site: str, assets: Path, open_browser: OpenBrowser
) -> None:
    folder = assets / "faces" / "photos_misc"
    with open_browser() as browser:
        page = browser.new_page()
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        create_gallery(page, "Archive")
        upload(page, [folder / "obama.jpg", folder / "biden.jpg"])
        state = page.locator("#state[aria-busy=false]")
        expect(state).to_contain_text("2 photos, 2 faces", timeout=ANALYSIS_MILLISECONDS)

        search_with(page, folder / "two_people.jpg")
        expect(page.locator("#results")).to_contain_text("There are 2 faces in your picture.")
        faces = page.get_by_role("link", name=re.compile("Look for face"))
        seen = []
        for number in range(2):
            faces.nth(number).click()
            expect(page.locator("#results h1")).to_contain_text("1 photo of this person")
            seen.append(names_of_matches(page))
            faces.nth(number).click()
            expect(page.locator("#results")).to_contain_text(
                "Choose one or several, or add a name."
            )
        assert sorted(map(sorted, seen)) == [["biden.jpg"], ["obama.jpg"]]
        assert complaints == []


def test_photos_can_be_dropped_to_add_them_and_to_search(
    model: ModelVersion, alice: User, site: str, assets: Path, open_browser: OpenBrowser
) -> None:
    folder = assets / "faces" / "photos_misc"
    with open_browser() as browser:
        page = browser.new_page()
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        create_gallery(page, "Archive")
        page.get_by_role("link", name="Add photos").first.click()
        drop(page, folder / "obama.jpg")
        expect(page.locator("#upload-summary")).to_have_text("1 of 1 added")
        state = page.locator("#state[aria-busy=false]")
        expect(state).to_contain_text("1 photo, 1 face", timeout=ANALYSIS_MILLISECONDS)

        page.get_by_role("link", name="Find a person").click()
        drop(page, folder / "obama2.jpg")
        page.wait_for_url("**/search/*", timeout=SEARCH_MILLISECONDS)
        assert names_of_matches(page) == {"obama.jpg"}
        assert complaints == []


def test_without_scripts_the_same_is_possible(
    model: ModelVersion, alice: User, site: str, assets: Path, open_browser: OpenBrowser
) -> None:
    folder = assets / "faces" / "photos_misc"
    with open_browser() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, site, "alice")
        create_gallery(page, "Archive")
        upload(page, [folder / "obama.jpg", folder / "obama2.jpg", Path(__file__)])
        page.get_by_role("button", name="Upload").click()
        expect(page.locator("#upload-rows .is-added")).to_have_count(2)
        expect(page.locator("#upload-rows .is-refused")).to_have_count(1)

        page.get_by_role("link", name="See the photos").click()
        expect(page.locator(".tile")).to_have_count(2)
        waiting = page.locator("[data-waiting]")
        for _ in range(ANALYSIS_MILLISECONDS // 1000):
            if not waiting.count():
                break
            page.wait_for_timeout(1000)
            page.reload()
        expect(waiting).to_have_count(0)

        open_search(page)
        page.locator("#id_photo").set_input_files(folder / "obama3.jpg")
        page.get_by_role("button", name="Find the faces").click()
        page.wait_for_url("**/search/*", timeout=SEARCH_MILLISECONDS)
        assert names_of_matches(page) == {"obama.jpg", "obama2.jpg"}


def test_no_page_scrolls_sideways_on_the_narrowest_phones(
    model: ModelVersion, alice: User, site: str, assets: Path, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 640})
        sign_in(page, site, "alice")
        create_gallery(page, "Archive")
        gallery = page.url
        for address in (site, gallery, f"{gallery}/upload", f"{gallery}/members", f"{site}/search"):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, address
