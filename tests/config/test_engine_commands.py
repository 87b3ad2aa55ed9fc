"""The engine's commands in an installation that keeps its settings in `.env`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with an `.env` that names its data, and a damaged file of weights there."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/__init__.py").touch()
    shutil.copy(PROJECT / "config/engine_commands.py", tmp_path / "config")
    (tmp_path / "data/models").mkdir(parents=True)
    (tmp_path / "data/models/yunet_n_dynamic.onnx").write_bytes(b"damaged")
    (tmp_path / ".env").write_text(f"LIKENESS_DATA={tmp_path / 'data'}\n")
    return tmp_path


def verify(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """As `./run models verify open` starts it."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("LIKENESS_")
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "config.engine_commands", "models", "verify", "open"],
        check=False,
        capture_output=True,
        text=True,
        env={**inherited, "PYTHONPATH": f"{checkout}:{PROJECT}", **environment},
    )


def test_env_says_where_the_weights_are(checkout: Path) -> None:
    done = verify(checkout)
    assert done.returncode == 1
    assert str(checkout / "data/models/yunet_n_dynamic.onnx") in done.stdout


def test_the_environment_wins_over_env(checkout: Path, tmp_path: Path) -> None:
    done = verify(checkout, LIKENESS_DATA=str(tmp_path / "other"))
    assert "missing  yunet_n_dynamic.onnx" in done.stdout
