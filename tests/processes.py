"""Real server processes for flow and browser tests, on the test's own database, queue and files."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

START_SECONDS, STOP_SECONDS = 60, 20
ROOT = Path(__file__).resolve().parents[1]


def environment() -> dict[str, str]:
    """What a process needs to work on the database and the files of this test."""
    inherited = {name: os.environ[name] for name in os.environ if name != "PYTEST_CURRENT_TEST"}
    return {
        **inherited,
        "DATABASE_URL": _database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "LIKENESS_DATA": str(settings.LIKENESS_DATA),
        "LIKENESS_MEDIA": str(settings.MEDIA_ROOT),
        "LIKENESS_MODELS": os.pathsep.join(map(str, settings.LIKENESS_MODELS)),
        "LIKENESS_LEASE_SECONDS": str(settings.LIKENESS_LEASE_SECONDS),
        "CELERY_QUEUE": settings.CELERY_TASK_DEFAULT_QUEUE,
    }


@contextmanager
def serving(*options: str) -> Iterator[int]:
    """A web server on the database and files of this test, once it answers; gives its port."""
    port = _free_port()
    serve = ["gunicorn", "config.wsgi", "-c", "deploy/gunicorn.conf.py", *options]
    with running(*serve, "--bind", f"127.0.0.1:{port}"):
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        yield port


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python module as a process with its children in a group of their own; ended on leaving."""
    process = start(command)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """As supervisord does: ask, wait, then kill, so that no process works on into the next test."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        kill_tree(process)


def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment(), start_new_session=True
    )


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """`kill -9` for a process and all its children."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def worker_command() -> list[str]:
    return ["celery", "-A", "config", "worker", "--concurrency", "1", "--loglevel", "WARNING"]


def wait_for_idle_database() -> None:
    """Until no other process is within a transaction, so that tables can be emptied."""
    deadline = time.monotonic() + STOP_SECONDS
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_COUNT_BUSY)
            if cursor.fetchone() == (0,):
                return
            assert time.monotonic() < deadline, "the database does not come to rest"
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.URLError:
            assert time.monotonic() < deadline, f"{address} does not answer"
            time.sleep(0.2)


def _database_url() -> str:
    database = connection.settings_dict
    password = f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    place = f"{quote(database['USER'])}{password}@{database['HOST']}{port}"
    options = {key: str(value) for key, value in database.get("OPTIONS", {}).items()}
    query = f"?{urlencode(options, quote_via=quote)}" if options else ""
    return f"postgres://{place}/{quote(database['NAME'])}{query}"


_COUNT_BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
