"""`./run models`, `evaluate`, `train` and `bench`: the engine's own commands, told of `.env`.

The engine reads the environment and no file of settings.
"""

import os
import sys
from pathlib import Path

import environ

PROJECT = Path(__file__).resolve().parents[1]
MODULES = {
    "models": "faceengine.models",
    "evaluate": "faceengine.evaluation",
    "train": "faceengine.training",
    "bench": "faceengine.bench",
}


def main() -> None:
    """Become the command that the first argument names."""
    _, name, *arguments = sys.argv
    environ.Env.read_env(PROJECT / ".env")
    command = [sys.executable, "-P", "-m", MODULES[name], *arguments]
    os.execv(sys.executable, command)  # noqa: S606 - our own modules, no shell


if __name__ == "__main__":
    main()
