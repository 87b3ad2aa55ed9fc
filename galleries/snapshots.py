"""All that is known of a photo as text, and written again from it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeAlias

from django.core import serializers
from django.db import models
from django.db.models import Q

from galleries.models import (
    AlbumPhoto,
    DistinctPair,
    Event,
    Face,
    Person,
    Photo,
    Rejection,
)

#: A row as Django's serializer writes it.
Row: TypeAlias = dict[str, Any]

#: What is kept, in the order in which it can be written again. The rest of what hangs on a photo
#: (vectors, looks, analyses, lines of proposals) is made anew from the picture.
KEPT: tuple[type[models.Model], ...] = (Photo, AlbumPhoto, Face, Event, Rejection, DistinctPair)


def take(photos: Sequence[Photo]) -> dict[int, list[Row]]:
    """What is known of each photo, by its id."""
    faces = list(Face.objects.filter(photo__in=photos))
    home = {face.pk: face.photo_id for face in faces}
    rows: dict[int, list[models.Model]] = {photo.pk: [photo] for photo in photos}
    for place in AlbumPhoto.objects.filter(photo__in=photos):
        rows[place.photo_id].append(place)
    for face in faces:
        rows[face.photo_id].append(face)
    for event in Event.objects.filter(face__in=faces):
        rows[home[event.face_id]].append(event)
    for rejection in Rejection.objects.filter(face__in=faces):
        rows[home[rejection.face_id]].append(rejection)
    for pair in DistinctPair.objects.filter(Q(one__in=photos) | Q(other__in=photos)):
        rows[pair.one_id if pair.one_id in rows else pair.other_id].append(pair)
    return {photo: json.loads(serializers.serialize("json", kept)) for photo, kept in rows.items()}


def write_again(rows: Iterable[Row]) -> None:
    """Whatever has gone since is left out, and so is what was said about it."""
    found: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    # a column may have gone from the program, too
    for parsed in serializers.deserialize("python", rows, ignorenonexistent=True):
        found[type(parsed.object)].append(parsed.object)
    for model in KEPT:
        for row in _without_what_has_gone(model, found[model]):
            if isinstance(row, Face):
                _leave_without_person(row)
            if not isinstance(row, Event) or _still_says_something(row):
                # raw: as it was, also where a time would be set to now
                row.save_base(raw=True, force_insert=True)


def _without_what_has_gone(
    model: type[models.Model], rows: Sequence[models.Model]
) -> list[models.Model]:
    """Empty the references that lead nowhere; leave out the rows that cannot be without them."""
    kept = list(rows)
    for field in model._meta.concrete_fields:  # noqa: SLF001 - documented
        if not isinstance(field, models.ForeignKey):
            continue
        wanted = {getattr(row, field.attname) for row in kept} - {None}
        missing = wanted - _present(field.related_model, wanted)
        lost = [row for row in kept if getattr(row, field.attname) in missing]
        # what was said against a person must not hold again because its end is forgotten
        if not field.null or model is Rejection:
            kept = [row for row in kept if row not in lost]
        for row in lost:
            setattr(row, field.attname, None)
    return kept


def _present(model: type[models.Model], keys: Collection[int]) -> set[int]:
    there = model._default_manager.filter(pk__in=keys)  # noqa: SLF001 - documented
    return set(there.values_list("pk", flat=True))


def _leave_without_person(face: Face) -> None:
    """Unless the person is still there, and was not merged or deleted meanwhile."""
    person = face.person_id
    if person and not Person.objects.present().filter(pk=person).exists():
        face.person_id, face.assigned_by, face.probability = None, "", None


def _still_says_something(event: Event) -> bool:
    """Nothing about somebody who was purged, as in the events of faces that stayed."""
    if event.person_from_id is None:
        event.assigned_by_from, event.probability_from = "", None
    if event.person_to_id is None:
        event.assigned_by_to, event.probability_to = "", None
    moved = event.person_from_id is not None or event.person_to_id is not None
    return moved or event.verdict_from != event.verdict_to
