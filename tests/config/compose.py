"""The services of docker-compose.yml as processes of this machine."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import yaml
from django.conf import settings

from config import embedded
from config.redis_server import RedisServer
from config.server_account import Account

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@dataclass(frozen=True, slots=True)
class Stack:
    """Where the services of a test find each other."""

    environment: dict[str, str]
    web_port: int
    setup_output: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(service: str) -> dict[str, str]:
    """What compose would pass, with a secret of the test and every other variable left out."""

    def value(match: re.Match[str]) -> str:
        return "a secret of the test" if match["required"] else match["default"]

    pattern = re.compile(r"\$\{\w+(?P<required>:\?[^}]*)?(:-(?P<default>[^}]*))?\}")
    return {
        name: pattern.sub(value, text) for name, text in SERVICES[service]["environment"].items()
    }


def command_of(service: str) -> list[str]:
    return [str(word) for word in SERVICES[service]["command"]]


def health_check_of(service: str) -> list[str]:
    kind, *words = SERVICES[service]["healthcheck"]["test"]
    return ["sh", "-c", words[0].replace("$$", "$")] if kind == "CMD-SHELL" else words


@contextmanager
def own_database() -> Iterator[str]:
    """An empty database on the server of the tests."""
    server = settings.DATABASE_URL or embedded.database_url(settings.LIKENESS_DATA)
    name = f"compose_{uuid.uuid4().hex}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    connection.close()


@contextmanager
def own_redis() -> Iterator[str]:
    """A Redis for these services alone.

    On a shared one, a worker of another test has the same name, and answers for ours when it is
    asked whether it is healthy.
    """
    folder = Path(tempfile.mkdtemp(prefix="likeness-compose-"))
    folder.chmod(0o711)  # run by root, Redis works under another account
    server = RedisServer(folder)
    server.start()
    yield server.url
    server.stop()
    shutil.rmtree(folder)


@contextmanager
def running(
    command: list[str], environment: dict[str, str], account: Account | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        user=account.uid if account and not account.is_present_user else None,
    )
    try:
        yield process
    finally:
        # Docker's way of stopping a service
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def is_healthy(service: str, stack: Stack) -> bool:
    words = [word.replace(":8000/", f":{stack.web_port}/") for word in health_check_of(service)]
    done = subprocess.run(
        words, env=stack.environment, cwd=PROJECT, check=False, capture_output=True
    )
    return done.returncode == 0


@contextmanager
def prepared(data: Path) -> Iterator[Stack]:
    """A database and a data folder, made ready by the command of the service `setup`."""
    with own_database() as database_url, own_redis() as redis_url:
        port = free_port()
        environment = {
            **os.environ,
            **environment_of("web"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "LIKENESS_DATA": str(data),
            "PORT": str(port),
            # what containers have there
            "HOSTNAME": socket.gethostname(),
        }
        setup = subprocess.run(
            command_of("setup"),
            cwd=PROJECT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        yield Stack(environment, port, setup.stdout)
