"""The parent's hold on one decoding child: start it, ask it, end it, replace it."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from faceengine.errors import FaceEngineError
from faceengine.guard_frames import (
    HEADER_LIMIT,
    LENGTHS,
    READY,
    build_picture,
    make_room,
    raise_error,
)
from faceengine.guard_pipes import TimedPipes
from faceengine.pictures import Picture, PictureError, Reason

MEBIBYTE = 1024**2

# Not `-m faceengine.guard_child`: the package's __init__ brings OpenCV and more, which would cost
# every child 260 MB of its address space and has no business beside hostile bytes.
_START_CHILD = f"""
import sys, types
package = sys.modules["faceengine"] = types.ModuleType("faceengine")
package.__path__ = [{str(Path(__file__).resolve().parent)!r}]
from faceengine.guard_child import main
main()
"""
_START_TIMEOUT_SECONDS = 60.0  # for a cold disk; the timeout of a picture starts after it
_PICTURES_PER_CHILD = 1000  # native decoders leak


class GuardError(FaceEngineError):
    """The decoder does not start at all. No picture is to blame."""


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    pipes: TimedPipes
    pictures_left: int = _PICTURES_PER_CHILD
    is_in_step: bool = True  # False from a question until its whole answer is here

    def is_fit(self) -> bool:
        return self.is_in_step and self.pictures_left > 0 and self.process.poll() is None


class ChildProcess:
    """One decoder, started when first needed and again whenever it died.

    Not for two threads at once; `faceengine.guard.Guard` sees to that.
    """

    def __init__(self, timeout_seconds: float, memory_bytes: int) -> None:
        self._timeout_seconds = timeout_seconds
        self._memory_bytes = memory_bytes
        self._running: _Running | None = None

    def decode(self, data: bytes, max_side: int) -> Picture:
        """Raises: PictureError, GuardError."""
        running = self._ensure_running()
        try:
            return _ask(running, data, max_side, self._timeout_seconds)
        except TimeoutError as error:
            self.stop()
            raise PictureError(Reason.TOO_SLOW) from error
        except (EOFError, ConnectionError, ValueError) as error:
            has_used_its_time = self.stop() == -signal.SIGXCPU
            raise PictureError(Reason.TOO_SLOW if has_used_its_time else Reason.CRASHED) from error

    def stop(self) -> int | None:
        """Kill the child, if there is one; it holds nothing worth a farewell.

        Returns: its exit status, the negative signal number if a signal had ended it.
        """
        running, self._running = self._running, None
        return _end(running.process, running.pipes) if running else None

    def disown(self) -> None:
        """Let go of a child that belongs to the process we were forked from.

        Our copies of its pipes must close, or it would not notice the end of its real parent.
        """
        running, self._running = self._running, None
        if running:
            running.process.returncode = 0  # keeps Popen from waiting for another's child
            running.pipes.close()

    def _ensure_running(self) -> _Running:
        """Return the child, a new one if the last is dead, worn out or out of step.

        Out of step: an exception from a signal handler broke off an exchange, and the answer to
        that question is still to come.
        """
        if self._running is None or not self._running.is_fit():
            self.stop()
            self._running = _start(self._timeout_seconds, self._memory_bytes)
        return self._running


def _start(timeout_seconds: float, memory_bytes: int) -> _Running:
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        [
            # -I: nothing from the folder we stand in, nor from the user's own packages
            *(sys.executable, "-I", "-W", "ignore"),
            *("-c", _START_CHILD, str(memory_bytes), str(timeout_seconds)),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        cwd="/",
        env=_make_environment(),
        start_new_session=True,  # Ctrl-C ends the parent, which may want to finish its picture
    )
    pipes = TimedPipes(process)
    try:
        greeting = pipes.receive(len(READY), time.monotonic() + _START_TIMEOUT_SECONDS)
    except (EOFError, TimeoutError) as error:
        status = _end(process, pipes)
        raise GuardError(
            f"The picture decoder does not start (exit status {status}). "
            "What it says about it stands in the log just before this."
        ) from error
    if greeting != READY:
        _end(process, pipes)
        raise GuardError(
            f"The picture decoder greets with {greeting!r}: is {sys.executable} Python?"
        )
    return _Running(process, pipes)


def _make_environment() -> dict[str, str]:
    """Build the child's environment from nothing, so that no secret of ours is in it."""
    environment = {
        "OPENBLAS_NUM_THREADS": "1",  # each thread would reserve address space
        # glibc: keep the memory of the last photo for the next one (12 MP: 30 ms and not 42)
        "MALLOC_MMAP_THRESHOLD_": str(32 * MEBIBYTE),
        "MALLOC_TRIM_THRESHOLD_": str(128 * MEBIBYTE),
    }
    if "LD_LIBRARY_PATH" in os.environ:  # without it some builds of Python do not start
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return environment


def _ask(running: _Running, data: bytes, max_side: int, timeout_seconds: float) -> Picture:
    """Raises: PictureError as answered; TimeoutError; EOFError or ConnectionError when the child
    ended; ValueError when its answer makes no sense.
    """
    deadline = time.monotonic() + timeout_seconds
    running.is_in_step = False
    running.pictures_left -= 1
    request = json.dumps({"max_side": max_side}).encode()
    running.pipes.send(LENGTHS.pack(len(request), len(data)) + request, deadline)
    running.pipes.send(data, deadline)
    header_length, pixel_bytes = LENGTHS.unpack(running.pipes.receive(LENGTHS.size, deadline))
    if header_length > HEADER_LIMIT:
        raise ValueError("a header of an unlikely length")
    header = json.loads(running.pipes.receive(header_length, deadline))
    if pixel_bytes == 0:
        running.is_in_step = True
        raise_error(header)
    image = make_room(header, pixel_bytes, max_side)
    running.pipes.receive_into(image.data.cast("B"), deadline)
    running.is_in_step = True
    return build_picture(header, image)


def _end(process: subprocess.Popen[bytes], pipes: TimedPipes) -> int:
    process.kill()
    status = process.wait()
    pipes.close()
    return status
