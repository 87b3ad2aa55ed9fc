"""docker-compose.yml without Docker: every service's exact command, started for real."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
import yaml
from django.conf import settings

from config import embedded
from config.postgres_server import PostgresServer, binary
from config.redis_server import RedisServer, server_binary
from config.server_account import Account
from tests.drawings import draw

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.xdist_group("launcher")


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


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A database and a data folder, prepared by the command of the service `setup`."""
    data = tmp_path_factory.mktemp("compose")
    with own_database() as database_url:
        port = free_port()
        environment = {
            **os.environ,
            **environment_of("web"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": database_url,
            "REDIS_URL": settings.REDIS_URL,
            "CELERY_QUEUE": f"compose-{uuid.uuid4().hex}",
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


def request(url: str, **options: Any) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_the_file_obeys_the_compose_schema() -> None:
    subprocess.run(
        [
            Path(sys.executable).with_name("check-jsonschema"),
            *("--builtin-schema", "vendor.compose-spec", PROJECT / "docker-compose.yml"),
        ],
        check=True,
        capture_output=True,
    )


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_runs_as_root_or_writes_its_own_files(name: str) -> None:
    service = SERVICES[name]
    if service.get("build"):
        users = re.findall(r"^USER (\w+)", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
        assert users == ["likeness"]
    else:
        assert service["user"] not in {"root", "0"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"setup"}))
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    assert health_check_of(name)


def test_no_secret_has_a_default() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    uses = re.findall(r"\$\{(SECRET_KEY|POSTGRES_PASSWORD)(..)", text)
    assert {name for name, _ in uses} == {"SECRET_KEY", "POSTGRES_PASSWORD"}
    assert {operator for _, operator in uses} == {":?"}


def test_setup_leaves_a_first_account(stack: Stack) -> None:
    assert "one-time password" in stack.setup_output


def test_the_worker_is_healthy_and_stops_when_asked(stack: Stack) -> None:
    assert command_of("worker-gpu") == command_of("worker")
    with running(command_of("worker"), stack.environment) as worker:
        wait_until(lambda: is_healthy("worker", stack), worker)
    assert worker.returncode == 0


def test_beat_is_healthy_and_stops_when_asked(stack: Stack) -> None:
    for left in Path("/tmp").glob("beat-schedule*"):
        left.unlink()
    with running(command_of("beat"), stack.environment) as beat:
        wait_until(lambda: is_healthy("beat", stack), beat)
    for schedule in Path("/tmp").glob("beat-schedule*"):
        schedule.unlink()


def test_redis_starts_with_its_command_and_saves_nothing(server_folder: Path) -> None:
    path = server_folder / "redis.sock"
    program, *arguments = command_of("redis")
    assert program == "redis-server"
    own = ["--port", "0", "--unixsocket", str(path), "--dir", str(server_folder)]
    with running([str(server_binary()), *arguments, *own], dict(os.environ)) as server:
        wait_until(path.exists, server)
        client = redis.Redis(unix_socket_path=str(path))
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
        client.close()
    RedisServer(server_folder).stop()


def test_postgresql_starts_with_its_command(server_folder: Path) -> None:
    server = PostgresServer(server_folder)
    server.start()
    server.stop()
    program, *arguments = command_of("db")
    command = [str(binary(program)), *arguments]
    environment = {**os.environ, "PGDATA": str(server.folder)}
    with running(command, environment, Account.of_servers()) as process:
        wait_until(server.is_answering, process)
        connection = psycopg2.connect(server.url)
        with connection.cursor() as cursor:
            cursor.execute("SHOW shared_buffers")
            assert cursor.fetchone() == ("1GB",)
        connection.close()


def test_gunicorn_answers_its_health_check(stack: Stack) -> None:
    with running(command_of("web"), stack.environment) as web:
        wait_until(lambda: is_healthy("web", stack), web)


@pytest.fixture
def nginx(stack: Stack, tmp_path: Path) -> Iterator[str]:
    """The address of nginx with gunicorn behind it, as configured but for ports and folders."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    text = (PROJECT / "deploy" / "nginx.conf").read_text()
    for published, local in (
        (" /tmp/", f" {tmp_path}/"),
        ("server web:8000;", f"server 127.0.0.1:{stack.web_port};"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("alias /data/", f"alias {stack.environment['LIKENESS_DATA']}/"),
    ):
        assert published in text
        text = text.replace(published, local)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(text)
    # the container runs as the application's user; here that is whoever runs the tests
    user = "user root; " if os.geteuid() == 0 else ""
    command = [program, "-c", str(configuration), "-g", f"{user}daemon off;"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with (
        running(command_of("web"), stack.environment) as web,
        running(command, dict(os.environ)) as server,
    ):
        wait_until(lambda: is_healthy("web", stack), web)
        wait_until(lambda: request(f"http://127.0.0.1:{port}/healthz")[0] == 200, server)
        yield f"http://127.0.0.1:{port}"


def token(address: str, stack: Stack) -> str:
    """Sign in by the API, as a user made by a management command."""
    subprocess.run(
        [
            *(sys.executable, "manage.py", "createsuperuser", "--no-input"),
            *("--username", "ann", "--email", "ann@example.org"),
        ],
        cwd=PROJECT,
        env={**stack.environment, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        check=True,
        capture_output=True,
    )
    credentials = {"username": "ann", "password": PASSWORD, "device": "test"}
    _, _, body = request(
        f"{address}/api/v1/tokens",
        data=json.dumps(credentials).encode(),
        headers={"Content-Type": "application/json"},
    )
    return str(json.loads(body)["token"])


def test_nginx_sends_an_original_to_those_who_may_see_it_and_to_nobody_else(
    nginx: str, stack: Stack
) -> None:
    api = f"{nginx}/api/v1"
    signed_in = {"Authorization": f"Token {token(nginx, stack)}"}
    as_json = {**signed_in, "Content-Type": "application/json"}
    _, _, body = request(f"{api}/galleries", data=b'{"name": "Summer"}', headers=as_json)
    gallery = json.loads(body)["id"]
    picture = draw("red")
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    status, _, body = request(
        f"{api}/galleries/{gallery}/photos",
        data=form + picture + b"\r\n--x--\r\n",
        headers={**signed_in, "Content-Type": "multipart/form-data; boundary=x"},
    )
    assert status == 201
    original = f"{api}/photos/{json.loads(body)['id']}/original"

    status, headers, body = request(original, headers=signed_in)
    assert (status, body) == (200, picture)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"].startswith("private")
    assert headers["Content-Disposition"].startswith("attachment")
    assert "X-Accel-Redirect" not in headers

    assert request(original)[0] == 401
    stored = next(Path(stack.environment["LIKENESS_DATA"], "media").rglob("original"))
    name = stored.relative_to(Path(stack.environment["LIKENESS_DATA"], "media"))
    assert request(f"{nginx}/protected-media/{name}")[0] == 404


def test_nginx_refuses_what_is_too_large_before_it_arrives(nginx: str) -> None:
    host, port = nginx.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(
            b"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_nginx_passes_static_files(nginx: str) -> None:
    status, headers, _ = request(f"{nginx}/static/admin/css/base.css")
    assert status == 200
    assert headers["Content-Type"].startswith("text/css")
