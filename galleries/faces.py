"""The faces of a photo, kept across analyses and models by what their boxes show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from django.db import transaction

from faceengine.faces import Box
from faceengine.faces import Face as FoundFace
from faceengine.same_face import View
from galleries.models import (
    Action,
    Event,
    Face,
    FaceVector,
    ModelVersion,
    Photo,
    Rejection,
    Verdict,
)

#: What the engine says about stored faces that the detector did not find, by their ids.
Described: TypeAlias = Mapping[int, FoundFace]
NONE: Described = MappingProxyType({})
#: Pixels of the photo that a side of a drawn box has at least; below, nothing can be made out.
LEAST_SIDE = 8


@transaction.atomic
def replace(
    photo: Photo, model: ModelVersion, found: Sequence[FoundFace], described: Described = NONE
) -> list[Face]:
    """Make `found` the faces of a photo for one model version, and keep those `described`.

    A face that shows the same as a stored one keeps its row, and with it its person and all that
    was said about it. A detected face that no model version finds any more is removed, unless it
    has a person or somebody said something about it; versions of the same pack before `model` do
    not count. Returns the rows in the order of `found`, then those of `described`.
    """
    before = list(Face.objects.select_for_update().filter(photo=photo))
    kept = _match(photo, found, before)
    pairs = [(face, kept.get(index)) for index, face in enumerate(found)]
    matched = {row.pk for row in kept.values()}
    pairs += [
        (described[row.pk], row) for row in before if row.pk in described and row.pk not in matched
    ]
    rows = [_write(photo, face, row) for face, row in pairs]
    FaceVector.objects.filter(gallery_id=photo.gallery_id, face__in=before, model=model).delete()
    FaceVector.objects.bulk_create(
        FaceVector(gallery_id=photo.gallery_id, face=row, model=model, vector=face.embedding)
        for row, (face, _) in zip(rows, pairs, strict=True)
    )
    _forget_unknown(photo, model)
    return rows


def stored_in(photo: Photo) -> list[Face]:
    return list(Face.objects.filter(photo=photo))


def read_in(photo: Photo) -> set[int]:
    """Ids of the faces that the present model has described; the others cannot be compared yet."""
    vectors = FaceVector.objects.filter(gallery=photo.gallery_id, model=photo.gallery.model_id)
    return set(vectors.filter(face__photo=photo).values_list("face", flat=True))


def unseen(photo: Photo, found: Sequence[FoundFace], stored: Sequence[Face]) -> list[Face]:
    """Stored faces that stay although the detector did not find them: drawn or decided ones.

    So that the present model can compare them too, they have to be described from their boxes.
    """
    if not stored:
        return []
    matched = {row.pk for row in _match(photo, found, stored).values()}
    spoken_of = _spoken_of(photo)
    return [
        row
        for row in stored
        if row.pk not in matched
        and (row.source == Face.Source.DRAWN or row.person_id or row.pk in spoken_of)
    ]


def pair(photo: Photo, boxes: Sequence[Box], rows: Sequence[Face]) -> dict[int, Face]:
    """The faces that boxes show, by the number of the box; each face for one box at most."""
    return _pair([View.of(box, None, _ratio(photo)) for box in boxes], rows, photo)


def is_large_enough(photo: Photo, box: Box) -> bool:
    """Whether anything can be made out in a box that is to be drawn."""
    return min(box.width * (photo.width or 0), box.height * (photo.height or 0)) >= LEAST_SIDE


def add_drawn(photo: Photo, box: Box) -> Face:
    """Add a face that no detector has found, yet to be described.

    It exists as "not a face" before, so that undo has something to go back to.
    """
    return Face.objects.create(
        gallery_id=photo.gallery_id,
        photo=photo,
        source=Face.Source.DRAWN,
        verdict=Verdict.NOT_A_FACE,
        left=box.left,
        top=box.top,
        width=box.width,
        height=box.height,
        landmarks=[],
        score=0.0,
        quality=0.0,
    )


def find_at(photo: Photo, box: Box) -> Face | None:
    """The face of a photo that is shown in a box already, if any."""
    wanted = View.of(box, None, _ratio(photo))
    real = Face.objects.real().filter(photo=photo)
    return next((row for row in real if wanted.shows_the_same(_view(row, photo))), None)


def _spoken_of(photo: Photo) -> set[int]:
    """Ids of faces of which somebody said who they are not, or that they are faces after all."""
    rejected = Rejection.objects.standing().filter(face__photo=photo).values_list("face")
    returned = Event.objects.filter(face__photo=photo, verdict_to="").exclude(verdict_from="")
    return {face for (face,) in rejected.union(returned.values_list("face"))}


def _forget_unknown(photo: Photo, model: ModelVersion) -> None:
    others_of_pack = ModelVersion.objects.filter(pack=model.pack).exclude(pk=model.pk)
    known = FaceVector.objects.filter(gallery_id=photo.gallery_id).exclude(model__in=others_of_pack)
    detected = photo.faces.filter(source=Face.Source.DETECTED, person=None, verdict="")
    undecided = detected.exclude(pk__in=_spoken_of(photo))
    undecided.exclude(pk__in=known.filter(face__photo=photo).values("face")).delete()


def _match(photo: Photo, found: Sequence[FoundFace], before: Iterable[Face]) -> dict[int, Face]:
    """Pair new faces, by number, with stored ones."""
    ratio = _ratio(photo)
    seen = [
        View.of(face.box, (face.landmarks.left_eye, face.landmarks.right_eye), ratio)
        for face in found
    ]
    return _pair(seen, _without_withdrawn_drawings(photo, before), photo)


def _pair(seen: Sequence[View], rows: Sequence[Face], photo: Photo) -> dict[int, Face]:
    """Greatest overlap first, each at most once."""
    known = [_view(row, photo) for row in rows]
    likeness = sorted(
        (
            (new.box.overlap(old.box), index, position)
            for index, new in enumerate(seen)
            for position, old in enumerate(known)
            if new.shows_the_same(old)
        ),
        reverse=True,
    )
    pairs: dict[int, Face] = {}
    taken: set[int] = set()
    for _, index, position in likeness:
        if index not in pairs and position not in taken:
            pairs[index] = rows[position]
            taken.add(position)
    return pairs


def _without_withdrawn_drawings(photo: Photo, rows: Iterable[Face]) -> list[Face]:
    """Whoever takes a drawing back does not say that there is no face for a detector to find.

    Nor does who takes names back that came with the photo.
    """
    rows = list(rows)
    if not any(row.source == Face.Source.DRAWN and row.verdict for row in rows):
        return rows
    drawn = Event.objects.filter(face__photo=photo, verdict_from=Verdict.NOT_A_FACE)
    undone = drawn.filter(batch__action__in=(Action.DRAW, Action.IMPORT), batch__is_undone=True)
    withdrawn = set(undone.values_list("face", flat=True))
    return [row for row in rows if row.pk not in withdrawn]


def _view(row: Face, photo: Photo) -> View:
    """Of a stored face; one that was drawn has no landmarks before it was read."""
    if not row.landmarks:
        return View.of(row.box, None, _ratio(photo))
    left_x, left_y, right_x, right_y = row.landmarks[:4]
    return View.of(row.box, ((left_x, left_y), (right_x, right_y)), _ratio(photo))


def _ratio(photo: Photo) -> float:
    """Height by width; of a photo that was never read, which has no faces yet, any will do."""
    return photo.height / photo.width if photo.width and photo.height else 1.0


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
