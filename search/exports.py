"""What was found, to be taken away: as a table, or the photos themselves; never by the disk."""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import IO, cast

from django.core.files.storage import default_storage
from django.db.models import Sum
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from galleries.models import AlbumPhoto, Photo
from search.asking import Asked, findings_of
from search.pages import Match, load
from search.queries import Finding
from search.reception import Room

#: What one zip holds at most.
MAX_PHOTOS, MAX_BYTES = 2_000, 4_000_000_000
# each holds a thread of the web server for as long as its line takes
ZIPS_AT_ONCE = 2
TOO_MANY_ZIPS = "Other photos are being packed at this moment. Try again in a minute."
ROWS_AT_ONCE = 500
CHUNK_BYTES = 1_000_000
COLUMNS = (
    *("photo", "gallery", "albums", "taken_at", "person", "probability", "similarity", "address"),
)
# Excel takes a table without it for the code page of the machine
UTF8_MARK = "\ufeff"
LONGEST_NAME = 150
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)

#: From a photo to the address of its page.
Address = Callable[[Photo], str]


def page_of_photo(request: HttpRequest) -> Address:
    """Where a photo is shown, as whoever asks can open it."""
    return lambda photo: request.build_absolute_uri(reverse("photo", args=[photo.pk]))


class ExportError(Exception):
    """This cannot be taken away as it is; str() is the sentence for the user."""


def to_csv(asked: Asked, address: Address) -> StreamingHttpResponse:
    """A row for each photo that answers, in the order that was asked for."""
    return table(_rows(asked, address))


def table(rows: Iterator[Sequence[str]]) -> StreamingHttpResponse:
    """As CSV. The first row is that of the titles."""
    return _attachment(_lines(rows), "text/csv; charset=utf-8", "csv")


def to_zip(asked: Asked) -> StreamingHttpResponse:
    """The original files. Raises: ExportError when they are too many, BusyError."""
    return zip_of(asked.scope.user, [finding.photo for finding in _in_order(asked)])


def zip_of(user: User, photos: Sequence[int]) -> StreamingHttpResponse:
    """The originals of photos by their keys. Raises: ExportError, BusyError."""
    _refuse_too_much(user, photos)
    return _attachment(_Started(_pack(user, photos)), "application/zip", "zip")


class _Started:
    """A generator that has run to its first `yield`, so that closing it ends what it began."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._first = next(chunks)

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        yield from self._chunks

    def close(self) -> None:
        cast("IO[bytes]", self._chunks).close()


class _Sink:
    """Where a zip is written to: takes what comes, and gives it on."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


def _attachment(
    content: Iterator[bytes] | _Started, content_type: str, ending: str
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=content_type)
    name = f"photos-{timezone.localdate():%Y-%m-%d}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _in_order(asked: Asked) -> list[Finding]:
    return sorted(findings_of(asked), key=asked.order.key, reverse=True)


def _lines(rows: Iterator[Sequence[str]]) -> Iterator[bytes]:
    line = csv.writer(_Line())
    yield UTF8_MARK.encode()
    for row in rows:
        yield line.writerow(row).encode()


def _rows(asked: Asked, address: Address) -> Iterator[Sequence[str]]:
    yield COLUMNS
    findings = _in_order(asked)
    for start in range(0, len(findings), ROWS_AT_ONCE):
        matches = load(asked.scope, findings[start : start + ROWS_AT_ONCE])
        albums = albums_of([match.face.photo_id for match in matches])
        for match in matches:
            photo = match.face.photo
            yield _cells(match, albums.get(photo.pk, []), address(photo))


class _Line:
    """Gives each row back instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def _cells(match: Match, albums: Sequence[str], address: str) -> list[str]:
    photo = match.face.photo
    persons = dict.fromkeys(str(face.person) for face in (match.face, *match.others) if face.person)
    return [
        harmless(photo.name),
        harmless(photo.gallery.name),
        harmless("; ".join(albums)),
        f"{photo.taken_at:%Y-%m-%d %H:%M:%S}" if photo.taken_at else "",
        harmless("; ".join(persons)),
        f"{match.probability:.4f}",
        "" if match.similarity is None else f"{match.similarity:.4f}",
        address,
    ]


def harmless(text: str) -> str:
    """What begins like a formula would be computed by whoever opens the table."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def albums_of(photos: Sequence[int]) -> dict[int, list[str]]:
    """The names of the albums of photos, by their keys."""
    places = AlbumPhoto.objects.filter(photo__in=photos)
    albums: dict[int, list[str]] = {}
    for photo, name in places.order_by("album__name").values_list("photo", "album__name"):
        albums.setdefault(photo, []).append(name)
    return albums


def _refuse_too_much(user: User, photos: Sequence[int]) -> None:
    """Raises: ExportError."""
    if not photos:
        raise ExportError("There is no photo to take away: nothing was found.")
    found = Photo.objects.visible_to(user).filter(pk__in=photos)
    size = found.aggregate(size=Sum("byte_size"))["size"] or 0
    if len(photos) > MAX_PHOTOS or size > MAX_BYTES:
        raise ExportError(
            f"These are {len(photos):,} photos of {size / 1e9:.1f} GB, and one zip holds at most "
            f"{MAX_PHOTOS:,} photos and {MAX_BYTES // 10**9} GB. Narrow the search, for instance "
            "by date."
        )


@cache
def _room() -> Room:
    return Room(places=ZIPS_AT_ONCE, waiting=0, seconds=0)


def _pack(user: User, photos: Sequence[int]) -> Iterator[bytes]:
    """Each photo is looked up when its turn comes: what was seen may be hidden by then."""
    sink, names = _Sink(), set[str]()
    with _room().place(TOO_MANY_ZIPS):
        yield b""
        with zipfile.ZipFile(cast("IO[bytes]", sink), "w") as archive:
            for pk in photos:
                photo = Photo.objects.visible_to(user).filter(pk=pk).first()
                if photo is not None:
                    for _ in _store(archive, photo, names):
                        yield sink.take()
        yield sink.take()


def _store(archive: zipfile.ZipFile, photo: Photo, names: set[str]) -> Iterator[None]:
    """Chunk by chunk; without a photo whose file was deleted meanwhile."""
    try:
        file = default_storage.open(photo.original_name)
    except FileNotFoundError:
        return
    entry = zipfile.ZipInfo(_unique(_safe_name(photo), names), _time_of(photo))
    entry.external_attr = 0o644 << 16
    # decides whether sizes are written with 64 bits
    entry.file_size = photo.byte_size
    with file, archive.open(entry, "w") as target:
        while chunk := file.read(CHUNK_BYTES):
            target.write(chunk)
            yield


def _time_of(photo: Photo) -> tuple[int, int, int, int, int, int]:
    """A zip knows the years 1980 to 2107 only."""
    taken = photo.taken_at
    time: datetime = taken if taken and 1980 <= taken.year <= 2107 else photo.uploaded_at
    return time.year, time.month, time.day, time.hour, time.minute, time.second


def _safe_name(photo: Photo) -> str:
    """A name that every system can unpack, into no other folder."""
    name = re.split(r"[/\\]", photo.name)[-1]
    name = "".join(sign if sign.isprintable() else "_" for sign in _FORBIDDEN.sub("_", name))
    stem, dot, ending = name.strip(" .").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    name = stem[:LONGEST_NAME] + dot + ending[:10]
    if _DEVICES.fullmatch(name):
        name = f"_{name}"
    return name or f"photo-{photo.pk}"


def _unique(name: str, names: set[str]) -> str:
    """IMG_1.jpg, IMG_1 (2).jpg: also where capital and small letters are the same."""
    stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
    number, unique = 1, name
    while unique.casefold() in names:
        number += 1
        unique = f"{stem} ({number}){dot}{ending}"
    names.add(unique.casefold())
    return unique
