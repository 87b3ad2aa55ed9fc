"""Reading pages as a user does."""

import re
from typing import Protocol


class Page(Protocol):
    @property
    def content(self) -> bytes: ...


def text_of(page: Page) -> str:
    """What a page says: without tags, spaces folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))
