"""`./run`: everything that one machine needs, from nothing to the printed address, and back.

PostgreSQL and Redis come first and go last; between them are beat, worker and web.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import environ
from rich.console import Console

from config import embedded
from config.instance import AlreadyRunningError, Instance
from config.server_account import ServerError
from config.supervision import PROJECT, Supervisor

LEAST_FREE_BYTES = 1024**3
START_SECONDS = 120
console = Console(highlight=False, soft_wrap=True)


class LaunchError(Exception):
    """Likeness cannot start or go on; the text is a sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where this instance keeps its data, and where it can be reached."""

    data: Path
    host: str
    port: int

    @classmethod
    def from_environment(cls) -> "Place":
        data = Path(os.environ.get("LIKENESS_DATA") or PROJECT / "var").resolve()
        port = os.environ.get("PORT") or "8000"
        if not port.isdigit():
            raise LaunchError(f"PORT is '{port}': give a number, as in PORT=8001 ./run")
        return cls(data, os.environ.get("LIKENESS_HOST") or "127.0.0.1", int(port))

    @property
    def address(self) -> str:
        shown = "localhost" if self.host in {"127.0.0.1", "0.0.0.0"} else self.host  # noqa: S104
        return f"http://{shown}:{self.port}"


def main() -> int:
    # every way of being asked to stop ends in the same orderly stop
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # not under nohup
        signal.signal(signal.SIGHUP, signal.default_int_handler)
    environ.Env.read_env(PROJECT / ".env")
    try:
        make_paths_absolute()
        place = Place.from_environment()
        make_data_folder(place.data)
        instance = Instance(place.data, place.address)
        instance.claim()
        launch(place, instance)
    except (LaunchError, ServerError, AlreadyRunningError) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print()
    return 0


def make_data_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LaunchError(
            f"The data folder {data} cannot be made ({error.strerror}): "
            "give another one in LIKENESS_DATA."
        ) from error


def make_paths_absolute() -> None:
    """Let every process that is started, in whatever folder, mean the same folders."""
    for variable in ("LIKENESS_DATA", "LIKENESS_MEDIA", "LIKENESS_MODELS"):
        paths = os.environ.get(variable, "").split(os.pathsep)
        if any(paths):
            absolute = [str(Path(path).resolve()) for path in paths if path]
            os.environ[variable] = os.pathsep.join(absolute)


def launch(place: Place, instance: Instance) -> None:
    """Start everything, print the address, and come back when something asks to stop."""
    supervisor = Supervisor(place.data)
    try:
        # an instance that was killed may have left processes, and they hold the port
        supervisor.stop()
        check_disk(place.data)
        check_port(place)
        # registered before the servers, so said after they have stopped
        atexit.register(console.print, "Stopped.")
        own_database = start_servers(place.data)
        prepare_database(own_database=own_database)
        start_processes(supervisor, place)
        watch(supervisor, place.data)
    finally:
        instance.announce_stop()
        # stopping takes a bounded time, and must not be left half done
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if supervisor.is_running():
            with step("Stopping web, worker and beat"):
                supervisor.stop()


def check_disk(data: Path) -> None:
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE_BYTES:
        raise LaunchError(
            f"The disk is full: only {free // 1024**2} MB are left for {data}, and Likeness needs "
            f"{LEAST_FREE_BYTES // 1024**2} MB. Make room, or give another folder in LIKENESS_DATA."
        )


def check_port(place: Place) -> None:
    with socket.socket(socket.AF_INET6 if ":" in place.host else socket.AF_INET) as probe:
        # as gunicorn does: connections that just ended do not count
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.host, place.port))
        except OSError as error:
            raise LaunchError(
                f"Port {place.port} on {place.host} cannot be used ({error.strerror}): "
                f"choose another one, as in PORT={place.port + 1} ./run"
            ) from error


def start_servers(data: Path) -> bool:
    """Start the servers that nobody gave an address for, and tell every later process.

    Returns: whether the database is this instance's own.
    """
    own_database = not os.environ.get("DATABASE_URL")
    if own_database:
        with step("Starting PostgreSQL"):
            os.environ["DATABASE_URL"] = embedded.database_url(data)
    if not os.environ.get("REDIS_URL"):
        with step("Starting Redis"):
            os.environ["REDIS_URL"] = embedded.redis_url(data)
    return own_database


def prepare_database(*, own_database: bool) -> None:
    # nobody else works on an own database; in a shared one other workers hold leases
    leases = ["--release-leases"] if own_database else []
    title = "Preparing the database, models and accounts"
    manage(title, "prepare", "--migrate", "--download", *leases)


def manage(title: str, command: str, *options: str) -> None:
    """Run a management command; its output is for the reader, the first password among it."""
    console.print(f"{title} ...")
    done = subprocess.run(  # noqa: S603 - our own manage.py
        [sys.executable, PROJECT / "manage.py", command, *options], check=False
    )
    if done.returncode != 0:
        raise LaunchError(f"'./run manage {command}' failed, see above.")


def start_processes(supervisor: Supervisor, place: Place) -> None:
    with step("Starting web, worker and beat"):
        os.environ.update(LIKENESS_HOST=place.host, PORT=str(place.port))
        supervisor.start()
        deadline = time.monotonic() + START_SECONDS
        while not is_answering(place):
            check_processes(supervisor)
            if time.monotonic() > deadline:
                raise LaunchError(f"The web server does not answer: see {supervisor.log('web')}")
            time.sleep(0.1)
    console.print(f"\nLikeness is ready: [bold]{place.address}[/bold]\n")
    console.print(f"Ctrl-C stops it. Logs are in {supervisor.logs}", style="dim")


def is_answering(place: Place) -> bool:
    host = "127.0.0.1" if place.host == "0.0.0.0" else place.host  # noqa: S104
    try:
        urllib.request.urlopen(f"http://{host}:{place.port}/healthz", timeout=5).close()
    except urllib.error.HTTPError as error:
        # it answers, even if ALLOWED_HOSTS wants to be asked by another name
        return error.code < 500
    except OSError:
        return False
    return True


def watch(supervisor: Supervisor, data: Path) -> None:
    while True:
        check_processes(supervisor)
        for name in ("DATABASE_URL", "REDIS_URL"):
            if embedded.revive(os.environ[name], data):
                console.print(f"The server behind {name} had died and runs again.")
        time.sleep(1)


def check_processes(supervisor: Supervisor) -> None:
    if not supervisor.is_running():
        raise LaunchError(
            f"The process manager ended: see {supervisor.log('supervisor')}, and start again."
        )
    for name in supervisor.given_up():
        raise LaunchError(
            f"The process '{name}' ends whenever it is started; the end of "
            f"{supervisor.log(name)} says:\n{supervisor.last_words(name)}"
        )


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say what is going on, and how long it took."""
    start = time.monotonic()
    console.print(f"{title} ...", end="")
    try:
        yield
    except BaseException:
        console.print()
        raise
    console.print(f" {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
