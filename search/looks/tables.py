"""What was found by looks, to be taken away: as a table, or the photos themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import StreamingHttpResponse

from search.exports import MAX_PHOTOS, ROWS_AT_ONCE, Address, albums_of, harmless, table, zip_of
from search.looks.asking import Asked, Match, listed, load, ranking

COLUMNS = (
    *("photo", "gallery", "albums", "taken_at", "similarity", "content", "colour"),
    *("same_picture", "address"),
)


def to_csv(asked: Asked, address: Address) -> StreamingHttpResponse:
    """A row for each photo, in the order of the page."""
    return table(_rows(asked, address))


def to_zip(asked: Asked) -> StreamingHttpResponse:
    """The original files. Raises: ExportError when they are too many, BusyError."""
    if asked.is_by_example:
        photos = [alike.photo_id for alike in ranking(asked)]
    else:
        # one more than may be: then it is refused
        photos = list(listed(asked).values_list("pk", flat=True)[: MAX_PHOTOS + 1])
    return zip_of(asked.scope.user, photos)


def _rows(asked: Asked, address: Address) -> Iterator[Sequence[str]]:
    yield COLUMNS
    for matches in _parts(asked):
        albums = albums_of([match.photo.pk for match in matches])
        for match in matches:
            yield _cells(match, albums.get(match.photo.pk, []), address(match.photo))


def _parts(asked: Asked) -> Iterator[Sequence[Match]]:
    if asked.is_by_example:
        ranked = ranking(asked)
        for start in range(0, len(ranked), ROWS_AT_ONCE):
            yield load(asked, ranked[start : start + ROWS_AT_ONCE])
        return
    photos = listed(asked).select_related("gallery")
    part = list(photos[:ROWS_AT_ONCE])
    while part:
        yield [Match(photo) for photo in part]
        part = list(photos.older_than(part[-1].pk)[:ROWS_AT_ONCE])


def _cells(match: Match, albums: Sequence[str], address: str) -> list[str]:
    photo = match.photo
    return [
        harmless(photo.name),
        harmless(photo.gallery.name),
        harmless("; ".join(albums)),
        f"{photo.taken_at:%Y-%m-%d %H:%M:%S}" if photo.taken_at else "",
        *(_number(value) for value in (match.similarity, match.content, match.colour)),
        "yes" if match.is_same else "",
        address,
    ]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
