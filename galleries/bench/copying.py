"""Many vectors into the database at once, by PostgreSQL's COPY in its binary format."""

from __future__ import annotations

import io
from collections.abc import Mapping
from struct import pack
from typing import Any, TypeAlias

import numpy as np
from django.db import connection
from numpy.typing import NDArray

# as the manual of PostgreSQL describes it under COPY
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
ROWS_AT_ONCE = 20_000

_Values: TypeAlias = NDArray[Any]


def copy_rows(table: str, columns: Mapping[str, _Values]) -> None:
    """Store rows, whose values of each column are one array.

    Whole numbers are of int64, shape (n,); vectors of halfvec are of float32, shape
    (n, dimensions); bits are packed in uint8, shape (n, bits // 8). What else the table has needs
    a default.
    """
    count = len(next(iter(columns.values())))
    with connection.cursor() as cursor:
        for start in range(0, count, ROWS_AT_ONCE):
            part = [values[start : start + ROWS_AT_ONCE] for values in columns.values()]
            cursor.copy_expert(
                f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT binary)",
                io.BytesIO(SIGNATURE + _rows(part) + TRAILER),
            )


def _rows(columns: list[_Values]) -> bytes:
    counts = np.frombuffer(pack(">h", len(columns)), np.uint8)
    written = [_write(values) for values in columns]
    return np.hstack([np.tile(counts, (len(columns[0]), 1)), *written]).tobytes()


def _write(values: _Values) -> NDArray[np.uint8]:
    """Each value in network order, after its length in bytes and that in the type's own units."""
    size = values.shape[-1]
    if values.dtype == np.uint8:
        head, body = pack(">ii", 4 + size, 8 * size), values
    elif values.dtype == np.float32:
        head, body = pack(">ihh", 4 + 2 * size, size, 0), values.astype(">f2")
    else:
        head, body = pack(">i", 8), values.astype(">i8")[:, None]
    heads = np.tile(np.frombuffer(head, np.uint8), (len(values), 1))
    return np.hstack([heads, np.ascontiguousarray(body).view(np.uint8)])
