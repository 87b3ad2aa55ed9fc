"""Many vectors into the database at once, by PostgreSQL's COPY in its binary format."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from galleries.models import ModelVersion

# as the manual of PostgreSQL describes it under COPY
SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
ROWS_AT_ONCE = 20_000


def copy_vectors(
    model: ModelVersion,
    gallery_ids: NDArray[np.int64],
    face_ids: NDArray[np.int64],
    vectors: NDArray[np.float32],
) -> None:
    """Store one vector of each face. Shapes (n,), (n,) and (n, dimensions)."""
    with connection.cursor() as cursor:
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            rows = _rows(model, gallery_ids[part], face_ids[part], vectors[part])
            cursor.copy_expert(
                "COPY galleries_facevector (gallery_id, face_id, model_id, vector) "
                "FROM STDIN WITH (FORMAT binary)",
                io.BytesIO(SIGNATURE + rows + TRAILER),
            )


def _rows(
    model: ModelVersion,
    gallery_ids: NDArray[np.int64],
    face_ids: NDArray[np.int64],
    vectors: NDArray[np.float32],
) -> bytes:
    """Numbers in network order; before each column its length in bytes."""
    dimensions = vectors.shape[1]
    rows = np.zeros(len(vectors), dtype=_row_type(dimensions))
    rows["columns"] = 4
    for name, values in (("gallery", gallery_ids), ("face", face_ids), ("model", model.pk)):
        rows[f"{name}_bytes"], rows[name] = 8, values
    rows["vector_bytes"], rows["dimensions"] = 4 + 2 * dimensions, dimensions
    rows["vector"] = vectors
    return rows.tobytes()


def _row_type(dimensions: int) -> np.dtype[np.void]:
    keys: Iterator[tuple[str, str]] = (
        field
        for name in ("gallery", "face", "model")
        for field in ((f"{name}_bytes", ">i4"), (name, ">i8"))
    )
    return np.dtype(
        [
            ("columns", ">i2"),
            *keys,
            ("vector_bytes", ">i4"),
            ("dimensions", ">i2"),
            ("unused", ">i2"),
            ("vector", ">f2", (dimensions,)),
        ]
    )
