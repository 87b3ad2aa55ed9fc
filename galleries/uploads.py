"""Photos come in: the same functions for pages, API and command line."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import User
from faceengine.errors import SENTENCES
from faceengine.pictures import refuse_by_head
from galleries import albums, analysis, derivatives, tasks, trash
from galleries.models import Album, Gallery, Photo

MEGABYTE = 1_000_000
HEAD_BYTES = 256
DISK_FULL = "The server's disk is full. Make room on it, then upload this file again."
DELETED_MEANWHILE = (
    "The gallery, the album or the photo was deleted at this moment. Upload this file again."
)


class Outcome(StrEnum):
    ADDED = "added"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of one file. `sentence` says it to the user."""

    name: str
    outcome: Outcome
    sentence: str
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class Naming:
    """Which names may come with a photo: those in the file, and that of its only face."""

    is_by_file: bool = True
    folder: str = ""


#: As its owners have decided for all photos.
AS_THE_GALLERY = Naming()


def add_photos(
    gallery: Gallery, files: Iterable[File[bytes]], user: User, album: Album | None = None
) -> list[Upload]:
    """Store files and queue them for analysis; one bad file does not stop the others."""
    return [add_photo(gallery, file, user, album) for file in files]


def add_photo(
    gallery: Gallery,
    file: File[bytes],
    user: User,
    album: Album | None = None,
    naming: Naming = AS_THE_GALLERY,
) -> Upload:
    """Store one file under its content's hash and queue it, or say why it is refused."""
    name = readable_name(file.name or "photo")
    if problem := _problem(file):
        return Upload(name, Outcome.REFUSED, problem)
    draft = Photo(
        gallery=gallery,
        sha256=_sha256(file),
        name=name,
        byte_size=file.size,
        uploaded_by=user,
        takes_names=gallery.takes_names and naming.is_by_file,
        named_after=naming.folder,
    )
    try:
        with transaction.atomic():
            derivatives.lock_files(draft)
            known = find_photo(gallery, draft.sha256)
            photo = _heal(known, file) if known else _return_or_insert(draft, file)
            if album is not None:
                albums.put(album, [photo])
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return Upload(name, Outcome.REFUSED, DISK_FULL)
    except IntegrityError:  # at the commit, which finds the gallery or the album gone
        derivatives.delete_orphans(draft)
        return Upload(name, Outcome.REFUSED, DELETED_MEANWHILE)
    if known:
        return Upload(name, Outcome.KNOWN, "Already in this gallery.", photo)
    return Upload(name, Outcome.ADDED, "Added.", photo)


def readable_name(path: str) -> str:
    """The name of a file as the database takes it: names from before Unicode hold raw bytes."""
    return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", PurePath(path).name)[:255]


def find_photo(gallery: Gallery, sha256: str) -> Photo | None:
    """The gallery's photo of this content, so that a client need not send it again."""
    return Photo.objects.filter(gallery=gallery, sha256=sha256).first()


def _return_or_insert(draft: Photo, file: File[bytes]) -> Photo:
    """A content that was deleted comes back with all that was known of it."""
    returned = trash.bring_back_content(draft.gallery_id, draft.sha256)
    if returned is None:
        return _insert(draft, file)
    tasks.ring_when_committed()
    return _heal(returned, file)


def _insert(draft: Photo, file: File[bytes]) -> Photo:
    """Store the file, then the row."""
    file.seek(0)
    draft.original.save(draft.name, file, save=True)
    analysis.enqueue([draft])
    tasks.ring_when_committed()
    return draft


def _heal(photo: Photo, file: File[bytes]) -> Photo:
    """Put an original back that was lost from the disk."""
    if not default_storage.exists(photo.original_name):
        file.seek(0)
        default_storage.save(photo.original_name, file)
        if analysis.retry(photo.analyses.all()):
            tasks.ring_when_committed()
    return photo


def _problem(file: File[bytes]) -> str | None:
    """What can be said against a file without decoding it."""
    if file.size > settings.LIKENESS_MAX_PHOTO_MB * MEGABYTE:
        return (
            f"This file is larger than {settings.LIKENESS_MAX_PHOTO_MB} MB. "
            "Save the picture smaller and upload that."
        )
    reason = refuse_by_head(file.read(HEAD_BYTES))
    return SENTENCES[reason] if reason else None


def _sha256(file: File[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():  # from the start, wherever the file was read to
        digest.update(chunk)
    return digest.hexdigest()
