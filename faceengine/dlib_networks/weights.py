"""Reading the parameters of dlib's networks out of its .dat files.

A file is a chain of layers from input to output. Between the tensors stand names, sizes and
learning rates; this reader needs none of them: it asks for the tensors it expects, in order, and
refuses a file in which one is missing or left over.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from faceengine.detectors.detection import Floats
from faceengine.errors import FaceEngineError

#: What dlib takes from the three channels of a picture before it divides by 256.
MEAN_COLOUR = np.array([122.782, 117.001, 104.298], dtype=np.float32)
#: Bytes between two tensors: 341 at most in dlib's own files; any skipped layer is larger.
LONGEST_NOTE = 400
#: Bytes behind the last tensor: 72 and 83 in dlib's own files.
LONGEST_END = 100


class DlibFormatError(FaceEngineError):
    """The file is not the network that was expected."""


class TensorReader:
    """Walks the tensors of one file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, *shape: int) -> Floats:
        """Read the next tensor, which must have these four sizes.

        Raises: DlibFormatError.
        """
        mark = _head(shape)
        start = self._data.find(mark, self._position, self._position + LONGEST_NOTE + len(mark))
        end = start + len(mark) + 4 * math.prod(shape)
        if start < 0 or end > len(self._data):
            raise DlibFormatError(
                f"No tensor of shape {shape} follows byte {self._position} of this dlib network."
            )
        self._position = end
        raw = self._data[start + len(mark) : end]
        return np.frombuffer(raw, dtype="<f4").astype(np.float32).reshape(shape)

    def finish(self) -> None:
        """Raises: DlibFormatError when there is room for a tensor that nobody took."""
        left = len(self._data) - self._position
        if left > LONGEST_END:
            raise DlibFormatError(f"{left} bytes are left over at the end of this dlib network.")


def _head(shape: tuple[int, ...]) -> bytes:
    """The format version of a tensor (2) and its sizes, as dlib writes them."""
    return b"".join(_integer(value) for value in (2, *shape))


def _integer(value: int) -> bytes:
    """One byte that counts the following ones, which hold the value from its lowest byte on."""
    digits = struct.pack("<q", value).rstrip(b"\0") or b"\0"
    return bytes([len(digits)]) + digits
