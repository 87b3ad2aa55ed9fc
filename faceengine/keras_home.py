"""The folder in which Keras keeps its weights."""

from __future__ import annotations

import os
from pathlib import Path


def keras_weights() -> Path:
    """Where Keras puts what it downloads: below KERAS_HOME, or the user's home folder.

    Keras would say so itself, but takes seconds to import.
    """
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "models"
