"""Thousands of damaged files: each is read or refused by name, and nothing stays behind."""

import gc
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest

from faceengine.guard import GIBIBYTE, Guard
from faceengine.pictures import PictureError, Reason
from tests.faceengine.decoders import on_linux
from tests.faceengine.mutations import mend_png, mutations

pytestmark = pytest.mark.assets

FILES, WARM_UP = 4000, 1000
LARGEST_ORIGINAL = 35_000  # bytes
REFUSED = {
    *(Reason.EMPTY, Reason.NOT_A_PICTURE, Reason.UNSUPPORTED),
    *(Reason.DAMAGED, Reason.TOO_LARGE),
}
FORMATS = {"jpeg", "png", "webp", "avif", "heic", "gif", "tiff", "bmp"}


@pytest.fixture(scope="module")
def originals(assets: Path) -> list[bytes]:
    """Small files of every format, good and bad."""
    paths = [*(assets / "awkward").glob("*/*"), assets / "awkward/formats/hopper.bmp"]
    small = [path for path in paths if 0 < path.stat().st_size <= LARGEST_ORIGINAL]
    return [path.read_bytes() for path in [*sorted(small), paths[-1]]]


@pytest.fixture
def guard() -> Iterator[Guard]:
    with Guard(processes=2, timeout_seconds=30, memory_bytes=GIBIBYTE) as guard:
        yield guard


def test_the_same_seed_damages_files_alike(originals: Sequence[bytes]) -> None:
    once, again = (list(mutations(originals, 200, seed=5)) for _ in range(2))
    assert once == again
    assert once != list(mutations(originals, 200, seed=6))
    assert sum(data in originals for data in once) < 10


def test_mending_changes_no_good_file(originals: Sequence[bytes]) -> None:
    good = [data for data in originals if data.startswith(b"\x89PNG")]
    assert sum(mend_png(data) == data for data in good) > 8


@on_linux
def test_thousands_of_damaged_files_are_read_or_refused_by_name_and_leave_nothing(
    guard: Guard, originals: Sequence[bytes]
) -> None:
    files = mutations(originals, FILES, seed=1)
    answers = decode_all(guard, list(islice(files, WARM_UP)))
    descriptors, memory = count_descriptors(), resident_bytes()

    answers += decode_all(guard, list(files))

    assert sum(answers.values()) == FILES
    # neither CRASHED nor TOO_SLOW: no file brings a child down or keeps it for half a minute
    assert set(answers) - FORMATS <= REFUSED
    assert set(answers) & FORMATS == FORMATS
    assert count_descriptors() == descriptors
    assert resident_bytes() - memory < 32 * 1024**2
    assert all(peak_of_address_space(child) <= GIBIBYTE for child in children_of(guard))


def decode_all(guard: Guard, files: Sequence[bytes]) -> Counter[str]:
    """How often each format was read and each reason was given."""

    def answer(data: bytes) -> str:
        try:
            return guard.decode(data, max_side=200).media_type.removeprefix("image/")
        except PictureError as error:
            return error.reason

    with ThreadPoolExecutor(2) as threads:
        return Counter(threads.map(answer, files))


def children_of(guard: Guard) -> list[int]:
    return [child._running.process.pid for child in guard._children if child._running]


def count_descriptors() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak_of_address_space(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmPeak:"))
    return int(kilobytes) * 1024
