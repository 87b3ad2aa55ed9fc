"""Promises of faceengine.guard: whatever a file does to its decoder, only that file suffers."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL_Image

from faceengine import guard_process
from faceengine.guard import Guard, GuardError
from faceengine.pictures import Picture, PictureError, Reason, decode

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SMALL_GUARD_BYTES = 400 * 1024**2


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with Guard(processes=2, timeout_seconds=20) as guard:
        yield guard


def make_png(width: int, height: int = 20) -> bytes:
    buffer = io.BytesIO()
    PIL_Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def make_bitmap(pixels: int) -> bytes:
    """One bit per pixel on disk, 1 byte per pixel decoded."""
    buffer = io.BytesIO()
    PIL_Image.new("1", (10_000, pixels // 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


def find_child(guard: Guard) -> int:
    """The process id of the first child that runs."""
    return next(child._running.process.pid for child in guard._children if child._running)


def reason_for(guard: Guard, data: bytes) -> Reason:
    with pytest.raises(PictureError) as caught:
        guard.decode(data)
    return caught.value.reason


def wait_until(claim: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def run_script(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(guard_process.__file__).parents[1],
    )


@pytest.mark.assets
@pytest.mark.parametrize(
    "name", ["formats/flower.jpg", "heic/arrow.heic", "cmyk_and_profiles/icc_profile_big.jpg"]
)
def test_a_child_gives_the_same_picture_as_decoding_here(
    guard: Guard, assets: Path, name: str
) -> None:
    data = (assets / "awkward" / name).read_bytes()
    there, here = guard.decode(data, 500), decode(data, 500)
    assert np.array_equal(there.image, here.image)
    for field in ("width", "height", "media_type", "taken_at", "camera"):
        assert getattr(there, field) == getattr(here, field)


# what the folders promise; the files named differ from their folder
EXPECTED = {
    "animated": None,
    "bad_exif": None,
    "bombs": Reason.TOO_LARGE,
    "bombs/decompression_bomb.ico": Reason.UNSUPPORTED,
    "bombs/decompression_bomb_extents.gif": None,  # the bomb is its second frame
    "bombs/png_decompression_dos.png": Reason.DAMAGED,  # one pixel, and megabytes of text
    "cmyk_and_profiles": None,
    "colour_modes": None,
    "exif_orientation": None,
    "formats": None,
    "formats/hopper.ico": Reason.UNSUPPORTED,
    "formats/pil123rgba.qoi": Reason.UNSUPPORTED,
    "formats/test-card-lossless.jp2": Reason.UNSUPPORTED,
    "fuzz": None,
    "fuzz/oom-0d0085eb7f66ea55d9119206235cd29e089b9140.ico": Reason.UNSUPPORTED,
    "fuzz/oom-ff076e7064c13ec1f8e2c5bbbfb7a77a08db2361.ico": Reason.UNSUPPORTED,
    "fuzz/oss-fuzz-36829.jpeg": Reason.DAMAGED,
    "fuzz/zero-loop-count.gif": Reason.DAMAGED,
    "heic": None,
    "heic/corrupted.heic": Reason.DAMAGED,
    "heic/corrupted.hif": Reason.DAMAGED,
    "heic/empty.heic": Reason.EMPTY,
    "sixteen_bit": None,
    "sixteen_bit/hopper_16bit.pgm": Reason.UNSUPPORTED,
    "truncated_corrupt": Reason.DAMAGED,
    "truncated_corrupt/compreface_empty.png": Reason.NOT_A_PICTURE,  # it says "test"
    "truncated_corrupt/hopper_zero_comment_subblocks.gif": None,
    "truncated_corrupt/no_palette.gif": None,
    "truncated_corrupt/not_enough_data.jp2": Reason.UNSUPPORTED,
    "truncated_corrupt/palette_negative.png": None,
    "truncated_corrupt/photoshop-200dpi-broken.jpg": None,
    "truncated_corrupt/sugarshack_bad_mpo_header.jpg": None,
    "truncated_corrupt/total-pages-zero.tif": None,
    "truncated_corrupt/truncated_app14.jpg": None,
    "truncated_corrupt/ukbench09268_corrupt.jpg": Reason.NOT_A_PICTURE,  # no header at all
    "truncated_corrupt/zero_height.j2k": Reason.UNSUPPORTED,
    "wrong_extension": None,
}


@pytest.mark.assets
def test_every_awkward_file_is_read_or_refused_for_the_right_reason(
    guard: Guard, assets: Path
) -> None:
    folder = assets / "awkward"
    index = json.loads((folder / "index.json").read_text())
    names = [entry["file"] for entry in index]
    answers = guard.decode_many([(folder / name).read_bytes() for name in names], max_side=640)
    assert len(names) > 100
    for name, answer in zip(names, answers, strict=True):
        expected = EXPECTED[name] if name in EXPECTED else EXPECTED[name.split("/")[0]]
        reason = answer.reason if isinstance(answer, PictureError) else None
        assert reason is expected, name


@pytest.mark.assets
def test_pictures_have_the_size_that_pillow_sees_in_the_header(guard: Guard, assets: Path) -> None:
    folder = assets / "awkward"
    entries = [
        entry
        for entry in json.loads((folder / "index.json").read_text())
        if entry["pil"] == "ok" and entry["fmt"] in ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
    ]
    answers = guard.decode_many([(folder / entry["file"]).read_bytes() for entry in entries])
    pictures = {
        entry["file"]: (sorted(entry["wh"]), sorted((answer.width, answer.height)))
        for entry, answer in zip(entries, answers, strict=True)
        if isinstance(answer, Picture)
    }
    assert len(pictures) > 70
    assert {name for name, (header, decoded) in pictures.items() if header != decoded} == set()


@pytest.mark.assets
def test_bombs_are_refused_at_once(guard: Guard, assets: Path) -> None:
    bombs = [path.read_bytes() for path in sorted((assets / "awkward/bombs").iterdir())]
    guard.decode(make_png(10))
    start = time.monotonic()
    guard.decode_many(bombs)
    assert time.monotonic() - start < 2


def test_many_are_decoded_in_order_and_a_bad_one_does_not_spoil_the_rest(guard: Guard) -> None:
    widths = list(range(20, 60))
    files = [make_png(width) for width in widths]
    files[7] = b"no picture"
    answers = guard.decode_many(files, max_side=100)
    failed = answers.pop(7)
    widths.pop(7)
    assert isinstance(failed, PictureError)
    assert [answer.width for answer in answers if isinstance(answer, Picture)] == widths


def test_many_threads_can_share_a_guard(guard: Guard) -> None:
    with ThreadPoolExecutor(16) as threads:
        widths = range(10, 110)
        pictures = threads.map(lambda width: guard.decode(make_png(width)), widths)
        assert [picture.width for picture in pictures] == list(widths)


def decode_in_frozen_child(guard: Guard, threads: ThreadPoolExecutor) -> Future[Picture]:
    """Stop the only child, then give it a picture: it is now surely in the middle of it."""
    guard.decode(make_png(10))
    os.kill(find_child(guard), signal.SIGSTOP)
    future = threads.submit(guard.decode, make_png(11))
    (child,) = guard._children
    wait_until(lambda: child._running is not None and not child._running.is_in_step)
    return future


def test_a_child_killed_in_the_middle_costs_one_picture() -> None:
    with Guard() as guard, ThreadPoolExecutor(1) as threads:
        future = decode_in_frozen_child(guard, threads)
        os.kill(find_child(guard), signal.SIGKILL)
        error = future.exception()
        assert isinstance(error, PictureError)
        assert error.reason is Reason.CRASHED
        assert guard.decode(make_png(12)).width == 12


def test_a_child_that_died_while_idle_costs_nothing() -> None:
    with Guard() as guard:
        guard.decode(make_png(10))
        before = find_child(guard)
        os.kill(before, signal.SIGKILL)
        wait_until(lambda: not is_alive(before))
        assert guard.decode(make_png(12)).width == 12
        assert find_child(guard) != before


def test_a_child_that_hangs_is_ended_and_replaced() -> None:
    with Guard(timeout_seconds=0.3) as guard, ThreadPoolExecutor(1) as threads:
        future = decode_in_frozen_child(guard, threads)
        frozen = find_child(guard)
        error = future.exception()
        assert isinstance(error, PictureError)
        assert error.reason is Reason.TOO_SLOW
        assert not is_alive(frozen)
        assert guard.decode(make_png(12)).width == 12


def test_a_picture_that_takes_too_long_is_given_up() -> None:
    with Guard(timeout_seconds=0.1) as guard:
        assert reason_for(guard, make_bitmap(120_000_000)) is Reason.TOO_SLOW
        assert guard.decode(make_png(12)).width == 12


def test_a_child_that_used_up_its_processor_time_was_too_slow() -> None:
    with Guard() as guard, ThreadPoolExecutor(1) as threads:
        future = decode_in_frozen_child(guard, threads)
        os.kill(find_child(guard), signal.SIGXCPU)  # as the kernel does at the limit
        os.kill(find_child(guard), signal.SIGCONT)
        error = future.exception()
        assert isinstance(error, PictureError)
        assert error.reason is Reason.TOO_SLOW


@on_linux
def test_a_picture_that_needs_too_much_memory_is_refused_and_the_child_lives_on() -> None:
    with Guard(memory_bytes=SMALL_GUARD_BYTES) as guard:
        guard.decode(make_png(10))
        before = find_child(guard)
        assert reason_for(guard, make_bitmap(120_000_000)) is Reason.TOO_LARGE
        assert guard.decode(make_png(12)).width == 12
        assert find_child(guard) == before


def test_a_file_that_would_fill_the_child_is_not_even_sent() -> None:
    guard = Guard(memory_bytes=SMALL_GUARD_BYTES)
    assert reason_for(guard, bytes(SMALL_GUARD_BYTES // 4 + 1)) is Reason.TOO_LARGE
    assert not any(child._running for child in guard._children)


def test_an_exchange_broken_off_never_gives_its_answer_to_the_next_picture() -> None:
    """As when Celery's soft time limit raises out of a signal handler."""

    class SoftLimitError(Exception):
        pass

    def break_off(number: int, frame: object) -> None:
        raise SoftLimitError

    old = signal.signal(signal.SIGALRM, break_off)
    try:
        with Guard() as guard:
            guard.decode(make_png(10))
            frozen = find_child(guard)
            os.kill(frozen, signal.SIGSTOP)
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(SoftLimitError):
                guard.decode(make_png(11))
            os.kill(frozen, signal.SIGCONT)
            assert guard.decode(make_png(12)).width == 12
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@on_linux
def test_no_file_descriptor_and_no_process_is_left_behind() -> None:
    def count_descriptors() -> int:
        gc.collect()  # of earlier tests
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count_descriptors()
    children = set()
    with Guard(processes=2) as guard:
        for width in range(1, 51):
            guard.decode(make_png(width))
            child = find_child(guard)
            children.add(child)
            if width % 10 == 0:
                os.kill(child, signal.SIGKILL)
                wait_until(lambda: not is_alive(find_child(guard)))
        assert len(children) >= 5
    assert count_descriptors() == before
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


@on_linux
def test_a_guard_that_is_forgotten_ends_its_children() -> None:
    guard = Guard()
    guard.decode(make_png(10))
    child = find_child(guard)
    del guard
    gc.collect()
    assert not Path(f"/proc/{child}").exists()


def test_a_closed_guard_starts_again_when_needed() -> None:
    with Guard() as guard:
        guard.decode(make_png(10))
        guard.close()
        assert guard.decode(make_png(12)).width == 12


@on_linux
def test_a_child_knows_no_secret_and_may_write_no_file(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://alice:secret@db/likeness")
    with Guard() as fresh:
        fresh.decode(make_png(10))
        process = Path(f"/proc/{find_child(fresh)}")
        assert b"secret" not in (process / "environ").read_bytes()
        limits = (process / "limits").read_text()
    assert [line.split()[3:5] for line in limits.splitlines() if "Max file size" in line] == [
        ["0", "0"]
    ]
    assert [line.split()[4:6] for line in limits.splitlines() if "Max core file" in line] == [
        ["0", "0"]
    ]


def test_ctrl_c_in_the_terminal_does_not_reach_the_children(guard: Guard) -> None:
    guard.decode(make_png(10))
    assert os.getsid(find_child(guard)) != os.getsid(0)


def test_a_guard_works_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the current folder ran')")
    monkeypatch.chdir(tmp_path)
    with Guard() as guard:
        assert guard.decode(make_png(12)).width == 12


def test_a_decoder_that_does_not_start_is_nobodys_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Guard() as guard, pytest.raises(GuardError, match="does not start"):
        guard.decode(make_png(10))


def test_a_size_that_makes_no_sense_is_a_bug_of_the_caller(guard: Guard) -> None:
    with pytest.raises(ValueError, match="max_side"):
        guard.decode(make_png(10), max_side=0)


MAKE_PNG = """
    import io, os, resource, signal, sys, threading
    from PIL import Image
    from faceengine.guard import Guard
    def png(width, height=20, mode="RGB"):
        buffer = io.BytesIO()
        Image.new(mode, (width, height)).save(buffer, "PNG")
        return buffer.getvalue()
    def pid():
        return guard._children[0]._running.process.pid
"""


def test_after_a_fork_both_processes_have_their_own_children() -> None:
    script = (
        MAKE_PNG
        + """
    guard = Guard()
    guard.decode(png(10))
    mine = pid()
    lock_holder = threading.Thread(target=guard.decode, args=(png(3000, 3000),))
    lock_holder.start()  # a picture is in progress while we fork
    fork = os.fork()
    if fork == 0:
        assert guard.decode(png(21)).width == 21
        assert pid() != mine
        guard.close()
        os._exit(7)
    lock_holder.join()
    _, status = os.waitpid(fork, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert guard.decode(png(22)).width == 22
    assert pid() == mine
    guard.close()
    """
    )
    process = run_script(script)
    process.communicate(timeout=30)
    assert process.returncode == 0


@on_linux
def test_children_end_with_their_parent_even_when_it_is_killed() -> None:
    script = (
        MAKE_PNG
        + """
    guard = Guard()
    guard.decode(png(10))
    print(pid(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    )
    process = run_script(script)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: not is_alive(int(output)))


@on_linux
def test_a_huge_picture_does_not_grow_the_parent() -> None:
    script = (
        MAKE_PNG
        + """
    huge = png(12_000, 10_000, "1")
    resident = lambda: int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()
    guard = Guard()
    guard.decode(png(10))
    open("/proc/self/clear_refs", "w").write("5")  # forget the peak of making the file
    before = resident()
    guard.decode(huge)
    peak = [line for line in open("/proc/self/status") if line.startswith("VmHWM")][0]
    print(int(peak.split()[1]) * 1024 - before)
    """
    )
    process = run_script(script)
    output, _ = process.communicate(timeout=30)
    assert int(output) < 48 * 1024**2  # of 120 MB decoded
