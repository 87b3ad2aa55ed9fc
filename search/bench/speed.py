"""How fast and how completely faces are found, by the number of faces that somebody may see."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from faceengine.command_line import Measure
from faceengine.faces import Box
from faceengine.packs import Strictness
from galleries.neighbours import WholeGalleries
from search.asking import Asked, answer, findings_of
from search.bench.archive import Archive
from search.bench.peers import NEIGHBOURS, Way
from search.probes import ProbeFace
from search.queries import MAX_HITS
from search.scope import Scope

#: The most that a search of so many visible faces may take, p50 and p95 in ms, and its recall.
SMALL, MIDDLING, LARGE = (5.0, 8.0, 1.0), (12.0, None, 0.995), (5.0, 15.0, 0.99)
LEAST_COMPLETE, FIRST_PAGE_MS = 0.99, 100.0
MOST_INDEX_GIGABYTES = 1.5
RUNS_OF_PAGE = 7


@dataclass(frozen=True)
class View:
    """Galleries that somebody sees, and what a search of them shall reach."""

    name: str
    archive: Archive
    gallery_ids: list[int]
    targets: tuple[float, float | None, float]

    @cached_property
    def rows(self) -> NDArray[np.intp]:
        return self.archive.faces_of(self.gallery_ids)

    @cached_property
    def nearest(self) -> list[set[int]]:
        """Of each probe the faces of the largest cosine."""
        return [
            self._faces(np.argpartition(-similarities, NEIGHBOURS)[:NEIGHBOURS])
            for similarities in self._similarities()
        ]

    def alike(self, least: float) -> list[set[int]]:
        """Of each probe the faces from this cosine on."""
        return [self._faces(similarities >= least) for similarities in self._similarities()]

    def _similarities(self) -> Iterator[NDArray[np.float32]]:
        """By comparing all in memory, and before anything is timed: that clears every cache."""
        vectors = self.archive.vectors[self.rows]
        return (vectors @ probe for probe in self.archive.probes)

    def _faces(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> set[int]:
        return set((self.rows[chosen] + self.archive.first_face).tolist())


def views(archive: Archive) -> list[View]:
    small, middling, large = (int(pk) for pk in np.unique(archive.galleries))
    total = len(archive.galleries)
    found = [
        View("", archive, [small], SMALL),
        View("", archive, [middling], MIDDLING),
        View("", archive, [small, middling, large], LARGE),
    ]
    return [
        View(f"{len(view.rows):,} of {total:,}", archive, view.gallery_ids, view.targets)
        for view in found
    ]


def measure_view(view: View, peers: dict[str, Way]) -> Iterator[Measure]:
    """The ten nearest, in the database and by peers in memory; then all that are alike."""
    fast, slow, complete = view.targets

    visible = WholeGalleries(view.gallery_ids, view.archive.model)

    def ours(probe: NDArray[np.float32]) -> Sequence[int]:
        return [face for face, _ in visible.nearest(probe, limit=NEIGHBOURS)]

    asked = _ask(view, ours)
    median, p95 = np.percentile(asked.database, [50, 95])
    name = f"{view.name}, ten nearest"
    yield Measure(f"{name}, database, p50", median, "ms", target=fast, ok=median <= fast)
    ok = None if slow is None else bool(p95 <= slow)
    yield Measure(f"{name}, database, p95", p95, "ms", target=slow, ok=ok)
    yield _least(f"{name}, recall", asked.recall, complete)
    yield from _beside_peers(view, asked.median, peers)
    yield from _measure_complete(view)


def _beside_peers(view: View, ours: float, peers: dict[str, Way]) -> Iterator[Measure]:
    name = f"{view.name}, ten nearest, p50"
    yield Measure(name, ours, "ms")
    for peer, way in peers.items():
        theirs = _ask(view, way)
        title = f"{peer} (recall {theirs.recall:.3f})"
        yield Measure(name, ours, "ms", title, theirs.median, ratio=theirs.median / ours)


@dataclass(frozen=True, slots=True)
class _Answers:
    """Milliseconds of each probe as a whole, and of what the database took of them.

    `recall` is the share of the ten nearest that was found.
    """

    whole: list[float]
    database: list[float]
    recall: float

    @property
    def median(self) -> float:
        return float(np.median(self.whole))


class _Stopwatch:
    """Adds up how long statements take, with their rows on the way back."""

    def __init__(self) -> None:
        self.milliseconds = 0.0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            self.milliseconds += (time.perf_counter() - started) * 1000


def _ask(view: View, way: Way) -> _Answers:
    whole, database, found = [], [], 0
    for probe, nearest in zip(view.archive.probes, view.nearest, strict=True):
        stopwatch = _Stopwatch()
        started = time.perf_counter()
        with connection.execute_wrapper(stopwatch):
            faces = way(probe)
        whole.append((time.perf_counter() - started) * 1000)
        database.append(stopwatch.milliseconds)
        found += len(nearest.intersection(faces))
    return _Answers(whole, database, found / (NEIGHBOURS * len(view.archive.probes)))


def _measure_complete(view: View) -> Iterator[Measure]:
    """All faces above the threshold, as a search lists them."""
    least = view.archive.model.calibration.threshold(Strictness.NORMAL)
    visible = WholeGalleries(view.gallery_ids, view.archive.model)
    times, there, found = [], 0, 0
    for probe, alike in zip(view.archive.probes, view.alike(least), strict=True):
        started = time.perf_counter()
        ranked = visible.within(probe, max_distance=1 - least, most=MAX_HITS)
        times.append((time.perf_counter() - started) * 1000)
        there += len(alike)
        found += len(alike & {face for face, _ in ranked})
    yield Measure(f"{view.name}, all that are alike, p50", float(np.median(times)), "ms")
    yield Measure(f"{view.name}, all that are alike, on average", there / len(times), "faces")
    if there:
        yield _least(f"{view.name}, all that are alike, recall", found / there, LEAST_COMPLETE)


def measure_one_person(view: View) -> Iterator[Measure]:
    """A person with thousands of photos: the first page, and whether all of them are found."""
    archive = view.archive
    face = ProbeFace(
        number=0,
        box=Box(0, 0, 1, 1),
        score=1,
        quality=1,
        weakness=None,
        crop=b"",
        problem="",
        vectors={archive.model.key: archive.one},
    )
    asked = Asked(Scope(archive.user), [face])
    # as the server does when it has started, so that old objects are not looked through
    gc.freeze()
    times = []
    for _ in range(RUNS_OF_PAGE):
        started = time.perf_counter()
        answer(asked)
        times.append((time.perf_counter() - started) * 1000)
    took = float(np.median(times))
    similarities = archive.vectors[view.rows] @ archive.one
    least = archive.model.calibration.threshold(Strictness.NORMAL)
    alike = set((view.rows[similarities >= least] + archive.first_face).tolist())
    found = {hit.face for finding in findings_of(asked) for hit in finding.hits}
    name = f"all photos of one, {len(alike):,} of {len(view.rows):,}"
    yield Measure(f"{name}, first page", took, "ms", target=FIRST_PAGE_MS, ok=took <= FIRST_PAGE_MS)
    yield _least(f"{name}, recall", len(alike & found) / len(alike), LEAST_COMPLETE)


def measure_building(archive: Archive) -> list[Measure]:
    """The index of all vectors, while somebody goes on searching."""
    done = threading.Event()
    times: list[float] = []
    small = WholeGalleries([int(archive.galleries[0])], archive.model)

    def search() -> None:
        while not done.is_set():
            started = time.perf_counter()
            small.within(archive.one, max_distance=0.5, most=100)
            times.append((time.perf_counter() - started) * 1000)
            done.wait(0.1)
        connection.close()

    searcher = threading.Thread(target=search)
    searcher.start()
    started = time.perf_counter()
    try:
        archive.model.create_index()
    finally:
        done.set()
        searcher.join()
    seconds = time.perf_counter() - started
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s)", [archive.model.index_name])
        (size,) = cursor.fetchone()
        cursor.execute("VACUUM ANALYZE")
    gigabytes = size / 1e9
    return [
        Measure(f"index of {len(archive.vectors):,} vectors", seconds, "s"),
        Measure("searches meanwhile", len(times), "searches"),
        Measure("searches meanwhile, p95", float(np.percentile(times, 95)), "ms"),
        Measure(
            "size of the index",
            gigabytes,
            "GB",
            target=MOST_INDEX_GIGABYTES,
            ok=gigabytes <= MOST_INDEX_GIGABYTES,
        ),
    ]


def _least(name: str, value: float, target: float) -> Measure:
    return Measure(name, value, "share", target=target, ok=value >= target)
