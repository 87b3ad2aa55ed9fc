"""Decode files from strangers in child processes that may crash, hang or run out of memory.

Native decoders have had memory bugs and will have more. A child has none of our environment, may
write no file and has a limit on memory and time; its end costs one picture.
"""

import os
import queue
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from faceengine.guard_process import ChildProcess, GuardError
from faceengine.pictures import Picture, PictureError, Reason

__all__ = ["Guard", "GuardError"]

GIBIBYTE = 1024**3


class Guard:
    """A pool of decoding processes for any number of threads.

    Processes start when first needed, stay, and are replaced when they end. After a fork the new
    process gets its own. `close` ends them; the next picture would start them again.
    """

    def __init__(
        self,
        processes: int = 1,
        timeout_seconds: float = 30.0,
        memory_bytes: int = 2 * GIBIBYTE,
    ) -> None:
        """`timeout_seconds` is for each picture, `memory_bytes` each child's address space.

        The default is enough for 108 megapixels in every format; with less, large pictures end
        as TOO_LARGE.
        """
        self._children = [ChildProcess(timeout_seconds, memory_bytes) for _ in range(processes)]
        self._largest_file = memory_bytes // 4  # the child holds it beside the pixels
        self._idle = _fill_queue(self._children)
        weakref.finalize(self, _stop_all, self._children)
        _GUARDS.add(self)

    @property
    def processes(self) -> int:
        """How many pictures are decoded at one time."""
        return len(self._children)

    def decode(self, data: bytes, max_side: int = 2048) -> Picture:
        """As `faceengine.pictures.decode`, in a child. Waits for a free one.

        Raises: PictureError, also for a picture that crashes the child or takes too long;
            GuardError when no child can be started.
        """
        if max_side < 1:
            raise ValueError(f"max_side must be at least 1, not {max_side}")
        if len(data) > self._largest_file:
            raise PictureError(Reason.TOO_LARGE)
        child = self._idle.get()
        try:
            return child.decode(data, max_side)
        finally:
            self._idle.put(child)

    def close(self) -> None:
        """Wait for pictures in progress, then end the processes."""
        taken = [self._idle.get() for _ in self._children]
        _stop_all(taken)
        for child in taken:
            self._idle.put(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _begin_anew(self) -> None:
        # the queue's lock may have been held by a thread that does not exist on this side
        self._idle = _fill_queue(self._children)
        for child in self._children:
            child.disown()


def _fill_queue(children: Iterable[ChildProcess]) -> queue.LifoQueue[ChildProcess]:
    # last in, first out: a quiet server keeps using the one child that is warm
    idle: queue.LifoQueue[ChildProcess] = queue.LifoQueue()
    for child in children:
        idle.put(child)
    return idle


def _stop_all(children: Iterable[ChildProcess]) -> None:
    for child in children:
        child.stop()


_GUARDS: weakref.WeakSet[Guard] = weakref.WeakSet()


def _renew_guards() -> None:
    for guard in _GUARDS:
        guard._begin_anew()  # noqa: SLF001 - same module


os.register_at_fork(after_in_child=_renew_guards)
