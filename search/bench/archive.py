"""An archive of several galleries in which nobody has been photographed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from accounts.models import User
from faceengine.bench.crowd import Spread, draw_crowd
from galleries.bench.copying import copy_rows
from galleries.models import Gallery, Membership, ModelVersion, Role

#: Shares of the faces that lie in a small, a middling and a large gallery.
SHARES = (0.01, 0.1)
#: Faces of one person more, whom nobody else looks like more than others do.
FACES_OF_ONE = 5000
SEED = 3


@dataclass(frozen=True, slots=True)
class Archive:
    """`vectors` of shape (n, d) are those of faces `first_face` and on; `galleries` of each face.

    `probes` are other pictures of the same people, and `one` of the person with very many.
    """

    model: ModelVersion
    user: User
    galleries: NDArray[np.int64]
    first_face: int
    vectors: NDArray[np.float32]
    probes: NDArray[np.float32]
    one: NDArray[np.float32]

    def faces_of(self, user_galleries: list[int]) -> NDArray[np.intp]:
        """Numbers of the faces in these galleries."""
        return np.flatnonzero(np.isin(self.galleries, user_galleries))


def fill(model: ModelVersion, spread: Spread, count: int, probes: int) -> Archive:
    """Faces with vectors, one a photo, dealt to galleries of 1, 10 and 89 %, without an index."""
    crowd, _ = draw_crowd(spread, count + probes)
    random = np.random.default_rng(SEED)
    asked = random.choice(len(crowd), probes, replace=False)
    vectors = np.delete(crowd, asked, axis=0)
    many = _one_person(spread, min(FACES_OF_ONE, count // 10) + 1, random)
    vectors[-len(many) + 1 :] = many[1:]
    user = User.objects.create_user("searcher")
    bounds = [round(count * share) for share in SHARES]
    galleries = np.empty(count, np.int64)
    start = 0
    for number, size in enumerate((*bounds, count - sum(bounds))):
        gallery = Gallery.objects.create(name=f"Gallery {number}", model=model)
        Membership.objects.create(gallery=gallery, user=user, role=Role.OWNER)
        galleries[start : start + size] = gallery.pk
        start += size
    first_face = _add_faces(galleries)
    keys = {
        "gallery_id": galleries,
        "face_id": first_face + np.arange(count),
        "model_id": np.full(count, model.pk),
    }
    copy_rows("galleries_facevector", {**keys, "vector": vectors})
    return Archive(model, user, galleries, first_face, vectors, crowd[asked], many[0])


def _one_person(spread: Spread, count: int, random: np.random.Generator) -> NDArray[np.float32]:
    dimensions = len(spread.middle)
    centre = spread.between @ random.standard_normal(dimensions) + spread.middle
    faces = random.standard_normal((count, dimensions)) @ spread.within.T + centre
    return np.asarray(faces / np.linalg.norm(faces, axis=1, keepdims=True), np.float32)


def _add_faces(galleries: NDArray[np.int64]) -> int:
    """One photo and face for each; written by the server itself, as a million rows are many.

    Returns: the id of the first face; the others follow without a gap.
    """
    with connection.cursor() as cursor:
        for gallery, count in zip(*np.unique(galleries, return_counts=True), strict=True):
            cursor.execute(_ADD_FACES, [int(gallery), int(count)])
        cursor.execute("SELECT min(id) FROM galleries_face")
        (first,) = cursor.fetchone()
    return int(first)


_ADD_FACES = """
WITH photos AS (
    INSERT INTO galleries_photo (gallery_id, sha256, name, original, byte_size, media_type, camera,
        uploaded_at, width, height, takes_names, named_after)
    SELECT %s, lpad(to_hex(number), 64, '0'), number || '.jpg', '', 0, '', '', now(), 4000, 3000,
        false, ''
    FROM generate_series(1, %s) AS number
    RETURNING id, gallery_id)
INSERT INTO galleries_face (gallery_id, photo_id, assigned_by, verdict, source, "left", top, width,
    height, landmarks, score, quality, weakness, created_at)
SELECT gallery_id, id, '', '', 'detected', .25, .25, .25, .25, array_fill(.5::float, ARRAY[10]), 1,
    .9, '', now()
FROM photos ORDER BY id
"""
