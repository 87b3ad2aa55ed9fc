"""What is in the archive, and which of it a page shows."""

from pathlib import Path

from playwright.sync_api import Page

KINDS = ("Leopards", "Motorbikes", "bonsai", "butterfly")
OF_EACH = 5


def photos_of(kind: str, folder: Path) -> list[Path]:
    """Those after `OF_EACH` are not in the archive."""
    return sorted((folder / kind).glob("*.jpg"))


def names(page: Page) -> list[str]:
    """Of all photos that it shows, once it is there."""
    page.wait_for_load_state()
    pictures = page.locator(".match-picture")
    return [picture.get_attribute("alt") or "" for picture in pictures.all()]
