"""`./run` for real: started, stopped, killed, started again, refused."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from config import launcher
from config.launcher import LaunchError, Place

PROJECT = Path(__file__).resolve().parents[2]
# two cores shared with other tests; an idle machine needs less than ten
PATIENCE_SECONDS = 90

Run = Callable[[int], subprocess.Popen[str]]
pytestmark = pytest.mark.xdist_group("launcher")


@pytest.fixture
def data(server_folder: Path) -> Path:
    return server_folder / "data of an installation"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def run(data: Path) -> Iterator[Run]:
    """Start the launcher on a port; whatever still runs at the end is killed."""
    started = []

    def start(port: int) -> subprocess.Popen[str]:
        started.append(start_launcher(data, port))
        return started[-1]

    yield start
    for running in processes_of(data):
        with suppress(psutil.NoSuchProcess):
            running.process.kill()
    for launched in started:
        launched.communicate()


def start_launcher(data: Path, port: int) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PORT": str(port),
        "LIKENESS_DATA": str(data),
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "config.launcher"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until_ready(process: subprocess.Popen[str]) -> str:
    """What was printed up to and with the address."""
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("Likeness is ready"):
            return printed
    raise AssertionError(printed)


def stop(process: subprocess.Popen[str], number: signal.Signals) -> int:
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode


class Running(NamedTuple):
    """A process and its arguments as they were when it was seen: it may end a moment later."""

    process: psutil.Process
    arguments: list[str]

    @property
    def is_server(self) -> bool:
        return any(name in self.arguments[0] for name in ("postgres", "redis-server"))


def processes_of(data: Path) -> list[Running]:
    seen = (running_for(process, data) for process in psutil.process_iter())
    return [running for running in seen if running]


def running_for(process: psutil.Process, data: Path) -> Running | None:
    try:
        arguments = process.cmdline()
        # Redis overwrites its environment with its title
        is_ours = str(data) in " ".join(arguments) or (
            process.environ().get("LIKENESS_DATA") == str(data)
        )
    except psutil.Error:
        return None
    return Running(process, arguments) if is_ours and arguments else None


def names_of(data: Path) -> set[str]:
    lines = [" ".join(running.arguments) for running in processes_of(data)]
    names = ("postgres", "redis-server", "gunicorn", "worker", "beat")
    return {name for name in names if any(name in line for line in lines)}


def workers_of(data: Path) -> list[psutil.Process]:
    return [each.process for each in processes_of(data) if "worker" in each.arguments]


def answers(port: int) -> bool:
    try:
        return answer(port) == "ok"
    except OSError:
        return False


def answer(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
        text: str = response.read().decode()
    return text


def test_a_database_and_a_queue_that_were_killed_come_back_by_themselves(
    run: Run, data: Path, port: int
) -> None:
    process = run(port)
    read_until_ready(process)
    killed = [each.process for each in processes_of(data) if each.is_server]
    for server in killed:
        with suppress(psutil.NoSuchProcess):
            server.kill()

    deadline = time.monotonic() + PATIENCE_SECONDS
    while not {"postgres", "redis-server"} <= names_of(data) or not answers(port):
        assert time.monotonic() < deadline
        time.sleep(0.2)

    assert not set(killed) & {each.process for each in processes_of(data)}
    assert stop(process, signal.SIGINT) == 0
    assert names_of(data) == set()


def test_a_data_folder_that_cannot_be_made_is_said() -> None:
    with pytest.raises(LaunchError, match="LIKENESS_DATA"):
        launcher.make_data_folder(Path("/proc/nowhere"))


def test_one_command_starts_everything_and_ctrl_c_stops_everything(
    run: Run, data: Path, port: int
) -> None:
    process = run(port)
    printed = read_until_ready(process)
    assert f"http://localhost:{port}" in printed
    assert "one-time password" in printed
    assert answer(port) == "ok"
    assert names_of(data) == {"postgres", "redis-server", "gunicorn", "worker", "beat"}

    second = run(port)
    sentence, _ = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode == 1
    assert sentence == f"Likeness is running already: http://localhost:{port} ({data})\n"

    assert stop(process, signal.SIGINT) == 0
    assert processes_of(data) == []


@pytest.mark.parametrize("victims", [("config.launcher",), ("config.launcher", "supervisord")])
def test_a_killed_instance_starts_again_without_repair(
    run: Run, data: Path, port: int, victims: tuple[str, ...]
) -> None:
    first = run(port)
    assert "one-time password" in read_until_ready(first)
    for running in processes_of(data):
        line = " ".join(running.arguments)
        if f"{data}/pg" in line or any(victim in line for victim in victims):
            with suppress(psutil.NoSuchProcess):
                running.process.kill()
    first.communicate(timeout=PATIENCE_SECONDS)
    assert processes_of(data), "some processes outlive the launcher, or this test tests nothing"

    again = run(port)
    assert "one-time password" not in read_until_ready(again)
    assert answer(port) == "ok"
    assert stop(again, signal.SIGTERM) == 0
    assert processes_of(data) == []


def test_a_dead_worker_is_started_again(run: Run, data: Path, port: int) -> None:
    process = run(port)
    read_until_ready(process)
    killed = workers_of(data)
    for worker in killed:
        with suppress(psutil.NoSuchProcess):
            worker.kill()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not set(workers_of(data)) - set(killed):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert stop(process, signal.SIGTERM) == 0


def test_a_port_in_use_is_said_in_one_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = run(port)
        sentence, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert sentence == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use): "
        f"choose another one, as in PORT={port + 1} ./run\n"
    )


def test_a_full_disk_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # no disk has this much room
    monkeypatch.setattr(launcher, "LEAST_FREE_BYTES", 2**60)
    with pytest.raises(LaunchError, match=r"The disk is full: only \d+ MB are left for"):
        launcher.check_disk(tmp_path)


def test_a_port_that_is_no_number_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    with pytest.raises(LaunchError, match="PORT is 'http': give a number"):
        Place.from_environment()


def test_relative_folders_mean_those_where_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIKENESS_DATA", "data")
    monkeypatch.setenv("LIKENESS_MODELS", f"models{os.pathsep}/more")
    monkeypatch.delenv("LIKENESS_MEDIA", raising=False)
    launcher.make_paths_absolute()
    assert os.environ["LIKENESS_DATA"] == str(tmp_path / "data")
    assert os.environ["LIKENESS_MODELS"] == f"{tmp_path}/models{os.pathsep}/more"
    assert "LIKENESS_MEDIA" not in os.environ
