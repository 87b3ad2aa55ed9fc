"""The processes of a running Likeness: web, worker and beat, watched over by supervisord.

supervisord, because it stops one after the other and signals only the leader of each. (honcho
signals whole process groups at once, which kills Celery's children in the middle of a photo.)
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from xmlrpc.client import ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from config.sockets import socket_folder

PROJECT = Path(__file__).resolve().parent.parent
# a worker finishes the photos in its hands; what it cannot finish, its lease gives back
STOP_SECONDS = 20
# processes that lost their parents need not be waited for: leases give back what they hold
ORPHAN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    command: tuple[str, ...]


def programs(data: Path) -> tuple[Program, ...]:
    """In the order in which they start; they stop in the opposite one."""
    celery = (sys.executable, "-m", "celery", "-A", "config")
    schedule = str(data / "run" / "beat-schedule")
    return (
        Program("beat", (*celery, "beat", "--loglevel", "warning", "--schedule", schedule)),
        Program("worker", (*celery, "worker", "--loglevel", "warning", "--without-mingle")),
        Program(
            "web",
            (
                *(sys.executable, "-m", "gunicorn"),
                *("--config", str(PROJECT / "deploy" / "gunicorn.conf.py"), "config.wsgi"),
            ),
        ),
    )


class Supervisor:
    """supervisord and its programs, in a session of their own.

    Every process below it keeps the session's number, by which a later start finds those that a
    `kill -9` of their parents left behind.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.logs = data / "log"
        self._record = data / "run" / "supervisor.json"
        self._socket = socket_folder(data) / "supervisor.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.logs.mkdir(exist_ok=True)
        self._socket.parent.mkdir(exist_ok=True)
        configuration = self.data / "run" / "supervisord.conf"
        configuration.write_text(self._configuration())
        with self.log("supervisor").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own configuration
                [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", configuration],
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        started = psutil.Process(self._process.pid).create_time()
        self._record.write_text(json.dumps({"pid": self._process.pid, "started": started}))

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def given_up(self) -> list[str]:
        """The programs that ended again at each of several starts."""
        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        try:
            answer = ServerProxy("http://localhost", transport).supervisor.getAllProcessInfo()
        except OSError:
            return []  # not listening yet
        finally:
            transport.close()
        processes = cast("list[dict[str, str]]", answer)
        return [process["name"] for process in processes if process["statename"] == "FATAL"]

    def last_words(self, name: str) -> str:
        """The end of a program's log."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def stop(self) -> None:
        """Stop everything in order, also what an earlier, killed instance left behind."""
        session = self._recorded_session()
        if session is None:
            return
        own_seconds = STOP_SECONDS * len(programs(self.data)) + 5
        longest = own_seconds if self.is_running() else ORPHAN_SECONDS
        _signal(_leader(session), signal.SIGTERM)
        _wait_while(lambda: _leader(session), longest)
        # only a killed leader leaves members behind
        for number in (signal.SIGTERM, signal.SIGKILL):
            _signal(_members(session), number)
            _wait_while(lambda: _members(session), ORPHAN_SECONDS)
        self._record.unlink()

    def _recorded_session(self) -> int | None:
        try:
            record = json.loads(self._record.read_text())
        except FileNotFoundError:
            return None
        pid = int(record["pid"])
        # while a member of the session lives, the system gives its number to nobody else
        with suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).create_time() != record["started"]:
                return None
        return pid

    def _configuration(self) -> str:
        sections = [
            "[supervisord]",
            # it writes to its standard output, which goes to its log already
            "logfile=/dev/null",
            "logfile_maxbytes=0",
            f"pidfile={_escaped(self.data / 'run' / 'supervisord.pid')}",
            # without a name here, root is warned about being root
            *(["user=root"] if os.geteuid() == 0 else []),
            "[unix_http_server]",
            f"file={_escaped(self._socket)}",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        for priority, program in enumerate(programs(self.data)):
            sections += [
                f"[program:{program.name}]",
                f"command={_escaped(shlex.join(program.command))}",
                f"directory={_escaped(PROJECT)}",
                f"priority={priority}",
                "autorestart=true",
                # longer than it takes to fail at start; ending sooner counts as a failed start
                "startsecs=10",
                "killasgroup=true",
                f"stopwaitsecs={STOP_SECONDS}",
                f"stdout_logfile={_escaped(self.log(program.name))}",
                "stdout_logfile_maxbytes=10MB",
                "stdout_logfile_backups=2",
                "redirect_stderr=true",
            ]
        return "\n".join(sections) + "\n"


def _escaped(value: Path | str) -> str:
    return str(value).replace("%", "%%")


def _members(session: int) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _is_alive_in(session, process)]


def _leader(session: int) -> list[psutil.Process]:
    return [process for process in _members(session) if process.pid == session]


def _is_alive_in(session: int, process: psutil.Process) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False  # ended meanwhile, or not ours to ask about


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _wait_while(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while condition() and time.monotonic() < deadline:
        time.sleep(0.05)
