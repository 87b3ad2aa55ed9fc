"""The weights of classifiers in use, read once by each process."""

from __future__ import annotations

from functools import lru_cache

from django.core.files.storage import default_storage

from faceengine.training.errors import TrainingError
from faceengine.training.head import Head
from faceengine.training.store import head_from_bytes

#: Heads that a process keeps; the largest takes 4 MB.
KEPT_HEADS = 8


def head_in(file: str, made_of: str) -> Head | None:
    """None where the file is gone, or holds no head for vectors of this model version."""
    try:
        return _load(file, made_of)
    except (OSError, TrainingError):
        return None


@lru_cache(maxsize=KEPT_HEADS)
def _load(file: str, made_of: str) -> Head:
    """By its file, which has another name for each training. Raises: OSError, TrainingError."""
    with default_storage.open(file) as opened:
        return head_from_bytes(opened.read(), made_of)
