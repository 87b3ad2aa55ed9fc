"""The nearest vectors in the database, exactly or through an index.

Router: few vectors are ranked exactly, many through the HNSW index. The expression decides, never
the planner, which takes HNSW also where it finds next to nothing: the index stands on
`vector::halfvec(d)`, so ranking by the bare column cannot use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
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
# for fewer hits the walk would end too early; this misses none of 31 among 100,000 made-up faces
LEAST_WALK = 40
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
    return Pool(vectors, model).nearest(vector, limit=limit, max_distance=max_distance)


@dataclass(frozen=True)
class Pool:
    """Vectors of one model that are asked several times, and counted once."""

    vectors: QuerySet[FaceVector]
    model: ModelVersion

    @cached_property
    def is_large(self) -> bool:
        return self.vectors.values("face_id")[EXACT_ROWS : EXACT_ROWS + 1].exists()

    def nearest(self, vector: Vector, *, limit: int, max_distance: float = ANY_DISTANCE) -> Ranked:
        """As `rank`."""
        if not (self.model.is_indexed and self.is_large):
            return rank_exactly(self.vectors, vector, limit=limit, max_distance=max_distance)
        limit = min(limit, MAX_INDEX_HITS)
        return _rank_by_index(self.vectors, vector, self.model, limit, max_distance)


def rank_exactly(
    vectors: QuerySet[FaceVector],
    vector: Vector,
    *,
    limit: int,
    max_distance: float = ANY_DISTANCE,
) -> Ranked:
    """By comparing all of `vectors`, which the caller knows to be few."""
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
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        # filters are applied after the walk: without this a small gallery finds next to nothing
        cursor.execute(_WALK, [str(max(limit, LEAST_WALK))])
        ranked = list(near.values_list("face_id", "distance")[:limit])
        # what follows in this transaction may sort
        cursor.execute("SET LOCAL enable_sort = on")
    return [(face, distance) for face, distance in ranked if distance <= max_distance]


_WALK = """
SELECT set_config('hnsw.iterative_scan', 'strict_order', true),
    set_config('hnsw.ef_search', %s, true), set_config('enable_sort', 'off', true)
"""
