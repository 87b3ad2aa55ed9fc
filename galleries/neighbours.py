"""The nearest vectors in the database, exactly or through an index.

Router: few vectors are ranked exactly, many through the HNSW index. The expression decides, never
the planner, which takes HNSW also where it finds next to nothing: the index stands on
`vector::halfvec(d)`, so ranking by the bare column cannot use it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Cast
from numpy.typing import NDArray
from pgvector.django import CosineDistance, HalfVectorField

from galleries.models import FaceVector, ModelVersion

# beyond this many vectors the index is faster than ranking all of them
EXACT_ROWS = 30_000
# pgvector walks the index no further than ef_search allows, and that ends at 1,000
MAX_INDEX_HITS = 500
#: The distance of opposite vectors: lets everything through.
ANY_DISTANCE = 2.0

Vector: TypeAlias = NDArray[np.float32]
#: A face id and its cosine distance (0 to 2).
Ranked: TypeAlias = list[tuple[int, float]]


def rank(
    vectors: QuerySet[FaceVector],
    vector: Vector,
    model: ModelVersion,
    *,
    limit: int,
    max_distance: float = ANY_DISTANCE,
) -> Ranked:
    """The faces of `vectors`, all of `model`, that are nearest to a vector, nearest first.

    Through the index at most MAX_INDEX_HITS.
    """
    if model.is_indexed and vectors[: EXACT_ROWS + 1].count() > EXACT_ROWS:
        return _rank_by_index(vectors, vector, model, min(limit, MAX_INDEX_HITS), max_distance)
    near = vectors.annotate(distance=CosineDistance("vector", vector))
    if max_distance < ANY_DISTANCE:
        near = near.filter(distance__lte=max_distance)
    return list(near.order_by("distance", "face_id").values_list("face_id", "distance")[:limit])


def _rank_by_index(
    vectors: QuerySet[FaceVector],
    vector: Vector,
    model: ModelVersion,
    limit: int,
    max_distance: float,
) -> Ranked:
    indexed = Cast("vector", HalfVectorField(dimensions=model.dimensions))
    near = vectors.annotate(distance=CosineDistance(indexed, vector)).order_by("distance")
    with transaction.atomic(), connection.cursor() as cursor:
        # filters are applied after the walk: without this a small gallery finds next to nothing
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute("SET LOCAL hnsw.ef_search = %s", [limit])
        cursor.execute("SET LOCAL enable_sort = off")
        ranked = near.values_list("face_id", "distance")[:limit]
        return [(face, distance) for face, distance in ranked if distance <= max_distance]
