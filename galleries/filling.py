"""Looking in the background at photos that were read before their backbone was there.

`PhotoLook` rows are the ledger: those that the wanted backbone has not looked at wait. A claim
runs out by itself, so whatever a killed worker leaves is taken up by another.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from faceengine.pictures import Picture, PictureError
from faceengine.pipeline import Failure, decode_ahead
from galleries import ledger, scenes
from galleries.engine import WORKING_SIDE, guard
from galleries.models import Photo, PhotoLook
from galleries.training import sorting


def is_due() -> bool:
    """Whether photos wait, or a backbone that has looked at all of them."""
    if scenes.waiting().unclaimed(timezone.now()).exists():
        return True
    model = scenes.wanted()
    return model is not None and not model.is_default


def work_off(limit: int) -> int:
    """Look at up to `limit` photos that wait; when none does, let searches use the backbone.

    Returns how many were claimed. Raises: GuardError, WeightError, OSError when this machine
        cannot work; the photos are claimed again later.
    """
    model = scenes.wanted()
    if model and not model.is_default:
        scenes.prepare()  # while there are few vectors, as an index of many takes long to build
    photos = claim(limit)
    if photos:
        _look_at(photos)
    elif model and not (model.is_default or PhotoLook.objects.behind(model).exists()):
        model.make_default()
    return len(photos)


@transaction.atomic
def claim(limit: int) -> list[Photo]:
    """Take waiting photos, for as long as a lease lasts."""
    now = timezone.now()
    rows = (
        scenes.waiting()
        .unclaimed(now)
        .select_for_update(skip_locked=True)
        .values_list("photo", flat=True)
    )
    keys = list(rows[:limit])
    until = now + timedelta(seconds=settings.LIKENESS_LEASE_SECONDS)
    PhotoLook.objects.filter(photo__in=keys).update(claimed_until=until)
    return list(Photo.objects.filter(pk__in=keys))


def _look_at(photos: Sequence[Photo]) -> None:
    paths = (Path(default_storage.path(photo.original_name)) for photo in photos)
    left = iter(photos)
    with closing(decode_ahead(paths, guard(), WORKING_SIDE)) as groups:
        for group in groups:
            pairs = [(next(left), _picture_or_forget(item.outcome)) for item in group]
            for photo in (photo for photo, picture in pairs if picture is None):
                PhotoLook.objects.filter(gallery=photo.gallery_id, photo=photo).delete()
            seen = [(photo, picture.image) for photo, picture in pairs if picture]
            looks = scenes.look_at([image for _, image in seen])
            for (photo, _), look in zip(seen, looks, strict=True):
                _store(photo, look)


def _picture_or_forget(outcome: Picture | Failure) -> Picture | None:
    """None for what could be read once and cannot be now: another analysis will say why.

    Raises: OSError when the disk does not give a file that is there.
    """
    match outcome:
        case Picture():
            return outcome
        case PictureError() | FileNotFoundError():
            return None
        case _:
            raise outcome


@transaction.atomic
def _store(photo: Photo, look: scenes.Look) -> None:
    """Unless the photo was deleted meanwhile."""
    ledger.lock_gallery(photo.gallery_id)
    if Photo.objects.filter(pk=photo.pk).exists():
        scenes.store(photo, look)
        sorting.judge(photo, look.vectors)
