"""Folders for servers of their own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.config import compose


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder outside pytest's, which every run of pytest closes to other accounts.

    Run by root, PostgreSQL works under such an account.
    """
    folder = Path(tempfile.mkdtemp(prefix="likeness-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[compose.Stack]:
    """The services of docker-compose.yml, prepared to be started."""
    with compose.prepared(tmp_path_factory.mktemp("compose")) as stack:
        yield stack
