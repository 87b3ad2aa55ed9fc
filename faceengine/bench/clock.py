"""Timing two sides against each other, and the lines of the report that come of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from faceengine.command_line import Measure

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: for networks pictures, faces and runs; for pipelines photos, runs."""

    pictures: int
    faces: int
    runs: int
    photos: int
    rounds: int
    with_cnn: bool


FULL = Size(pictures=4, faces=24, runs=150, photos=8, rounds=3, with_cnn=True)
QUICK = Size(pictures=2, faces=16, runs=60, photos=4, rounds=2, with_cnn=False)


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Seconds that it took, and the answer."""
    started = time.perf_counter()
    answer = work()
    return time.perf_counter() - started, answer


def seconds(work: Callable[[], object]) -> float:
    return timed(work)[0]


def faster(name: str, ours: float, peer: str, theirs: float, target: float | None) -> Measure:
    """A line from seconds on both sides; the ratio says how many times faster we are."""
    ratio = theirs / ours
    return Measure(
        name,
        ours * 1000,
        "ms",
        peer,
        theirs * 1000,
        ratio,
        target,
        ok=None if target is None else ratio >= target,
    )
