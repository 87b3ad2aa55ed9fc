"""Promises of faceengine.guard: a pool that many threads and processes can use and forget."""

import gc
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faceengine import guard_process
from faceengine.guard import Guard
from tests.faceengine.decoders import find_child, is_alive, make_png, on_linux, wait_until


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with Guard(processes=2, timeout_seconds=20) as guard:
        yield guard


def test_many_threads_can_share_a_guard(guard: Guard) -> None:
    with ThreadPoolExecutor(16) as threads:
        widths = range(10, 110)
        pictures = threads.map(lambda width: guard.decode(make_png(width)), widths)
        assert [picture.width for picture in pictures] == list(widths)


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


def test_a_guard_works_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the current folder ran')")
    monkeypatch.chdir(tmp_path)
    with Guard() as guard:
        assert guard.decode(make_png(12)).width == 12


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


def run_script(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(guard_process.__file__).parents[1],
    )


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


def test_an_exchange_broken_off_never_gives_its_answer_to_the_next_picture() -> None:
    """As when Celery's soft time limit raises out of a signal handler.

    In a process of its own: a signal that goes astray must not end the other tests.
    """
    script = (
        MAKE_PNG
        + """
    class SoftLimitError(Exception):
        pass
    def break_off(number, frame):
        raise SoftLimitError
    signal.signal(signal.SIGALRM, break_off)
    guard = Guard()
    guard.decode(png(10))
    frozen = pid()
    os.kill(frozen, signal.SIGSTOP)
    broken_off = False
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        guard.decode(png(11))
    except SoftLimitError:
        broken_off = True
    assert broken_off
    os.kill(frozen, signal.SIGCONT)
    assert guard.decode(png(12)).width == 12
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


def test_a_guard_works_in_a_daemonic_worker_that_may_have_no_children() -> None:
    """As Celery's prefork workers are: multiprocessing would refuse to start anything there."""
    script = (
        MAKE_PNG
        + """
    import multiprocessing
    guard = Guard()
    def work():
        assert multiprocessing.current_process().daemon
        with guard:
            sys.exit(guard.decode(png(21)).width)
    worker = multiprocessing.get_context("fork").Process(target=work, daemon=True)
    worker.start()
    worker.join(20)
    sys.exit(worker.exitcode)
    """
    )
    process = run_script(script)
    process.communicate(timeout=30)
    assert process.returncode == 21
