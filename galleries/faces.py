"""The faces of a photo, kept across analyses by overlap."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from faceengine.faces import Face as FoundFace
from galleries.models import Face, FaceVector, ModelVersion, Photo

SAME_FACE_OVERLAP = 0.5


@transaction.atomic
def replace(photo: Photo, model: ModelVersion, found: Sequence[FoundFace]) -> list[Face]:
    """Make `found` the faces of a photo for one model version.

    A face that overlaps a stored one (IoU ≥ 0.5) keeps its row, and with it its person and all that
    was said about it. A detected face that no model version finds any more is removed, unless it
    has a person or somebody said something about it; versions of the same pack before `model` do
    not count. Returns the rows in the order of `found`.
    """
    before = list(Face.objects.select_for_update().filter(photo=photo))
    kept = _match(found, before)
    rows = [_write(photo, face, kept.get(index)) for index, face in enumerate(found)]
    FaceVector.objects.filter(gallery_id=photo.gallery_id, face__in=before, model=model).delete()
    FaceVector.objects.bulk_create(
        FaceVector(gallery_id=photo.gallery_id, face=row, model=model, vector=face.embedding)
        for row, face in zip(rows, found, strict=True)
    )
    _forget_unknown(photo, model)
    return rows


def _forget_unknown(photo: Photo, model: ModelVersion) -> None:
    others_of_pack = ModelVersion.objects.filter(pack=model.pack).exclude(pk=model.pk)
    known = FaceVector.objects.filter(gallery_id=photo.gallery_id).exclude(model__in=others_of_pack)
    detected = photo.faces.filter(source=Face.Source.DETECTED, person=None, verdict="")
    undecided = detected.exclude(rejections__withdrawn_by=None, rejections__isnull=False)
    undecided.exclude(pk__in=known.filter(face__photo=photo).values("face")).delete()


def _match(found: Sequence[FoundFace], before: Sequence[Face]) -> dict[int, Face]:
    """Pair new with stored faces, greatest overlap first, each at most once."""
    overlaps = sorted(
        (
            (new.box.overlap(old.box), index, position)
            for index, new in enumerate(found)
            for position, old in enumerate(before)
        ),
        reverse=True,
    )
    pairs: dict[int, Face] = {}
    taken: set[int] = set()
    for overlap, index, position in overlaps:
        if overlap >= SAME_FACE_OVERLAP and index not in pairs and position not in taken:
            pairs[index] = before[position]
            taken.add(position)
    return pairs


def _write(photo: Photo, found: FoundFace, row: Face | None) -> Face:
    row = row or Face(gallery_id=photo.gallery_id, photo=photo)
    if row.source == Face.Source.DETECTED:
        box = found.box
        row.left, row.top, row.width, row.height = box.left, box.top, box.width, box.height
    row.landmarks = found.landmarks.to_array().ravel().tolist()
    row.score, row.quality = found.score, found.quality
    row.weakness = found.weakness or ""
    row.save()
    return row
