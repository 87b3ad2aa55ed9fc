"""The nearest vectors in the database, exactly or through an index.

Router: few vectors are ranked exactly, many through the HNSW index. The expression decides, never
the planner, which takes HNSW also where it finds next to nothing: the index stands on
`vector::halfvec(d)`, so ranking by the bare column cannot use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TypeAlias

import numpy as np
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Cast
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.django import CosineDistance, HalfVectorField

from galleries.models import FaceVector, ModelVersion

# beyond this many vectors the index is faster than ranking all of them
EXACT_ROWS = 30_000
# pgvector walks the index no further than ef_search allows, and that ends at 1,000
MAX_INDEX_HITS = 500
# candidates of a walk, also for fewer hits: of 100,000 made-up faces of 512 dimensions 100 find
# .968 of the ten nearest in 2.5 ms, 200 .975 in 2.8 ms, 300 .998 in 3.1 ms, 400 .999 in 3.5 ms
LEAST_WALK = 300
# rows of the steps in which `within` walks; for most searches the first is enough
FIRST_STEP, STEP = LEAST_WALK, 1000
MOST_WALKED = 200_000
REMEMBERED_SECONDS = 60
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


def within(
    gallery_ids: Sequence[int],
    vector: Vector,
    model: ModelVersion,
    *,
    max_distance: float,
    most: int,
) -> Ranked:
    """All faces of these galleries that are no farther than this, nearest first; `most` at most.

    The walk through the index goes on until everything is farther away, so that neither ten
    thousand faces of one person nor the galleries of others hide any.
    """
    if not (model.is_indexed and _are_many(gallery_ids, model)):
        own = FaceVector.objects.filter(gallery__in=gallery_ids, model=model)
        return rank_exactly(own, vector, limit=most, max_distance=max_distance)
    return _walk(gallery_ids, vector, model, max_distance, most)


def _are_many(gallery_ids: Sequence[int], model: ModelVersion) -> bool:
    """Whether the index is faster. Remembered, as counting takes as long as ranking."""
    scope = f"{EXACT_ROWS}:{model.pk}:{sorted(gallery_ids)}"
    digest = hashlib.sha256(scope.encode()).hexdigest()
    pool = Pool(FaceVector.objects.filter(gallery__in=gallery_ids, model=model), model)
    return bool(cache.get_or_set(f"many:{digest}", lambda: pool.is_large, REMEMBERED_SECONDS))


def _walk(
    gallery_ids: Sequence[int],
    vector: Vector,
    model: ModelVersion,
    max_distance: float,
    most: int,
) -> Ranked:
    """By the index of the model, with no condition on the gallery: that would make the walk go on,
    however far away, until it meets rows that fulfil it."""
    found: Ranked = []
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(_FAR_WALK, [str(FIRST_STEP)])
        cursor.execute(
            _CURSOR.format(dimensions=int(model.dimensions), model=int(model.pk)),
            [list(gallery_ids), HalfVector(vector).to_text()],
        )
        for step in (FIRST_STEP, *repeat(STEP, MOST_WALKED // STEP)):
            cursor.execute(f"FETCH {step:d} FROM walk")
            hits = cursor.fetchall()
            found += [(face, far) for face, far in hits if face and far <= max_distance]
            # the order wavers, so one that is too far is not yet the end
            if len(found) >= most or all(far > max_distance for _, far in hits):
                break
        # what follows in this transaction may sort
        cursor.execute("CLOSE walk; SET LOCAL enable_sort = on; SET LOCAL work_mem TO DEFAULT")
    return sorted(found, key=lambda hit: (hit[1], hit[0]))[:most]


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


_CURSOR = """
DECLARE walk NO SCROLL CURSOR FOR
SELECT CASE WHEN gallery_id = ANY(%s) THEN face_id END,
    vector::halfvec({dimensions}) <=> %s::halfvec({dimensions}) AS far
FROM galleries_facevector WHERE model_id = {model} ORDER BY far
"""
_FAR_WALK = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
    set_config('hnsw.ef_search', %s, true), set_config('enable_sort', 'off', true),
    set_config('hnsw.max_scan_tuples', '200000', true), set_config('work_mem', '64MB', true)
"""
_WALK = """
SELECT set_config('hnsw.iterative_scan', 'strict_order', true),
    set_config('hnsw.ef_search', %s, true), set_config('enable_sort', 'off', true)
"""
