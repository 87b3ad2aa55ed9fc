"""Classifiers as files in which nothing can be run by whoever loads them: arrays and JSON for a
head, Keras's own format for a network."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from faceengine.training.errors import TrainingError
from faceengine.training.head import Head
from faceengine.training.transfer import Plan, Transferred

FORMAT, NETWORK_FORMAT = "likeness-head-1", "likeness-network-1"
HEAD_FILE, NETWORK_FILE, NOTE_FILE = "head.npz", "network.keras", "network.json"
ARRAYS = ("weights", "bias", "middles")
#: Of the file; a thousand classes of 4,000 dimensions are less.
MOST_BYTES = 64_000_000

# what NumPy, zip and JSON raise for files that are none of theirs
_SPOILT = (
    OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip


def head_to_bytes(head: Head, made_of: str) -> bytes:
    """A file in NumPy's `.npz` format.

    Args: `made_of` names the model version whose vectors it judges.
    """
    words = {
        field.name: getattr(head, field.name) for field in fields(head) if field.name not in ARRAYS
    }
    note = json.dumps({"format": FORMAT, "made_of": made_of, **words})
    buffer = io.BytesIO()
    arrays = {name: getattr(head, name) for name in ARRAYS}
    np.savez(buffer, note=np.frombuffer(note.encode(), np.uint8), **arrays)
    return buffer.getvalue()


def head_from_bytes(content: bytes, made_of: str) -> Head:
    """Raises: TrainingError for anything but a head for vectors of this model version."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            _refuse_large(file.zip)
            note = json.loads(file["note"].tobytes())
            arrays = {name: np.asarray(file[name], np.float32) for name in ARRAYS}
        if note.pop("format") != FORMAT:
            raise TrainingError("This file of a classifier has another format. Train it again.")
        others = note.pop("made_of")
        head = Head(**{**note, **arrays, "names": tuple(note["names"])})
        _refuse_shapes(head)
    except _SPOILT as error:
        raise _damaged() from error
    if others != made_of:
        raise TrainingError(
            f"This classifier judges vectors of {others}, not of {made_of}. Train it again."
        )
    return head


def network_to_files(trained: Transferred, plan: Plan, names: Sequence[str]) -> dict[str, bytes]:
    """A network, and beside it what its answers mean and how pictures are prepared for it."""
    note = {"names": list(names), "backbone": plan.backbone.name, "side": plan.side}
    with TemporaryDirectory(prefix="likeness-") as folder:
        path = Path(folder) / NETWORK_FILE
        trained.model.save(path)
        return {
            NETWORK_FILE: path.read_bytes(),
            NOTE_FILE: json.dumps({"format": NETWORK_FORMAT, **note}, indent=2).encode(),
        }


def load_network(folder: Path) -> Any:
    """The keras.Model in a folder. Keras runs no code of such a file (`safe_mode`).

    Raises: TrainingError.
    """
    from tensorflow import keras

    try:
        return keras.models.load_model(folder / NETWORK_FILE, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        raise _damaged() from error


def _refuse_large(archive: zipfile.ZipFile) -> None:
    """Before anything is unpacked. Raises: TrainingError."""
    if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
        raise _damaged()


def _refuse_shapes(head: Head) -> None:
    """Raises: ValueError."""
    classes, dimensions = head.weights.shape
    shapes = (head.bias.shape, head.middles.shape, len(head.names))
    if shapes != ((classes,), (classes, dimensions), classes):
        raise ValueError(f"shapes that do not go together: {head.weights.shape}, {shapes}")


def _damaged() -> TrainingError:
    return TrainingError("This is no file of a classifier, or it is damaged. Train it again.")
