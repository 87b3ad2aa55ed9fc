"""What is made from an original to be looked at: thumbnail, preview, face crops; all WebP."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction

from faceengine.faces import Box
from faceengine.pictures import Picture, crop_face, decode, to_webp
from galleries.models import DeletedPhoto, Photo

logger = logging.getLogger(__name__)

# long sides in pixels: a grid tile on a dense screen, a full page, a face tile
THUMBNAIL_SIDE, PREVIEW_SIDE, CROP_SIDE = 480, 2048, 192
CROP_MARGIN = 0.35


@dataclass(frozen=True, slots=True)
class File:
    """A derivative that is not on the disk yet."""

    name: str
    content: bytes


def encode(photo: Photo, picture: Picture, boxes: Iterable[Box]) -> list[File]:
    """Make every derivative of a photo. Touches neither disk nor database: for any thread."""
    crops = [
        (crop_name(photo, box), crop_face(picture.image, box, CROP_SIDE, CROP_MARGIN))
        for box in boxes
    ]
    return [
        File(thumbnail_name(photo), to_webp(picture.image, THUMBNAIL_SIDE)),
        File(preview_name(photo), to_webp(picture.image, PREVIEW_SIDE)),
        *(File(name, to_webp(crop, CROP_SIDE)) for name, crop in crops),
    ]


def cut_from_preview(photo: Photo, box: Box) -> File:
    """The crop of a face, at once and without the original; the next analysis makes a better one.

    Raises: FileNotFoundError while there is no preview.
    """
    with default_storage.open(preview_name(photo)) as file:
        picture = decode(file.read(), PREVIEW_SIDE)
    crop = crop_face(picture.image, box, CROP_SIDE, CROP_MARGIN)
    return File(crop_name(photo, box), to_webp(crop, CROP_SIDE))


def write(files: Iterable[File]) -> None:
    """Writing twice writes the same files."""
    for file in files:
        default_storage.save(file.name, ContentFile(file.content))


def lock_files(photo: Photo) -> None:
    """Let one transaction at a time write or remove the files of a photo, until it ends.

    Otherwise a removal could take what an upload of the same content has just put there. Whoever
    needs the lock of the gallery as well takes that one later.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [photo.folder])


@transaction.atomic
def delete_orphans(photo: Photo) -> None:
    """Remove the original of a deleted photo and all that was made from it.

    The files stay where the same content has been uploaded to the gallery again, or can still be
    brought back.
    """
    lock_files(photo)
    content = {"gallery": photo.gallery_id, "sha256": photo.sha256}
    if Photo.objects.filter(**content).exists() or DeletedPhoto.objects.filter(**content).exists():
        return
    try:
        _, names = default_storage.listdir(photo.folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{photo.folder}/{name}")
    default_storage.delete(photo.folder)


def remove_files(deleted: Iterable[Photo]) -> None:
    """As `delete_orphans`; files that cannot be removed must not keep those of other photos."""
    for photo in deleted:
        try:
            delete_orphans(photo)
        except OSError:
            logger.exception("Files of a deleted photo remain in %s", photo.folder)


def remove_folder(name: str) -> None:
    """Remove a folder of the storage with all that is in it; it may be missing."""
    try:
        folders, files = default_storage.listdir(name)
    except FileNotFoundError:
        return
    for folder in folders:
        remove_folder(f"{name}/{folder}")
    for file in files:
        default_storage.delete(f"{name}/{file}")
    default_storage.delete(name)


def thumbnail_name(photo: Photo) -> str:
    return f"{photo.folder}/thumbnail.webp"


def preview_name(photo: Photo) -> str:
    return f"{photo.folder}/preview.webp"


def crop_name(photo: Photo, box: Box) -> str:
    """Named by the box, so that a crop can be written before its face has an id."""
    corner = "-".join(f"{round(side * 10_000):05d}" for side in (box.left, box.top))
    size = "-".join(f"{round(side * 10_000):05d}" for side in (box.width, box.height))
    return f"{photo.folder}/face-{corner}-{size}.webp"
