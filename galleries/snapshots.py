"""All that is known of a photo as text, and written again from it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.core import serializers
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from galleries.models import (
    AlbumAnswer,
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
#: (vectors, looks, analyses, guesses, lines of proposals) is made anew from the picture.
KEPT: tuple[type[models.Model], ...] = (
    *(Photo, AlbumPhoto, AlbumAnswer),
    *(Face, Event, Rejection, DistinctPair),
)


def take(photos: Sequence[Photo]) -> dict[int, list[Row]]:
    """What is known of each photo, by its id."""
    faces = list(Face.objects.filter(photo__in=photos))
    home = {face.pk: face.photo_id for face in faces}
    rows: dict[int, list[models.Model]] = {photo.pk: [photo] for photo in photos}
    for place in AlbumPhoto.objects.filter(photo__in=photos):
        rows[place.photo_id].append(place)
    for answer in AlbumAnswer.objects.filter(photo__in=photos):
        rows[answer.photo_id].append(answer)
    for face in faces:
        rows[face.photo_id].append(face)
    for event in Event.objects.filter(face__in=faces):
        rows[home[event.face_id]].append(event)
    for rejection in Rejection.objects.filter(face__in=faces):
        rows[home[rejection.face_id]].append(rejection)
    for pair in DistinctPair.objects.filter(Q(one__in=photos) | Q(other__in=photos)):
        rows[pair.one_id if pair.one_id in rows else pair.other_id].append(pair)
    return {
        photo: json.loads(serializers.serialize("json", kept, cls=_ExactEncoder))
        for photo, kept in rows.items()
    }


def write_again(rows: Iterable[Row]) -> None:
    """Whatever has gone since is left out, and so is what was said about it."""
    found: dict[type[models.Model], list[models.Model]] = defaultdict(list)
    # a column may have gone from the program, too
    for parsed in serializers.deserialize("python", rows, ignorenonexistent=True):
        found[type(parsed.object)].append(parsed.object)
    for model in KEPT:
        for row in filter(_says_something, _without_what_has_gone(model, found[model])):
            # raw: as it was, also where a time would be set to now
            row.save_base(raw=True, force_insert=True)


class _ExactEncoder(DjangoJSONEncoder):
    """With the microseconds, which Django leaves out for the sake of browsers."""

    def default(self, o: object) -> object:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _without_what_has_gone(
    model: type[models.Model], rows: Sequence[models.Model]
) -> list[models.Model]:
    """Empty the references that lead nowhere; leave out the rows that cannot be without them."""
    kept = list(rows)
    for field in model._meta.concrete_fields:  # noqa: SLF001 - documented
        if not isinstance(field, models.ForeignKey):
            continue
        name = field.attname
        missing = {getattr(row, name) for row in kept} - _present(field, kept) - {None}
        # what was said against a person must not hold again because its end is forgotten
        if model is Rejection or not field.null:
            kept = [row for row in kept if getattr(row, name) not in missing]
        for row in kept:
            if getattr(row, name) in missing:
                setattr(row, name, None)
    return kept


def _present(field: models.ForeignKey[Any, Any], rows: Sequence[models.Model]) -> set[int]:
    """What the rows can refer to; faces are of nobody who was merged or deleted."""
    others = field.related_model._default_manager.all()  # noqa: SLF001 - documented
    if field.model is Face and field.related_model is Person:
        others = Person.objects.present()
    wanted = {getattr(row, field.attname) for row in rows}
    return set(others.filter(pk__in=wanted - {None}).values_list("pk", flat=True))


def _says_something(row: models.Model) -> bool:
    """Who says where a face belongs goes with the person; an event can then be about nothing."""
    if isinstance(row, Face) and row.person_id is None:
        row.assigned_by, row.probability = "", None
    if not isinstance(row, Event):
        return True
    if row.person_from_id is None:
        row.assigned_by_from, row.probability_from = "", None
    if row.person_to_id is None:
        row.assigned_by_to, row.probability_to = "", None
    is_nobodys = row.person_from_id is None and row.person_to_id is None
    return not is_nobodys or row.verdict_from != row.verdict_to
