"""The photos that look most like an example: by what they show, by their colours, or by both.

Router, as in `neighbours`: few photos are all compared, of many only the candidates that the HNSW
indexes name. Either way one statement ranks exactly, and its condition is the caller's query of
photos, so that nothing invisible is in an answer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeAlias

import numpy as np
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Cast
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.django import HalfVectorField, HammingDistance, L1Distance

from galleries.models import PhotoLook, PhotoVector, SceneModel
from galleries.models.photo import PhotoQuerySet
from galleries.models.scene import code_of
from galleries.models.vector_model import VectorIndex

# up to this many photos are always compared one by one
EXACT_PHOTOS = 5_000
# a step of a walk through an index takes as long as comparing so many photos one by one
PRICE_OF_A_STEP = 8
# candidates by one part, or by each of both: of a million photos the ten best are among either, and
# of the best 60 .98 and, with equal parts, .66; 200 by each would have .75 of them in 13 ms, not 9
FIRST_WALK, FIRST_OF_BOTH = 200, 120
# where asking for more of them ends
MOST_WALKED = 20_000
# a part that counts no more names none, as what is best by both is near by the other one: of the
# best ten of 100,000 photos all are among twice as many as are asked for, and .995 of the best 60
NAMES_NONE = 0.05
# pgvector allows no more; what is wanted beyond it comes from further rounds of the same walk
MOST_EF_SEARCH = 1000
REMEMBERED_SECONDS = 60

Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a model sees in a picture."""

    vector: Vector
    model: SceneModel


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What is looked for: a histogram of colours, and what a model sees, if any can look."""

    colours: Vector
    scene: Scene | None = None


@dataclass(frozen=True, slots=True)
class Alike:
    """A photo that looks like the example; 1 is the same.

    `content` is a cosine similarity, None where the photo or the example has no vector; `colour`
    is the intersection of the histograms. `similarity` is the weighted mean of both.
    """

    photo_id: int
    similarity: float
    content: float | None
    colour: float


def index_of_colours(dimensions: int) -> VectorIndex:
    """Of the photos of all galleries; for the layout of histograms that is in use."""
    layout = settings.LIKENESS_COLOURS
    return VectorIndex(
        f"photo_look_colours_hnsw_{layout}",
        _LOOKS,
        f"(colours::halfvec({dimensions:d})) halfvec_l1_ops",
        f"layout = '{layout}'",
    )


def most_alike(photos: PhotoQuerySet, example: Example, weight: float, limit: int) -> list[Alike]:
    """Those of `photos`, which the caller has made visible ones, that look most like the example.

    Args: `weight` is that of the content, 0 to 1; the rest is that of the colours. An example
        without a scene is looked for by its colours, whatever the weight.
    """
    if example.scene is None:
        weight = 0.0
    if _are_many(photos, limit):
        return _rank_candidates(photos, example, weight, limit)
    return compare_all(photos, example, weight, limit)


def _are_many(photos: PhotoQuerySet, limit: int) -> bool:
    """Whether the indexes are faster. They hold the photos of all galleries, so the walk to a hit
    is longer, the fewer of them are asked for. Remembered, as counting takes a while."""
    every = cache.get_or_set("looks:every", _estimate_every, REMEMBERED_SECONDS) or 0
    border = max(EXACT_PHOTOS, round(sqrt(limit * every * PRICE_OF_A_STEP)))
    beyond = photos.order_by().values("pk")[border : border + 1]
    try:
        digest = hashlib.sha256(str(beyond.query).encode()).hexdigest()
    except EmptyResultSet:
        return False
    return bool(cache.get_or_set(f"looks:many:{digest}", beyond.exists, REMEMBERED_SECONDS))


def _estimate_every() -> int:
    """How many photos have a look, about; 0 before PostgreSQL has counted them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", [_LOOKS])
        return max(0, int(cursor.fetchone()[0]))


def compare_all(photos: PhotoQuerySet, example: Example, weight: float, limit: int) -> list[Alike]:
    """By comparing all of `photos`; those without a look are left out.

    They are asked for by their keys, so that no condition of the caller doubles a photo. Not by
    Django's words, which read every photo once more, and compare it twice.
    """
    scene = example.scene
    try:
        keys, conditions = photos.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    colours = HalfVector(example.colours).to_text()
    vector = HalfVector(scene.vector).to_text() if scene else None
    model = scene.model.pk if scene else None
    layout = settings.LIKENESS_COLOURS
    with connection.cursor() as cursor:
        cursor.execute(
            _RANK.format(photos=keys),
            [weight, 1 - weight, vector, colours, model, layout, *conditions, limit],
        )
        return [Alike(*row) for row in cursor.fetchall()]


def _rank_candidates(
    photos: PhotoQuerySet, example: Example, weight: float, limit: int
) -> list[Alike]:
    """By comparing those that are nearest by content or by colours, more of them until enough are
    among `photos`.

    What is best by the mean of both is near by one of them, though seldom nearest: where both name
    candidates, twice as many as are asked for have to be met.
    """
    is_mixed = NAMES_NONE < weight < 1 - NAMES_NONE
    enough = 2 * limit if is_mixed else limit
    count = max(FIRST_OF_BOTH if is_mixed else FIRST_WALK, 2 * limit)
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        while True:
            cursor.execute(_WALK, [str(min(count, MOST_EF_SEARCH))])
            near = photos.filter(pk__in=_candidates(example, weight, count))
            found = compare_all(near, example, weight, enough)
            if len(found) >= enough or count >= MOST_WALKED:
                break
            # as many as would be enough if they lay evenly, and half as many more
            count = min(MOST_WALKED, round(1.5 * count * enough / max(len(found), 1)))
        # what follows in this transaction may sort
        cursor.execute("SET LOCAL enable_sort = on; SET LOCAL enable_seqscan = on")
    return found[:limit]


def _candidates(example: Example, weight: float, count: int) -> QuerySet[Any, int]:
    """Ids of photos, of whatever galleries, that the indexes name.

    The last that are asked for are named by both: many photos may still wait for a vector.
    """
    nothing = 0 if count == MOST_WALKED else NAMES_NONE
    indexed = Cast("colours", HalfVectorField(dimensions=len(example.colours)))
    known = PhotoLook.objects.filter(layout=settings.LIKENESS_COLOURS)
    by_colour = known.order_by(L1Distance(indexed, HalfVector(example.colours)))
    colours = by_colour.values_list("photo", flat=True)[:count]
    if example.scene is None or weight <= nothing:
        return colours
    model = example.scene.model
    by_content = PhotoVector.objects.filter(model=model).order_by(
        HammingDistance("code", code_of(example.scene.vector))
    )
    contents = by_content.values_list("photo", flat=True)[:count]
    return contents if weight >= 1 - nothing else contents.union(colours)


_LOOKS = "galleries_photolook"
# the offset has each distance computed once, though it stands in two columns
_RANK = """
SELECT photo_id, %s * COALESCE(content, 0) + %s * colour AS similarity, content, colour
FROM (
    SELECT look.photo_id, 1 - (seen.vector <=> %s::halfvec) AS content,
        1 - (look.colours <+> %s::halfvec) / 2 AS colour
    FROM galleries_photolook look
    LEFT JOIN galleries_photovector seen
        ON seen.photo_id = look.photo_id AND seen.model_id = %s
    WHERE look.layout = %s AND look.photo_id IN ({photos}) OFFSET 0
) AS compared
ORDER BY similarity DESC, photo_id DESC LIMIT %s
"""
_WALK = """
SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true),
    set_config('hnsw.ef_search', %s, true), set_config('hnsw.max_scan_tuples', '200000', true),
    set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true),
    set_config('work_mem', '64MB', true)
"""
