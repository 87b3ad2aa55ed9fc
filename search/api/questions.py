"""The words of an address, made into a question among what the user may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from accounts.api import user_of
from faceengine.faces import Box
from faceengine.packs import Strictness
from galleries.api.access import find_photo
from galleries.models import Album, Gallery, Person
from search.asking import Asked
from search.combining import Combination
from search.pages import Cursor, CursorError, Order
from search.probes import Probe, ProbeFace
from search.scope import Around, Filters, Scope
from search.serializers import DrawnBoxSerializer, Words

RowT = TypeVar("RowT", bound=Model)


def asked_with(request: Request, words: Words, probe: Probe | None) -> Asked:
    """Raises: NotFound for what the user does not see, ValidationError."""
    without = _choose_faces(probe, words.get("without_face", ()), "without_face")
    return Asked(
        Scope(user_of(request), filters_of(request, words)),
        faces=_wanted_faces(probe, words, without),
        persons=_persons(request, words.get("person", ())),
        without_faces=without,
        without_persons=_persons(request, words.get("without_person", ())),
        combination=Combination(words["combine"]),
        strictness=Strictness(words["strictness"]),
        order=Order(words["order"]),
        group=words.get("group"),
        cursor=to_cursor(words.get("cursor", "")),
        limit=words.get("page_size", 0),
    )


def filters_of(request: Request, words: Words) -> Filters:
    """Raises: NotFound for what the user does not see."""
    user = user_of(request)
    galleries, albums = words.get("gallery", ()), words.get("album", ())
    _find_all(
        Gallery.objects.visible_to(user),
        galleries,
        "There is no such gallery, or you are not a member of it.",
    )
    _find_all(
        Album.objects.visible_to(user),
        albums,
        "There is no such album, or you are not a member of its gallery.",
    )
    return Filters(
        galleries=tuple(galleries),
        albums=tuple(albums),
        taken_from=words.get("taken_from"),
        taken_until=words.get("taken_until"),
        camera=words["camera"],
        name=words["name"],
        face_pixels=words["least_face"],
        around=_around(request, words),
    )


def _around(request: Request, words: Words) -> Around | None:
    """Raises: NotFound, ValidationError."""
    if "near" not in words:
        return None
    place = find_photo(request, words["near"]).place
    if place is None:
        raise ValidationError({"near": ["It is not known where this photo was taken."]})
    return Around(place, words["within"])


def _persons(request: Request, keys: Sequence[int]) -> list[Person]:
    visible = Person.objects.visible_to(user_of(request))
    sentence = "There is no such person, or you are not a member of its gallery."
    return _find_all(visible, keys, sentence)


def _find_all(rows: QuerySet[RowT], keys: Sequence[int], sentence: str) -> list[RowT]:
    """Raises: NotFound, with the sentence, when one of them is not among the rows."""
    if not keys:
        return []
    found = list(rows.filter(pk__in=keys))
    if len(found) < len(set(keys)):
        raise NotFound(sentence)
    return found


def _wanted_faces(
    probe: Probe | None, words: Words, without: Sequence[ProbeFace]
) -> list[ProbeFace]:
    """Those that are chosen; without a choice all that are usable and not left out."""
    if probe is None:
        return []
    if "face" in words:
        return _choose_faces(probe, words["face"], "face")
    left_out = {face.number for face in without}
    return [face for face in probe.usable_faces if face.number not in left_out]


def _choose_faces(probe: Probe | None, numbers: Sequence[int], field: str) -> list[ProbeFace]:
    by_number: Mapping[int, ProbeFace] = (
        {face.number: face for face in probe.faces} if probe else {}
    )
    for number in numbers:
        if number not in by_number:
            raise ValidationError({field: [f"The picture has no face of number {number}."]})
        if not by_number[number].is_usable:
            raise ValidationError({field: [by_number[number].problem]})
    return [by_number[number] for number in dict.fromkeys(numbers)]


def to_cursor(text: str) -> Cursor | None:
    """Raises: ValidationError."""
    try:
        return Cursor.from_text(text) if text else None
    except CursorError as error:
        sentence = "Use the cursor as it came in “next” or “previous”."
        raise ValidationError({"cursor": [sentence]}) from error


def with_cursor(words: Words, cursor: Cursor) -> Words:
    """The same question from there on."""
    return {**words, "cursor": cursor.to_text()}


def address(path: str, words: Words) -> str:
    """Of a question in these words; those that say nothing are left out."""
    said = {key: word for key, word in words.items() if word != ""}
    return f"{path}?{urlencode(said, doseq=True)}"


def drawn_box(request: Request) -> Box:
    """What of it lies inside the picture. Raises: ValidationError."""
    asked = DrawnBoxSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.box


def checked(serializer: Any) -> Words:
    """What was asked, in order. Raises: ValidationError."""
    serializer.is_valid(raise_exception=True)
    words: Words = serializer.validated_data
    return words
