"""`./run lint` and `./run test`: the same checks for a contributor and for CI."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from config import embedded
from config.supervision import PROJECT

ASSETS = PROJECT.parent / "shared" / "assets"
TOOLS = Path(sys.executable).parent
LINTS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-cache"),
    ("djlint", "templates", "--lint", "--quiet"),
    ("djlint", "templates", "--check", "--quiet"),
    ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
    ("shellcheck", "run", ".ci/run"),
)
# what a person may have in .env for their running instance, and tests must not take over
EMPTIED = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "LIKENESS_PACK"),
    *("LIKENESS_HTTPS", "LIKENESS_ACCEL", "DEBUG"),
)
console = Console(highlight=False, soft_wrap=True)


def main(arguments: Sequence[str]) -> int:
    name, *options = arguments
    # asked to end, end as Ctrl-C does: with the servers stopped
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # what a shell starts in the background ignores Ctrl-C, and would hand that on to the tests
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(PROJECT)
    use_own_servers()
    return lint() if name == "lint" else test(options)


def use_own_servers() -> None:
    """Keep away from a running instance and from what `.env` says about it."""
    data = Path(tempfile.mkdtemp(prefix="likeness-checks-"))
    # registered before the servers that live in it, so removed after they have stopped
    atexit.register(shutil.rmtree, data)
    # run by root, PostgreSQL works under another account
    data.chmod(0o711)
    os.environ["LIKENESS_DATA"] = str(data)
    # empty, not absent: an absent one would be read from .env
    for variable in EMPTIED:
        os.environ.setdefault(variable, "")
    # held here, for mypy ends its process without the steps that would stop the servers
    os.environ["DATABASE_URL"] = os.environ["DATABASE_URL"] or embedded.database_url(data)
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"] or embedded.redis_url(data)


def lint() -> int:
    failed = [command for command in LINTS if not passes(command)]
    for command in failed:
        console.print(f"failed: {' '.join(command)}", style="red")
    return 1 if failed else 0


def passes(command: Sequence[str]) -> bool:
    console.print(f"[bold]{' '.join(command)}[/bold]")
    tool, *options = command
    return run([str(TOOLS / tool), *options]) == 0


def test(options: Sequence[str]) -> int:
    if ASSETS.is_dir():
        os.environ.setdefault("LIKENESS_ASSETS", str(ASSETS))
        os.environ.setdefault("LIKENESS_MODELS", str(ASSETS / "models"))
    # a test database need not survive a power cut
    os.environ["PGOPTIONS"] = "-c synchronous_commit=off"
    return run([sys.executable, "-m", "pytest", "-n", "2", *options])


def run(command: Sequence[str]) -> int:
    return subprocess.run(command, check=False).returncode  # noqa: S603 - only those named here


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
