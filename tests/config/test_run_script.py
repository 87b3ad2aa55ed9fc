"""The shell script `run`, with programs of our own in place of Python and uv."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "cat", "cksum", "rm", "df", "awk")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the script and a lock, and a PATH with nothing but what every system has."""
    folder = tmp_path / "a check out"
    (folder / "bin").mkdir(parents=True)
    for name in ("run", "uv.lock", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(PROJECT / name, folder)
    for tool in TOOLS:
        path = shutil.which(tool)
        assert path is not None
        (folder / "bin" / tool).symlink_to(path)
    return folder


def add_program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def add_environment(checkout: Path) -> None:
    """A `.venv` whose Python says what it was asked to do."""
    add_program(checkout / ".venv" / "bin" / "python", 'echo "python $*"')


def run(
    checkout: Path, *arguments: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "run", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd or checkout,
        env={"PATH": str(checkout / "bin")},
    )


def test_an_unsupported_python_is_said_in_one_sentence(checkout: Path) -> None:
    add_program(checkout / "bin" / "python3", "exit 1")
    done = run(checkout)
    assert done.returncode == 1
    assert done.stderr.startswith("Likeness needs Python 3.11, 3.12 or 3.13, and none of them was")
    assert done.stderr.count("\n") == 1


def test_a_python_that_cannot_create_environments_is_said_in_one_sentence(checkout: Path) -> None:
    add_program(
        checkout / "bin" / "python3",
        'case "$*" in *ensurepip*) exit 1 ;; *%d*) echo 3.11 ;; -V) echo Python 3.11.2 ;; esac',
    )
    done = run(checkout)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("apt install python3.11-venv")


def test_a_disk_too_small_for_the_packages_is_said_in_one_sentence(checkout: Path) -> None:
    add_program(checkout / "bin" / "python3", "exit 0")
    (checkout / "bin" / "df").unlink()
    add_program(checkout / "bin" / "df", "echo Blocks; echo disk 9 9 1000000 9 /")
    done = run(checkout)
    assert done.returncode == 1
    assert done.stderr == (
        f"The disk is full: the packages need 5 GB, and {checkout} has only 1000 MB free.\n"
    )


def test_packages_are_installed_once_for_one_lock(checkout: Path) -> None:
    add_environment(checkout)
    first, second = run(checkout, "manage", "check"), run(checkout, "manage", "check")
    assert "pip install" in first.stdout
    assert second.stdout == f"python -P {checkout}/manage.py check\n"
    (checkout / "uv.lock").write_text("another lock")
    assert "pip install" in run(checkout, "manage", "check").stdout


def test_a_plain_start_after_the_tests_installs_nothing(checkout: Path) -> None:
    add_environment(checkout)
    assert "requirements-dev.txt" in run(checkout, "test").stdout
    assert "pip install" not in run(checkout).stdout


def test_the_tests_after_a_plain_start_install_their_tools(checkout: Path) -> None:
    add_environment(checkout)
    assert "requirements.txt" in run(checkout).stdout
    assert "requirements-dev.txt" in run(checkout, "test").stdout


def test_an_installation_that_broke_off_is_tried_again(checkout: Path) -> None:
    add_program(
        checkout / ".venv" / "bin" / "python",
        'echo "python $*"; case "$*" in *pip*) exit 1 ;; esac',
    )
    assert run(checkout).returncode == 1
    add_environment(checkout)
    assert "pip install" in run(checkout).stdout


def test_uv_is_used_where_it_is(checkout: Path) -> None:
    add_environment(checkout)
    add_program(checkout / "bin" / "uv", 'echo "uv $*"')
    assert f"uv sync --directory {checkout} --frozen --inexact --no-dev" in run(checkout).stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "-m config.launcher"),
        (("test", "-k", "a b"), "-m config.checks test -k a b"),
        (("lint",), "-m config.checks lint"),
        (("import", "photos", "--gallery", "A"), "manage.py import_photos photos --gallery A"),
        (("search", "face.jpg", "--json"), "manage.py search_photo face.jpg --json"),
        (("models", "list"), "-m config.engine_commands models list"),
        (("evaluate", "x"), "-m config.engine_commands evaluate x"),
        (("bench", "engine", "--quick"), "-m config.engine_commands bench engine --quick"),
        (("bench", "grouping"), "-m config.engine_commands bench grouping"),
        (("bench", "scenes", "--json"), "-m config.engine_commands bench scenes --json"),
    ],
)
def test_commands_reach_their_programs(
    checkout: Path, arguments: tuple[str, ...], expected: str
) -> None:
    add_environment(checkout)
    last = run(checkout, *arguments, cwd=checkout.parent).stdout.splitlines()[-1]
    assert last.endswith(expected)


def test_an_unknown_command_is_answered_with_the_known_ones(checkout: Path) -> None:
    done = run(checkout, "serv")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no command 'serv'.")
    assert "./run import FOLDER" in done.stderr


def test_help_needs_no_installation(checkout: Path) -> None:
    done = run(checkout, "help")
    assert done.returncode == 0
    assert "./run test" in done.stdout
    assert not (checkout / ".venv").exists()


def test_the_bench_installs_its_peers_once_beside_what_is_there(checkout: Path) -> None:
    add_environment(checkout)
    assert "requirements-dev.txt" in run(checkout, "test").stdout
    first, second = run(checkout, "bench", "engine"), run(checkout, "bench", "engine")
    assert f"--no-deps -r {checkout}/requirements-bench.txt" in first.stdout
    assert second.stdout == "python -P -m config.engine_commands bench engine\n"
    assert "pip install" not in run(checkout, "test").stdout
