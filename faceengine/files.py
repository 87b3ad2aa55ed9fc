"""Files: where pictures are in a folder, and writing one so that nobody meets half of it."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

#: Where a folder is searched for pictures. What a file is, its content says.
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".bmp"}
)


def pictures_in(folder: Path, pattern: str) -> list[Path]:
    """Sorted; without hidden files, of which some systems leave one beside each picture."""
    return sorted(
        path
        for path in folder.glob(pattern)
        if path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")
    )


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
