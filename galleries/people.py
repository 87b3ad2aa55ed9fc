"""Which faces are the same person."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models, transaction
from django.db.models import F
from pgvector.django import CosineDistance

from faceengine.packs import Strictness
from galleries.models import Face, FaceVector, ModelVersion, Person

# with two alike a coincidence opens a person; three are a pattern, but not of weak faces
FACES_TO_OPEN_A_PERSON = 3
# the first key of PostgreSQL's two-key advisory locks; the second is the gallery
LOCK_SPACE = 7221


@transaction.atomic
def assign(faces: Sequence[Face], model: ModelVersion) -> None:
    """Give each new face of a gallery the person of its nearest known face, or wait for more.

    A face that has a person already, from an earlier analysis, keeps it.
    """
    for face in faces:
        lock_gallery(face.gallery_id)
        if face.person_id is None:
            _assign_one(face, model)


def lock_gallery(gallery_id: int) -> None:
    """Let one worker at a time write identities of a gallery, until its transaction ends.

    Otherwise two would open the same person twice. A transaction that writes faces as well must
    take this lock first, or two of them wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, gallery_id])


def _assign_one(face: Face, model: ModelVersion) -> None:
    alike = list(_alike(face, model))
    known = next((other.person_id for other in alike if other.person_id), None)
    if known is not None:
        Face.objects.filter(pk=face.pk, person=None).update(person=known)
    elif not face.weakness and _count_strong(alike) + 1 >= FACES_TO_OPEN_A_PERSON:
        person = Person.objects.create(gallery_id=face.gallery_id)
        members = [face.pk, *(other.pk for other in alike)]
        Face.objects.filter(pk__in=members, person=None).update(person=person)


def _count_strong(faces: Sequence[Face]) -> int:
    return sum(not face.weakness for face in faces)


def _alike(face: Face, model: ModelVersion) -> models.QuerySet[Face]:
    """Faces of other photos above the strict threshold, best first.

    A photo shows a person once, so its other faces are not candidates. Nor are two weak faces for
    each other: strangers among them pass the threshold 80 times as often (296,000 pairs).
    """
    own = FaceVector.objects.get(gallery_id=face.gallery_id, face=face, model=model)
    limit = 1 - model.calibration.threshold(Strictness.STRICT)
    others = Face.objects.filter(weakness="") if face.weakness else Face.objects.all()
    return (
        others.filter(vectors__gallery=face.gallery_id, vectors__model=model)
        .exclude(photo_id=face.photo_id)
        .alias(distance=CosineDistance(F("vectors__vector"), own.vector))
        .filter(distance__lte=limit)
        .order_by("distance")[:20]
    )
