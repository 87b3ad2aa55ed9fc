"""Folders for servers of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder outside pytest's, which every run of pytest closes to other accounts.

    Run by root, PostgreSQL works under such an account.
    """
    folder = Path(tempfile.mkdtemp(prefix="likeness-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)
