"""One running Likeness per data folder."""

import fcntl
import time
from pathlib import Path

# longer than web, worker, beat and the servers take to stop
PATIENCE_SECONDS = 90
STOPPING = "stopping"


class AlreadyRunningError(Exception):
    """Another process serves this data folder; the text is a sentence for the second one."""


class Instance:
    """The right to serve a data folder, held until the process ends, in whatever way it ends.

    The lock file holds the address, or that its owner is about to stop.
    """

    def __init__(self, data: Path, address: str) -> None:
        self._data = data
        self._address = address
        path = data / "run" / "instance.lock"
        path.parent.mkdir(exist_ok=True)
        self._file = path.open("a+")

    def claim(self) -> None:
        """Take the right to serve the folder, waiting for a predecessor that is stopping.

        Raises: AlreadyRunningError.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._try_lock():
            written = self._read()
            if written != STOPPING or time.monotonic() > deadline:
                raise AlreadyRunningError(f"Likeness is running already: {written} ({self._data})")
            time.sleep(0.1)
        self._write(self._address)

    def announce_stop(self) -> None:
        """Let a successor wait; the lock goes with the process, after the servers have stopped."""
        self._write(STOPPING)

    def _try_lock(self) -> bool:
        try:
            # lockf, not flock: what we start must not inherit the lock and outlive us with it
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _read(self) -> str:
        self._file.seek(0)
        return self._file.read()

    def _write(self, text: str) -> None:
        self._file.truncate(0)
        self._file.write(text)
        self._file.flush()
