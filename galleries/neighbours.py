"""The nearest vectors in the database, exactly or through an index.

Router: few vectors are ranked exactly, many through the HNSW index. The expression decides, never
the planner, which takes HNSW also where it finds next to nothing: the index stands on
`vector::halfvec(d)`, so ranking by the bare column cannot use it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from itertools import repeat
from typing import NamedTuple, TypeAlias

import numpy as np
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import F, QuerySet
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.django import CosineDistance

from galleries.models import FaceVector, ModelVersion
from galleries.models.lookups import AnyOf

# beyond this many vectors the index is faster than ranking all of them
EXACT_ROWS = 30_000
# faces in the steps of a walk, the first of which counts as candidates, too: of a million made-up
# faces of 512 dimensions 200 find .977 of the ten nearest in 3.5 ms, and 300 .978 in 6 ms
TO_SOME = (200, *repeat(500, 400))
# .991 of all above the normal threshold in 32 ms; 300 at a time .982 in 28, 1,000 .995 in 62
TO_ALL = (300, *repeat(500, 400))
# a walk to all ends with the step that adds less than this share: behind a person's faces each step
# takes ten times as long as through them
LEAST_GAIN = 0.01
# among strangers a walk misses many: twice as many more raise .975 to .992; three times as many,
# which take a third longer, would raise it to .994
FARTHER = 2
# a walk that meets fewer than this share of those asked for says little about the nearest of them,
# and one of whose candidates fewer than this share is near has met those that are
LEAST_SHARE = 0.25
REMEMBERED_SECONDS = 60
#: The distance of opposite vectors: lets everything through.
ANY_DISTANCE = 2.0

Vector: TypeAlias = NDArray[np.float32]
#: A face id and its cosine distance (0 to 2).
Ranked: TypeAlias = list[tuple[int, float]]
#: Whether a walk may end, by what was found and how many of the last step were near.
_Claim: TypeAlias = Callable[[Ranked, int], bool]


def rank(
    vectors: QuerySet[FaceVector],
    vector: Vector,
    model: ModelVersion,
    *,
    limit: int,
    max_distance: float = ANY_DISTANCE,
) -> Ranked:
    """The faces of `vectors`, all of `model`, that are nearest to a vector, nearest first."""
    return Pool(vectors, model).nearest(vector, limit=limit, max_distance=max_distance)


class Pool:
    """Vectors of one model that are asked several times, and counted once."""

    def __init__(self, vectors: QuerySet[FaceVector], model: ModelVersion) -> None:
        self.vectors, self.model = vectors, model

    @cached_property
    def is_large(self) -> bool:
        """Whether the index is faster."""
        return self._count_to_border()

    def _count_to_border(self) -> bool:
        return self.vectors.values("face_id")[EXACT_ROWS : EXACT_ROWS + 1].exists()

    def nearest(self, vector: Vector, *, limit: int, max_distance: float = ANY_DISTANCE) -> Ranked:
        """As `rank`."""
        if not (self.model.is_indexed and self.is_large):
            return self._exactly(vector, limit, max_distance)
        if max_distance == ANY_DISTANCE:
            return self._nearest_however_unlike(vector, limit)

        def is_enough(found: Ranked, near: int) -> bool:
            return len(found) >= limit or near < TO_SOME[0] * LEAST_SHARE

        return self._walk(vector, TO_SOME, is_enough, max_distance)[:limit]

    def _nearest_however_unlike(self, vector: Vector, limit: int) -> Ranked:
        """By comparing all, unless a walk meets alike ones, or mostly those asked for."""
        first = max(limit, TO_SOME[0])
        surely_alike = 1 - self.model.calibration.strict

        def is_sure(found: Ranked) -> bool:
            return len(found) >= limit and sorted(far for _, far in found)[limit - 1] < surely_alike

        def is_rare(found: Ranked) -> bool:
            return len(found) < first * LEAST_SHARE

        def is_enough(found: Ranked, _near: int) -> bool:
            return is_sure(found) or is_rare(found)

        found = self._walk(vector, (first, FARTHER * first), is_enough)
        if is_rare(found) and not is_sure(found):
            return self._exactly(vector, limit)
        return found[:limit]

    def _walk(
        self,
        vector: Vector,
        steps: Sequence[int],
        is_enough: _Claim,
        max_distance: float = ANY_DISTANCE,
    ) -> Ranked:
        return _walk(vector, self.model, self._own, steps, is_enough, max_distance)

    def _own(self, hits: Sequence[_Met]) -> set[int]:
        own = self.vectors.filter(AnyOf(F("face_id"), [hit.face for hit in hits]))
        return set(own.values_list("face_id", flat=True))

    def _exactly(self, vector: Vector, limit: int, max_distance: float = ANY_DISTANCE) -> Ranked:
        return rank_exactly(self.vectors, vector, limit=limit, max_distance=max_distance)


class WholeGalleries(Pool):
    """All vectors of some galleries: whose a vector is says its row, without another query."""

    def __init__(self, gallery_ids: Iterable[int], model: ModelVersion) -> None:
        self.gallery_ids = frozenset(gallery_ids)
        own = FaceVector.objects.filter(gallery__in=self.gallery_ids, model=model)
        super().__init__(own, model)

    @cached_property
    def is_large(self) -> bool:
        """Remembered, as counting takes as long as ranking."""
        scope = f"{EXACT_ROWS}:{self.model.pk}:{sorted(self.gallery_ids)}"
        key = f"many:{hashlib.sha256(scope.encode()).hexdigest()}"
        return bool(cache.get_or_set(key, self._count_to_border, REMEMBERED_SECONDS))

    def within(self, vector: Vector, *, max_distance: float, most: int) -> Ranked:
        """All faces that are no farther than this, nearest first; `most` at most.

        The walk through the index goes on until everything is farther away, so that neither ten
        thousand faces of one person nor the galleries of others hide any.
        """
        if not (self.model.is_indexed and self.is_large):
            return self._exactly(vector, most, max_distance)

        def is_enough(found: Ranked, near: int) -> bool:
            # the order wavers, so one that is too far is not yet the end
            return len(found) >= most or near <= LEAST_GAIN * len(found)

        return self._walk(vector, TO_ALL, is_enough, max_distance)[:most]

    def _own(self, hits: Sequence[_Met]) -> set[int]:
        return {hit.face for hit in hits if hit.gallery in self.gallery_ids}


def _walk(
    vector: Vector,
    model: ModelVersion,
    own: Callable[[Sequence[_Met]], Collection[int]],
    steps: Sequence[int],
    is_enough: _Claim,
    max_distance: float,
) -> Ranked:
    """By the index of the model, step by step, keeping of what it meets what is `own`.

    No condition stands in the statement itself: it would make the walk go on, however far away,
    until it meets enough rows that fulfil it, and end before the nearest of them.
    """
    found: Ranked = []
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            _CURSOR.format(dimensions=int(model.dimensions), model=int(model.pk)),
            [str(steps[0]), HalfVector(vector).to_text()],
        )
        for step in steps:
            cursor.execute(f"FETCH {step:d} FROM walk")
            near = [hit for hit in map(_Met._make, cursor.fetchall()) if hit.far <= max_distance]
            kept = own(near)
            found += [(hit.face, hit.far) for hit in near if hit.face in kept]
            if is_enough(found, len(near)):
                break
        # what follows in this transaction may sort
        cursor.execute("CLOSE walk; SET LOCAL enable_sort = on; SET LOCAL work_mem TO DEFAULT")
    return sorted(found, key=lambda hit: (hit[1], hit[0]))


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


class _Met(NamedTuple):
    """What a walk meets."""

    face: int
    gallery: int
    far: float


_CURSOR = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
    set_config('hnsw.ef_search', %s, true), set_config('enable_sort', 'off', true),
    set_config('hnsw.max_scan_tuples', '200000', true), set_config('work_mem', '64MB', true);
DECLARE walk NO SCROLL CURSOR FOR
SELECT face_id, gallery_id, vector::halfvec({dimensions}) <=> %s::halfvec({dimensions}) AS far
FROM galleries_facevector WHERE model_id = {model} ORDER BY far
"""
