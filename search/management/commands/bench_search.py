"""Time searches at several sizes: `./run bench search [--rows N,N] [--json] [--quick]`."""

from __future__ import annotations

import sys
import tempfile
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray

from faceengine.bench.crowd import Spread, spread_of
from faceengine.catalog import get_pack
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.errors import FaceEngineError
from galleries.bench.database import own_database
from galleries.bench.labelled import describe_people
from galleries.management.commands.bench_review import DEFAULT_FOLDER
from galleries.models import ModelVersion
from search.bench import peers, speed
from search.bench.archive import Archive, fill

#: A pack of 512 dimensions.
PACK = "edgeface"
ROWS, QUICK_ROWS = (100_000, 1_000_000), (40_000,)
PROBES, QUICK_PROBES = 200, 50
#: Peers that take seconds or build for an hour beyond so many vectors.
MOST_OF_PEERS, MOST_OF_DEEPFACE = 100_000, 10_000
RUNS_OF_DEEPFACE = 3


class Command(BaseCommand):
    help = "Search among up to a million made-up faces, beside others on the same vectors."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rows", type=_numbers, help="faces of all galleries: N or N,N")
        parser.add_argument(
            "--images", type=Path, default=DEFAULT_FOLDER, help="a folder of photos a person"
        )
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS[0]:,} faces")

    def handle(self, *args: Any, **options: Any) -> None:
        quick = options["quick"]
        try:
            labelled = describe_people(options["images"], PACK, is_quick=quick)
        except FaceEngineError as error:
            raise CommandError(str(error)) from error
        spread = spread_of(labelled.vectors, labelled.people)
        measures: list[Measure] = []
        for rows in options["rows"] or (QUICK_ROWS if quick else ROWS):
            with own_database("search"):
                measures += _measure(spread, rows, QUICK_PROBES if quick else PROBES)
        measures += _measure_deepface()
        print_measures(measures, as_json=options["json"])
        if any(line.ok is False for line in measures):
            sys.exit(1)


def _measure(spread: Spread, rows: int, probes: int) -> Iterator[Measure]:
    model = ModelVersion.objects.register(get_pack(PACK))
    model.make_default()
    started = time.perf_counter()
    archive = fill(model, spread, rows, probes)
    yield Measure(f"storing {rows:,} photos, faces and vectors", time.perf_counter() - started, "s")
    yield from speed.measure_building(archive)
    *parts, whole = speed.views(archive)
    for part in parts:
        yield from speed.measure_view(part, {})
    yield from speed.measure_view(whole, _peers(archive))
    yield from speed.measure_one_person(whole)


def _peers(archive: Archive) -> dict[str, peers.Way]:
    """Each gives the ids of faces."""
    ways = {"FAISS flat": peers.faiss_flat(archive.vectors)}
    if len(archive.vectors) <= MOST_OF_PEERS:
        ways["FAISS HNSW"] = peers.faiss_hnsw(archive.vectors)
        ways["pgvector by default"], _ = peers.pgvector_by_default(
            archive.vectors, archive.galleries
        )
    return {name: partial(_by_face, way, archive.first_face) for name, way in ways.items()}


def _by_face(way: peers.Way, first: int, probe: NDArray[np.float32]) -> list[int]:
    return [first + number for number in way(probe)]


def _measure_deepface() -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as folder:
        ways = peers.deepface(MOST_OF_DEEPFACE, Path(folder), weights_from_environment())
        for name, way in ways.items():
            took = float(np.median([way() for _ in range(RUNS_OF_DEEPFACE)]))
            yield Measure(f"{name} among {MOST_OF_DEEPFACE:,}", took, "ms")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError("give numbers of faces, as in 10000,100000") from error
    if min(numbers) < 1000:
        raise ArgumentTypeError("give 1000 faces or more")
    return numbers
