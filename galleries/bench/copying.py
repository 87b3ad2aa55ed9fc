"""Many vectors into the database at once, by PostgreSQL's COPY in its binary format."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
from django.db import connection
from numpy.typing import NDArray

# as the manual of PostgreSQL describes it under COPY
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
ROWS_AT_ONCE = 20_000


def copy_vectors(
    table: str, keys: Mapping[str, NDArray[np.int64]], column: str, vectors: NDArray[np.float32]
) -> None:
    """Store rows of whole numbers, by their columns, each with one vector.

    Shapes (n,) and (n, dimensions); what else the table has needs a default.
    """
    columns = ", ".join((*keys, column))
    with connection.cursor() as cursor:
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            rows = _rows([values[part] for values in keys.values()], vectors[part])
            cursor.copy_expert(
                f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT binary)",
                io.BytesIO(SIGNATURE + rows + TRAILER),
            )


def _rows(keys: list[NDArray[np.int64]], vectors: NDArray[np.float32]) -> bytes:
    """Numbers in network order; before each column its length in bytes."""
    count, dimensions = vectors.shape
    rows = np.zeros(count, dtype=_row_type(len(keys), dimensions))
    rows["columns"] = len(keys) + 1
    for number, values in enumerate(keys):
        rows[f"bytes_{number}"], rows[f"key_{number}"] = 8, values
    rows["vector_bytes"], rows["dimensions"] = 4 + 2 * dimensions, dimensions
    rows["vector"] = vectors
    return rows.tobytes()


def _row_type(keys: int, dimensions: int) -> np.dtype[np.void]:
    numbers = ((f"bytes_{key}", f"key_{key}") for key in range(keys))
    return np.dtype(
        [
            ("columns", ">i2"),
            *(field for size, key in numbers for field in ((size, ">i4"), (key, ">i8"))),
            ("vector_bytes", ">i4"),
            ("dimensions", ">i2"),
            ("unused", ">i2"),
            ("vector", ">f2", (dimensions,)),
        ]
    )
