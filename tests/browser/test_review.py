"""Photos of known people, imported without their names, reviewed to the end by keyboard alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from galleries.models import Face, Gallery
from tests.browser.steps import (
    OpenBrowser,
    complaints_of,
    import_shuffled,
    name_of_face,
    photos_of,
    sign_in,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.assets,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("worker"),
]

# three who are seen eight times, one twice, two once
PEOPLE = (
    "Andre_Agassi",
    "Angelina_Jolie",
    "Bill_Clinton",
    "Aaron_Sorkin",
    "AJ_Cook",
    "Alan_Greer",
)
MOST_ANSWERS = 40


@pytest.fixture
def press(gallery: Gallery, alice: User, site: str, assets: Path) -> Gallery:
    """Alice's gallery with the photos of all of them, in any order, read by the worker."""
    import_shuffled(gallery, alice, [photo for name in PEOPLE for photo in photos_of(name, assets)])
    return gallery


def answer(page: Page, names: dict[int, str]) -> None:
    """Answer one question truthfully, with keys only, and wait for the next one."""
    question = page.locator("[data-question]")
    shown = page.locator("form").filter(has=page.locator("[name=kind]")).first
    keys = [int(field.get_attribute("value") or 0) for field in shown.locator("[name=shown]").all()]
    name = Counter(names[key] for key in keys).most_common(1)[0][0]
    for key in keys:
        if names[key] != name:
            page.locator(f"input[type=checkbox][value='{key}']").focus()
            page.keyboard.press("Space")
    question.evaluate("element => element.dataset.answered = 'true'")
    asked = page.locator("#asked").inner_text()
    if asked != "Who is this?":
        page.keyboard.press("y" if asked == f"Is this {name}?" else "n")
    elif name:
        page.keyboard.press("e")
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    else:
        page.keyboard.press("t")
    expect(page.locator("[data-question]:not([data-answered])")).to_be_visible()


def test_everybody_has_the_right_name_after_a_review_by_keyboard(
    press: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    names = {face.pk: name_of_face(face) for face in Face.objects.select_related("photo")}
    with open_browser() as browser:
        page = browser.new_page()
        complaints = complaints_of(page)
        sign_in(page, site, "alice")
        page.goto(f"{site}/gallery/{press.pk}")
        page.get_by_role("link", name="Review").click()
        expect(page.locator("#review")).to_contain_text("0 % of faces resolved")

        first_faces = page.locator("[name=shown]").first.get_attribute("value")
        answer(page, names)
        expect(page.locator("#review")).not_to_contain_text("0 % of faces resolved", timeout=1000)
        page.keyboard.press("u")
        expect(page.locator("#review")).to_contain_text("Taken back")
        assert page.locator("[name=shown]").first.get_attribute("value") == first_faces

        answers = 0
        while page.locator("#asked").count():
            answer(page, names)
            answers += 1
            assert answers <= MOST_ANSWERS
        expect(page.get_by_role("heading", name="Nothing is left to ask")).to_be_visible()
        expect(page.locator("#review")).to_contain_text("100 % of faces resolved")
        assert complaints == []
    faces = Face.objects.select_related("person")
    assert {face.pk: face.person and face.person.name for face in faces} == names
    assert answers < len(names) / 2


def test_a_review_fits_the_narrowest_phones(
    press: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 320, "height": 640})
        sign_in(page, site, "alice")
        page.goto(f"{site}/gallery/{press.pk}/review")
        for _ in range(4):
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            with page.expect_response("**/review/answer"):
                page.get_by_role("button", name="Skip").click()


def test_without_scripts_the_buttons_answer(
    press: Gallery, site: str, open_browser: OpenBrowser
) -> None:
    with open_browser() as browser:
        page = browser.new_context(java_script_enabled=False).new_page()
        sign_in(page, site, "alice")
        page.goto(f"{site}/gallery/{press.pk}/review")
        page.get_by_label("Type a name").fill("Somebody")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("#review")).to_contain_text("“Somebody”")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#review")).to_contain_text("Taken back")
        expect(page.locator("#review")).to_contain_text("0 % of faces resolved")
