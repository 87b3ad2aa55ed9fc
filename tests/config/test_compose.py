"""docker-compose.yml without Docker: every service's exact command, started for real."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import redis

from config.postgres_server import PostgresServer, binary
from config.redis_server import server_binary
from config.server_account import Account
from tests.config.compose import (
    PROJECT,
    SERVICES,
    Stack,
    command_of,
    health_check_of,
    is_healthy,
    running,
    wait_until,
)

pytestmark = pytest.mark.xdist_group("launcher")


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
