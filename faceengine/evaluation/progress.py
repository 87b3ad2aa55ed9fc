"""Progress on stderr: a bar for people, a line now and then for a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from faceengine.evaluation.gathering import Progress as Callback

SECONDS_BETWEEN_LINES = 10


@contextmanager
def show_progress(label: str) -> Iterator[Callback]:
    """Gives a function to be told the number of photos done and of all."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(label).tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class _Lines:
    def __init__(self, label: str) -> None:
        self._label = label
        self._said = time.monotonic()

    def tell(self, done: int, total: int) -> None:
        if time.monotonic() - self._said >= SECONDS_BETWEEN_LINES:
            self._said = time.monotonic()
            sys.stderr.write(f"{self._label}: {done} of {total} photos\n")
