"""Whole messages through a pipe, against the clock."""

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import time
from typing import IO


class TimedPipes:
    """The two ends that a parent holds of a child's standard input and output."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the child must be started with pipes")
        self._to_child = process.stdin
        self._from_child = process.stdout
        for pipe in (process.stdin, process.stdout):
            os.set_blocking(pipe.fileno(), False)
            _widen(pipe)

    def send(self, data: bytes, deadline: float) -> None:
        """Raises: TimeoutError; BrokenPipeError when the child is gone."""
        rest = memoryview(data)
        while rest:
            _await(self._to_child, select.POLLOUT, deadline)
            rest = rest[os.write(self._to_child.fileno(), rest) :]

    def receive(self, length: int, deadline: float) -> bytes:
        """Raises: TimeoutError; EOFError when the child is gone."""
        buffer = bytearray(length)
        self.receive_into(memoryview(buffer), deadline)
        return bytes(buffer)

    def receive_into(self, buffer: memoryview, deadline: float) -> None:
        """Fill the buffer. Raises: as `receive`."""
        while buffer:
            _await(self._from_child, select.POLLIN, deadline)
            count = os.readv(self._from_child.fileno(), [buffer])
            if count == 0:
                raise EOFError("the child ended in the middle of an answer")
            buffer = buffer[count:]

    def close(self) -> None:
        self._to_child.close()
        self._from_child.close()


def _widen(pipe: IO[bytes]) -> None:
    """Ask for a pipe of 1 MiB: with the usual 64 KiB a photo takes 150 turns between processes."""
    if sys.platform == "linux":
        # refused when this user's pipes hold much already; then it is only slower
        with contextlib.suppress(PermissionError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1024 * 1024)


def _await(pipe: IO[bytes], event: int, deadline: float) -> None:
    """Wait until the pipe is ready or its other end has gone.

    poll and not select: a busy server has file descriptors above 1024.
    """
    poller = select.poll()
    poller.register(pipe, event)
    milliseconds = (deadline - time.monotonic()) * 1000
    if milliseconds <= 0 or not poller.poll(milliseconds):
        raise TimeoutError("the child did not answer in time")
