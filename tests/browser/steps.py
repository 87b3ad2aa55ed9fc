"""What every story begins with: photos of known people, and a sign-in."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from django.core.files.base import ContentFile
from playwright.sync_api import Browser, Page, ViewportSize, expect

from accounts.models import User
from galleries import tasks, uploads
from galleries.models import Analysis, Face, Gallery

OpenBrowser = Callable[[], AbstractContextManager[Browser]]
ANALYSIS_SECONDS = 180
DESKTOP: ViewportSize = {"width": 1280, "height": 860}


def photos_of(person: str, assets: Path) -> list[Path]:
    return sorted((assets / "faces" / "lfw_dev" / person).glob("*.jpg"))


def sign_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/account/sign-in")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(f"{name}'s password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Galleries")).to_be_visible()


def complaints_of(page: Page) -> list[str]:
    """What the console says from now on: blocked by the security policy, failed, thrown."""
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def narrow(page: Page, name: str) -> None:
    """On the page of an answer, to files of that name; wait for its answer."""
    page.wait_for_load_state()
    if page.locator("#filters").get_attribute("open") is None:
        page.locator("#filters summary").click()
    with page.expect_response(lambda response: f"name={name}" in response.url):
        page.get_by_label("File name contains").fill(name)
        page.get_by_label("File name contains").press("Tab")
    expect(page.locator("#filter-count")).to_have_text("1")


def name_of_face(face: Face) -> str:
    """By the file's name, which nothing else looks at; nobody for a bystander."""
    in_the_middle = abs(face.left + face.width / 2 - 0.5) < 0.2
    return face.photo.name.rsplit("_", 1)[0].replace("_", " ") if in_the_middle else ""


def import_shuffled(gallery: Gallery, user: User, photos: Sequence[Path]) -> None:
    """Add photos in any order, without a word about who is on them, and have the worker read them.

    Expects a worker, as the fixture `site` starts one.
    """
    shuffled = list(photos)
    random.Random(5).shuffle(shuffled)
    for photo in shuffled:
        uploads.add_photo(gallery, ContentFile(photo.read_bytes(), photo.name), user)
    tasks.ring_doorbell()
    deadline = time.monotonic() + ANALYSIS_SECONDS
    while Analysis.objects.exclude(state=Analysis.State.DONE).exists():
        assert time.monotonic() < deadline, "the worker has not read the photos"
        time.sleep(0.5)
