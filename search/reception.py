"""Taking in the picture to ask with: in memory only, never on the disk, and few at one time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Semaphore
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

MEGABYTE = 1_000_000
# what a form adds around its one file
FORM_BYTES = 100_000
#: When whoever finds no room shall come again.
RETRY_AFTER_SECONDS = 5


class BusyError(Exception):
    """There is no room now; str() is the sentence for the user."""


class Room:
    """Lets some threads of this process work at one time, and some more wait until they may."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        """`seconds` is the longest wait."""
        self._places = Semaphore(places)
        self._entered = Semaphore(places + waiting)
        self._seconds = seconds

    @contextmanager
    def place(self, sentence: str) -> Iterator[None]:
        """Raises: BusyError, with the sentence."""
        if not self._entered.acquire(blocking=False):
            raise BusyError(sentence)
        try:
            if not self._places.acquire(timeout=self._seconds):
                raise BusyError(sentence)
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._entered.release()


@cache
def looking_room() -> Room:
    """Where pictures are looked at. A face engine uses all cores, so more at once are no faster."""
    return Room(
        settings.LIKENESS_LOOKS_AT_ONCE,
        settings.LIKENESS_LOOKS_WAITING,
        settings.LIKENESS_LOOKS_WAIT_SECONDS,
    )


class InMemoryOnly(MemoryFileUploadHandler):
    """Django's handler passes files above 2.5 MB on to the disk; this one keeps every file."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        super().handle_raw_input(*args, **kwargs)
        self.activated = True


def keep_in_memory(request: HttpRequest) -> None:
    """Keep the files of a request off the disk. Call it before anything reads its POST or FILES."""
    request.upload_handlers = [InMemoryOnly(request)]


def is_too_large(request: HttpRequest) -> bool:
    """Whether the body is larger than a photo may be; ask before it is read into memory."""
    return int(request.META.get("CONTENT_LENGTH") or 0) > _limit() + FORM_BYTES


def too_large_sentence() -> str:
    return (
        f"This picture is larger than {settings.LIKENESS_MAX_PHOTO_MB} MB. "
        "Save it smaller and search with that."
    )


def _limit() -> int:
    megabytes: int = settings.LIKENESS_MAX_PHOTO_MB
    return megabytes * MEGABYTE
