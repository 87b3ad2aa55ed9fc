"""Many photos in a row: the next ones are decoded while the engine looks at the present ones."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from faceengine.engine import FaceEngine
from faceengine.faces import Face
from faceengine.guard import Guard
from faceengine.pictures import Picture, PictureError

#: Photos whose faces the engine describes together, and how many are decoded, or being decoded,
#: at one time; a picture of 2,048 pixels takes 9 MB.
TOGETHER, AHEAD = 2, 2
#: Bytes of the files among them; a larger file is taken alone.
AHEAD_BYTES = 128_000_000

Source: TypeAlias = Path | bytes
Failure: TypeAlias = PictureError | OSError


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture, or why there is none, and how long that took from the reading of the file on."""

    outcome: Picture | Failure
    seconds: float


@dataclass(frozen=True, slots=True)
class Scanned:
    """A photo that could be read, and the faces in it, most certain first."""

    picture: Picture
    faces: list[Face]


@dataclass(frozen=True, slots=True)
class _Waiting:
    future: Future[Decoded]
    byte_size: int


def scan(
    engine: FaceEngine, photos: Iterable[Source], guard: Guard, max_side: int = 2048
) -> Iterator[Scanned | Failure]:
    """Find the faces of many photos, given as files or as their content; keeps the order.

    `max_side` as for `decode`. What cannot be read is answered by the reason, in its place.
    Raises: GuardError when no picture can be decoded at all.
    """
    with closing(decode_ahead(photos, guard, max_side)) as groups:
        for group in groups:
            images = [item.outcome.image for item in group if isinstance(item.outcome, Picture)]
            found = iter(engine.find_faces_in(images) if images else ())
            for item in group:
                picture = item.outcome
                yield Scanned(picture, next(found)) if isinstance(picture, Picture) else picture


def decode_ahead(
    photos: Iterable[Source], guard: Guard, max_side: int = 2048
) -> Generator[list[Decoded], None, None]:
    """Decode photos in the guard's processes, also while the caller works on the last answer.

    Answers them in their order, in lists of those that are ready: 1 to TOGETHER. `photos` is read
    only as far ahead. Raises: GuardError.
    """
    rest, waiting = iter(photos), deque[_Waiting]()
    threads = ThreadPoolExecutor(guard.processes)

    def fill() -> None:
        while _has_room(waiting) and (photo := next(rest, None)) is not None:
            future = threads.submit(_decode, photo, guard, max_side)
            waiting.append(_Waiting(future, _byte_size(photo)))

    try:
        fill()
        while waiting:
            group = _take(waiting)
            fill()
            yield group
    finally:
        threads.shutdown(cancel_futures=True)


def _has_room(waiting: deque[_Waiting]) -> bool:
    return len(waiting) < AHEAD and sum(item.byte_size for item in waiting) < AHEAD_BYTES


def _byte_size(photo: Source) -> int:
    if isinstance(photo, bytes):
        return len(photo)
    try:
        return photo.stat().st_size
    except OSError:
        return 0  # reading it will say why


def _take(waiting: deque[_Waiting]) -> list[Decoded]:
    """Wait for the first and take it, and those right after it that are ready."""
    group = [waiting.popleft().future.result()]
    while waiting and len(group) < TOGETHER and waiting[0].future.done():
        group.append(waiting.popleft().future.result())
    return group


def _decode(photo: Source, guard: Guard, max_side: int) -> Decoded:
    started = time.perf_counter()
    outcome = _read(photo, guard, max_side)
    return Decoded(outcome, time.perf_counter() - started)


def _read(photo: Source, guard: Guard, max_side: int) -> Picture | Failure:
    try:
        data = photo if isinstance(photo, bytes) else photo.read_bytes()
    except OSError as error:
        return error
    try:
        return guard.decode(data, max_side)
    except PictureError as error:
        return error
