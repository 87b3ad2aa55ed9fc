"""The embedded PostgreSQL and Redis, for real: started, shared, killed, started again."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from config.postgres_server import PostgresServer
from config.redis_server import RedisServer
from config.server_account import ServerError
from config.sockets import LONGEST_FOLDER, socket_folder

PROJECT = Path(__file__).resolve().parents[2]
USE = """
import sys
from pathlib import Path
from config import embedded
print(embedded.database_url(Path(sys.argv[1])), flush=True)
print(embedded.redis_url(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(server_folder: Path) -> Iterator[Path]:
    """An empty data folder; what a failing test leaves running under it is ended."""
    folder = server_folder / "it's my data"
    folder.mkdir()
    yield folder
    RedisServer(folder).stop()
    PostgresServer(folder).stop()
    shutil.rmtree(socket_folder(folder), ignore_errors=True)


@contextmanager
def user_of(data: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses both servers, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", USE, data],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("postgres://")
        assert process.stdout.readline().startswith("unix://")
        yield process
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


def query(data: Path, sql: str) -> str:
    connection = psycopg2.connect(PostgresServer(data).url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return "".join(str(row[0]) for row in cursor.fetchall()) if cursor.description else ""
    finally:
        connection.close()


def postmaster(data: Path) -> int:
    return int((data / "pg" / "postmaster.pid").read_text().split()[0])


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_empty_folder_becomes_postgresql_18_with_pgvector(data: Path) -> None:
    with user_of(data):
        assert query(data, "SHOW server_version_num").startswith("18")
        query(data, "CREATE EXTENSION vector")
        assert query(data, "SELECT '[1,2]'::halfvec(2) <=> '[2,4]'::halfvec(2)") == "0.0"
        assert query(data, "SELECT lower('ÄÖ') = 'äö'") == "True"


def test_processes_that_start_together_share_one_server(data: Path) -> None:
    with user_of(data), user_of(data), user_of(data):
        servers = [
            process
            for process in psutil.process_iter(["cmdline"])
            if str(data / "pg") in (process.info["cmdline"] or [])
        ]
        assert len(servers) == 1


def test_attaching_to_running_servers_takes_no_noticeable_time(data: Path) -> None:
    with user_of(data):
        start = time.perf_counter()
        assert PostgresServer(data).is_answering()
        assert RedisServer(data).is_answering()
        # 4 to 10 ms on two cores; the rest is room for a busy machine
        assert time.perf_counter() - start < 0.1


def test_the_servers_run_as_long_as_somebody_uses_them_and_no_longer(data: Path) -> None:
    with user_of(data):
        pid = postmaster(data)
        with user_of(data):
            pass
        assert is_alive(pid)
    assert not is_alive(pid)
    assert not RedisServer(data).is_answering()


def test_a_killed_user_does_not_keep_the_servers_running(data: Path) -> None:
    with user_of(data):
        pid = postmaster(data)
        with user_of(data) as killed:
            killed.kill()
    assert not is_alive(pid)


def test_a_killed_postgresql_comes_back_at_once_with_every_row(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `./run test` lets commits of test databases be lost in a crash
    monkeypatch.delenv("PGOPTIONS", raising=False)
    with user_of(data):
        query(data, "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(postmaster(data), signal.SIGKILL)
        with user_of(data):
            assert query(data, "SELECT number FROM kept") == "7"


def test_a_pid_file_that_names_another_process_is_no_obstacle(data: Path) -> None:
    with user_of(data):
        pid = postmaster(data)
        locks = (data / "pg" / "postmaster.pid", data / "sockets" / ".s.PGSQL.5432.lock")
        texts = [lock.read_text() for lock in locks]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
        # as after a restart of the machine, when the number has gone to somebody else
        for lock, text in zip(locks, texts, strict=True):
            lock.write_text(text.replace(str(pid), str(os.getpid()), 1))
        with user_of(data):
            assert query(data, "SELECT 1") == "1"


def test_a_half_made_database_is_made_again(data: Path) -> None:
    draft = data / "pg.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    with user_of(data):
        assert query(data, "SELECT 1") == "1"
    assert not draft.exists()


def test_a_folder_too_deep_for_a_socket_works(data: Path) -> None:
    deep = data / ("d" * 100)
    deep.mkdir()
    assert len(str(socket_folder(deep))) <= LONGEST_FOLDER
    with user_of(deep):
        assert query(deep, "SELECT 1") == "1"
        assert RedisServer(deep).is_answering()
        assert stat.S_IMODE(socket_folder(deep).stat().st_mode) == 0o700
    shutil.rmtree(socket_folder(deep))


def test_nobody_else_can_enter_the_servers_folders(data: Path) -> None:
    with user_of(data):
        for name in ("pg", "redis", "sockets"):
            assert stat.S_IMODE((data / name).stat().st_mode) == 0o700
        assert query(data, "SHOW listen_addresses") == ""


def test_files_of_another_kind_are_left_alone_with_a_sentence(data: Path) -> None:
    (data / "pg").mkdir()
    (data / "pg" / "holiday.jpg").touch()
    with pytest.raises(ServerError, match="holds files that are no database: move them away"):
        PostgresServer(data).start()
    assert (data / "pg" / "holiday.jpg").exists()


def test_a_database_of_another_version_is_left_alone_with_a_sentence(data: Path) -> None:
    (data / "pg").mkdir()
    (data / "pg" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ServerError, match="was made by PostgreSQL 16, Likeness brings 18"):
        PostgresServer(data).start()


def test_a_database_that_cannot_start_says_why(data: Path) -> None:
    with user_of(data):
        pass
    with (data / "pg" / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = 'plenty'\n")
    server = PostgresServer(data)
    with pytest.raises(ServerError, match="contains errors"):
        server.start()


def test_redis_keeps_nothing_on_the_disk(data: Path) -> None:
    with user_of(data):
        client = redis.Redis.from_url(RedisServer(data).url)
        client.set("face", "a secret query")
        client.close()
    for path in (data / "redis").iterdir():
        assert b"a secret query" not in path.read_bytes()


def test_a_failing_statement_does_not_bring_a_query_vector_into_the_log(data: Path) -> None:
    with user_of(data), pytest.raises(psycopg2.Error):
        query(data, "SELECT '[0.123454321]'::nonsense")
    assert "0.123454321" not in (data / "pg" / "server.log").read_text()
