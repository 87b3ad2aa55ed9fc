"""Photos and whole galleries removed for good.

A gallery is hidden from everybody at once: without members it is behind no door. What is in it goes
in the background, in steps that each end whole, so that a worker may stop between any two.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from galleries import derivatives, ledger, trash
from galleries.models import Deletion, Gallery, Membership, Photo
from galleries.models.gallery import InGalleryQuerySet
from galleries.training import versions

logger = logging.getLogger(__name__)

#: Photos of one step, or batches, or persons.
ROWS_AT_ONCE = 200


@transaction.atomic
def ask(gallery: Gallery, actor: User) -> None:
    """Hide a gallery from all its members, and let it be removed."""
    waiting = Gallery.objects.filter(pk=gallery.pk, removed_at=None)
    if waiting.update(removed_at=timezone.now()):
        logger.info("Gallery %s is removed, as user %s asked", gallery.pk, actor.pk)
    Membership.objects.filter(gallery=gallery).delete()


def work_off() -> bool:
    """Remove some of what is in the gallery that has waited longest, in the end the gallery.

    Returns whether there was one.
    """
    gallery = Gallery.objects.removed().first()
    if gallery is None:
        return False
    if not _remove_some(gallery):
        # also what a worker left that was killed between rows and files
        derivatives.remove_folder(str(gallery.pk))
        remove_gallery(gallery)
    return True


@transaction.atomic
def remove_photos(photos: Iterable[Photo]) -> None:
    """Delete photos with their faces, vectors and files. Files go once the rows are gone."""
    doomed = list(photos)
    for gallery_id in sorted({photo.gallery_id for photo in doomed}):
        ledger.lock_gallery(gallery_id)
    Photo.objects.filter(pk__in=[photo.pk for photo in doomed]).delete()
    transaction.on_commit(partial(derivatives.remove_files, doomed))


@transaction.atomic
def remove_gallery(gallery: Gallery) -> None:
    """Delete a gallery with everything in it, in one step."""
    ledger.lock_gallery(gallery.pk)
    # uploads in progress wait for the end of this and then find no gallery
    Gallery.objects.select_for_update().filter(pk=gallery.pk).first()
    remove_photos(gallery.photos.iterator())
    trash.forget(Deletion.objects.filter(gallery=gallery))
    versions.forget_gallery(gallery)
    gallery.delete()


def _remove_some(gallery: Gallery) -> bool:
    """What may be many, photos first. Returns whether there was any."""
    if photos := list(gallery.photos.order_by("pk")[:ROWS_AT_ONCE]):
        remove_photos(photos)
        return True
    deletions = Deletion.objects.filter(gallery=gallery).order_by("pk")
    if oldest := deletions.first():
        trash.forget(deletions.filter(pk=oldest.pk))
        return True
    batches, persons = gallery.batches.all(), gallery.persons.all()
    return _remove_first(batches) or _remove_first(persons)


def _remove_first(rows: InGalleryQuerySet[Any]) -> bool:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_ONCE])
    rows.filter(pk__in=keys).delete()
    return bool(keys)
