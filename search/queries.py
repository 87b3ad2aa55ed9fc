"""Which photos show these faces: cosine distance in the database, over what the user may see.

What somebody said is no face is no match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from accounts.models import User
from faceengine.packs import Strictness
from galleries import neighbours
from galleries.models import Face, FaceVector, Gallery, ModelVersion
from search.probes import ProbeFace

# the most faces of one answer, which bounds every query here
MAX_HITS = 2_000
# lets the nearest faces through however unlike they are
ANY_SIMILARITY = -1.0

Vector: TypeAlias = NDArray[np.float32]
GalleriesByModel: TypeAlias = dict[ModelVersion, list[int]]


@dataclass(frozen=True, slots=True)
class Match:
    """A photo, by its face that is most like one of the faces asked for."""

    face: Face
    similarity: float
    probability: float


@dataclass(frozen=True, slots=True)
class Page:
    """Some matches, best first; `nearest` is the best below the line when none is above it."""

    matches: tuple[Match, ...]
    total: int
    next_offset: int | None
    nearest: Match | None


@dataclass(frozen=True, slots=True)
class _Hit:
    face_id: int
    similarity: float
    probability: float


def find_matches(
    user: User,
    faces: Sequence[ProbeFace],
    *,
    strictness: Strictness = Strictness.NORMAL,
    galleries: QuerySet[Gallery] | None = None,
    offset: int = 0,
    limit: int = 48,
) -> Page:
    """Photos that show any of `faces`, one match a photo, best first.

    Galleries that use different models are searched each by its own, and the answers merged by
    probability: similarities of two models mean different things.
    """
    scope = _galleries_by_model(user, galleries)
    hits = _best_of_each_photo(
        hit
        for model, gallery_ids in scope.items()
        for vector in _vectors(faces, model)
        for hit in _hits(vector, model, gallery_ids, model.calibration.threshold(strictness))
    )
    end = offset + limit
    return Page(
        matches=_load(user, hits[offset:end]),
        total=len(hits),
        next_offset=end if end < len(hits) else None,
        nearest=None if hits else _nearest(user, faces, scope),
    )


def _galleries_by_model(user: User, among: QuerySet[Gallery] | None) -> GalleriesByModel:
    visible = Gallery.objects.visible_to(user).select_related("model")
    if among is not None:
        visible = visible.filter(pk__in=among.values("pk"))
    scope: GalleriesByModel = {}
    for gallery in visible:
        scope.setdefault(gallery.model, []).append(gallery.pk)
    return {model: pks for model, pks in scope.items() if model.is_usable}


def _vectors(faces: Iterable[ProbeFace], model: ModelVersion) -> list[Vector]:
    return [face.vectors[model.key] for face in faces if model.key in face.vectors]


def _hits(
    vector: Vector, model: ModelVersion, gallery_ids: Sequence[int], least_similarity: float
) -> list[_Hit]:
    """The nearest faces of at least this similarity, best first, `MAX_HITS` at most."""
    visible = FaceVector.objects.filter(gallery__in=gallery_ids, model=model)
    ranked = neighbours.rank(
        visible, vector, model, limit=MAX_HITS, max_distance=1 - least_similarity
    )
    hits = ((face_id, 1 - distance) for face_id, distance in ranked)
    return [
        _Hit(face_id, similarity, model.calibration.probability(similarity))
        for face_id, similarity in hits
        if similarity >= least_similarity
    ]


def _best_of_each_photo(hits: Iterable[_Hit]) -> list[_Hit]:
    best_first = sorted(hits, key=lambda hit: (-hit.probability, -hit.similarity, hit.face_id))
    ids = {hit.face_id for hit in best_first}
    photo_of = dict(Face.objects.real().filter(pk__in=ids).values_list("pk", "photo_id"))
    by_photo: dict[int, _Hit] = {}
    for hit in best_first:
        if hit.face_id in photo_of:  # else deleted since it was ranked, or no face
            by_photo.setdefault(photo_of[hit.face_id], hit)
    return list(by_photo.values())


def _load(user: User, hits: Sequence[_Hit]) -> tuple[Match, ...]:
    wanted = Face.objects.visible_to(user).select_related("photo__gallery", "person")
    faces = wanted.in_bulk([hit.face_id for hit in hits])
    return tuple(
        Match(faces[hit.face_id], hit.similarity, hit.probability)
        for hit in hits
        if hit.face_id in faces
    )


def _nearest(user: User, faces: Sequence[ProbeFace], scope: GalleriesByModel) -> Match | None:
    hits = _best_of_each_photo(
        hit
        for model, gallery_ids in scope.items()
        for vector in _vectors(faces, model)
        for hit in _hits(vector, model, gallery_ids, ANY_SIMILARITY)[:1]
    )
    return next(iter(_load(user, hits[:1])), None)
