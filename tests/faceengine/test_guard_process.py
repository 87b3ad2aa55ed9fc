"""Promises of faceengine.guard_process: whatever a file does to its decoder, only it suffers."""

import os
import signal
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from faceengine.guard import Guard, GuardError
from faceengine.pictures import Picture, PictureError, Reason
from tests.faceengine.decoders import (
    find_child,
    is_alive,
    make_bitmap,
    make_png,
    on_linux,
    reason_for,
    wait_until,
)

SMALL_GUARD_BYTES = 400 * 1024**2


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


@on_linux
def test_a_child_knows_no_secret_and_may_write_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://alice:secret@db/likeness")
    with Guard() as guard:
        guard.decode(make_png(10))
        process = Path(f"/proc/{find_child(guard)}")
        assert b"secret" not in (process / "environ").read_bytes()
        limits = (process / "limits").read_text()
    assert [line.split()[3:5] for line in limits.splitlines() if "Max file size" in line] == [
        ["0", "0"]
    ]
    assert [line.split()[4:6] for line in limits.splitlines() if "Max core file" in line] == [
        ["0", "0"]
    ]


def test_ctrl_c_in_the_terminal_does_not_reach_the_children() -> None:
    with Guard() as guard:
        guard.decode(make_png(10))
        assert os.getsid(find_child(guard)) != os.getsid(0)


def test_a_decoder_that_does_not_start_is_nobodys_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Guard() as guard, pytest.raises(GuardError, match="does not start"):
        guard.decode(make_png(10))


@on_linux
def test_a_child_loads_no_library_that_it_does_not_need() -> None:
    with Guard() as guard:
        guard.decode(make_png(10))
        libraries = Path(f"/proc/{find_child(guard)}/maps").read_text()
    assert "PIL/" in libraries
    for stranger in ("cv2", "onnxruntime", "openvino", "dlib", "psycopg"):
        assert f"/{stranger}" not in libraries
