"""Writing a file so that nobody ever meets half of it."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_at_once(path: Path, content: bytes) -> None:
    """Make, or replace, a file that every user may read, and its folder. Raises: OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part", delete=False) as opened:
        part = Path(opened.name)
        try:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
            part.chmod(0o644)  # a temporary file is its owner's alone; the worker may be another
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
