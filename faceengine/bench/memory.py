"""`./run bench memory`: what a process with two packs keeps in memory over many photos.

The photos of the folder come again and again, each time as a JPEG of another size and shape, since
what a runtime keeps for every new shape is how such a process grows. The decoders are processes of
their own, which end after a thousand photos, and are counted apart.
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import psutil
from PIL import Image as PIL_Image

from faceengine.bench.photos import DEFAULT_FOLDERS, photos_in
from faceengine.command_line import Measure, print_measures, weights_from_environment
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError
from faceengine.guard import Guard
from faceengine.pictures import Image, decode
from faceengine.pipeline import Scanned, scan
from faceengine.runtime import keep_memory_small
from faceengine.weights import WeightStore

MEGABYTE = 1_000_000
PHOTOS, QUICK_PHOTOS = 10_000, 300
#: The second pack takes five times as long for a photo, and sees each twentieth one.
PACKS = (("open", 1), ("dlib", 20))
LARGEST_MEGABYTES, LARGEST_GROWTH = 600.0, 30.0
#: Sides of the JPEGs, in pixels, half of them below 640. Any two may meet.
SHORTEST, LONGEST = 200, 2048
#: Few and small, as they are in memory too.
SOURCES, SOURCE_SIDE = 12, 700
CHUNK = 20


@dataclass(frozen=True, slots=True)
class Record:
    """Bytes in use after each chunk of photos, and the faces that were found."""

    process: list[int] = field(default_factory=list)
    decoders: list[int] = field(default_factory=list)
    faces: list[int] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when no target is missed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="./run bench memory", description=__doc__)
    parser.add_argument(
        "--photos", type=Path, action="append", metavar="FOLDER", help="a folder with faces"
    )
    parser.add_argument("--photos-count", type=int, metavar="N", help=f"{PHOTOS:,} by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_PHOTOS} photos")
    options = parser.parse_args(arguments)
    count = options.photos_count or (QUICK_PHOTOS if options.quick else PHOTOS)
    try:
        sources = photos_in(options.photos or DEFAULT_FOLDERS)
        measures = measure(sources, weights_from_environment(), max(count, 5 * CHUNK))
    except FaceEngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    print_measures(measures, as_json=options.json)
    return 1 if any(line.ok is False for line in measures) else 0


def measure(sources: Sequence[Path], weights: WeightStore, count: int) -> list[Measure]:
    """Raises: WeightError when the weights of a pack are not here."""
    keep_memory_small()
    engines = [(FaceEngine.load(pack, weights), every) for pack, every in PACKS]
    images = [decode(path.read_bytes(), SOURCE_SIDE).image for path in sources[:SOURCES]]
    record = Record()
    with Guard(processes=2) as guard:
        photos = _varied(images, count)
        for start in range(0, count, CHUNK):
            chunk = [next(photos) for _ in range(min(CHUNK, count - start))]
            record.faces.append(_work(engines, chunk, guard))
            _note(record)
            if start % 1000 < CHUNK:
                sys.stderr.write(f"{start:>7,} photos, {record.process[-1] // MEGABYTE} MB\n")
    return report(record, count)


def _varied(images: Sequence[Image], count: int) -> Iterator[bytes]:
    """JPEGs of the pictures' middles in sizes that hardly ever repeat; always the same ones."""
    random = np.random.default_rng(0)
    for number in range(count):
        image = images[number % len(images)]
        drawn = np.exp(random.uniform(math.log(SHORTEST), math.log(LONGEST), 2))
        width, height = (int(side) for side in drawn)
        scale = min(image.shape[1] / width, image.shape[0] / height)
        cut_width, cut_height = max(1, int(width * scale)), max(1, int(height * scale))
        left, top = (image.shape[1] - cut_width) // 2, (image.shape[0] - cut_height) // 2
        middle = image[top : top + cut_height, left : left + cut_width]
        resized = cv2.resize(middle, (width, height))
        buffer = io.BytesIO()
        PIL_Image.fromarray(np.asarray(resized, dtype=np.uint8)).save(buffer, "JPEG")
        yield buffer.getvalue()


def _work(engines: Sequence[tuple[FaceEngine, int]], photos: Sequence[bytes], guard: Guard) -> int:
    return sum(
        len(answer.faces)
        for engine, every in engines
        for answer in scan(engine, photos[::every], guard)
        if isinstance(answer, Scanned)
    )


def _note(record: Record) -> None:
    process = psutil.Process()
    record.process.append(process.memory_info().rss)
    record.decoders.append(sum(child.memory_info().rss for child in process.children()))


def report(record: Record, count: int) -> list[Measure]:
    """Growth is between the second tenth of the photos and the last: the first fills buffers."""
    tenth = len(record.process) // 10 or 1
    early = float(np.mean(record.process[tenth : 2 * tenth]))
    late = float(np.mean(record.process[-tenth:]))
    most, growth = max(record.process) / MEGABYTE, (late - early) / MEGABYTE
    packs = " and ".join(pack for pack, _ in PACKS)
    return [
        Measure(
            f"memory with the packs {packs}, most over {count:,} photos",
            most,
            "MB",
            target=LARGEST_MEGABYTES,
            ok=most <= LARGEST_MEGABYTES,
        ),
        Measure(
            "growth from the second tenth of the photos to the last",
            growth,
            "MB",
            target=LARGEST_GROWTH,
            ok=growth <= LARGEST_GROWTH,
        ),
        Measure("memory of the two decoders, most", max(record.decoders) / MEGABYTE, "MB"),
        Measure("faces found", sum(record.faces), "faces"),
    ]
