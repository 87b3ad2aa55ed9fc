"""The work on a photo: claimed from the ledger, decoded, sent through the engine, stored.

`Analysis` rows are the queue of record. A claim commits the attempt and a lease before the work
starts, so a worker that dies leaves a row whose lease runs out, and a worker that was only slow
finds its lease gone and stores nothing.
"""

from __future__ import annotations

import errno
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from faceengine.faces import Face as FoundFace
from faceengine.guard import GuardError
from faceengine.pictures import Picture, PictureError
from faceengine.pipeline import Failure, decode_ahead
from faceengine.weights import WeightError
from galleries import derivatives, faces, imports, ledger, people, scenes
from galleries.engine import WORKING_SIDE, engine_for, guard
from galleries.looking import Decoded, Seen, look_at
from galleries.models import Analysis, ModelVersion, Photo
from galleries.models.analysis import MAX_ATTEMPTS, AnalysisQuerySet, Reason
from galleries.training import sorting

logger = logging.getLogger(__name__)

State, Stage = Analysis.State, Analysis.Stage
# what another attempt may cure; the rest is a property of the file
PASSING_REASONS = {Reason.TOO_SLOW, Reason.CRASHED}


def enqueue(photos: Iterable[Photo]) -> None:
    """Queue photos for their gallery's model; those already in its ledger stay as they are."""
    Analysis.objects.bulk_create(
        [
            Analysis(gallery_id=photo.gallery_id, photo=photo, model_id=photo.gallery.model_id)
            for photo in photos
        ],
        ignore_conflicts=True,
    )


def retry(rows: AnalysisQuerySet) -> int:
    """Queue the quarantined ones of `rows` again, with all attempts. Returns how many."""
    return rows.quarantined().update(
        state=State.QUEUED, stage=Stage.WAITING, attempts=0, reason="", lease=None
    )


def look_again(*photos: Photo) -> None:
    """Queue photos anew for their gallery's model, as there is more to describe in them.

    What a worker makes of them at this moment is thrown away: it does not know of that yet.
    """
    enqueue(photos)
    Analysis.objects.filter(photo__in=photos, model=F("gallery__model")).update(
        state=State.QUEUED, stage=Stage.WAITING, attempts=0, reason="", lease=None
    )


def work_off(limit: int) -> int:
    """Claim up to `limit` photos and carry them to the end. Returns how many were claimed.

    Raises: GuardError, WeightError, OSError when this machine cannot work. If no photo can be to
        blame, the claimed ones have their attempt back and wait.
    """
    rows = claim(limit)
    by_model: dict[str, list[Analysis]] = {}
    for row in rows:
        by_model.setdefault(row.model.pack, []).append(row)
    try:
        for pack, batch in by_model.items():
            _run(batch, pack)
    except (GuardError, WeightError):
        _put_back(rows)
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _put_back(rows)
        raise
    return len(rows)


@transaction.atomic
def claim(limit: int) -> list[Analysis]:
    """Take waiting rows under one new lease; the attempt counts from now on, whatever happens.

    Rows that broke off before are claimed one at a time: if one of them kills its worker, it must
    not take the others' attempts with it.
    """
    now = timezone.now()
    _quarantine_the_lost()
    waiting = Analysis.objects.claimable(now).filter(model__key__in=usable_models())
    locked = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("attempts", "pk")
    rows = list(locked.select_related("photo", "model")[:limit])
    if rows and rows[0].attempts:
        rows = rows[:1]
    rows = [row for row in rows if row.attempts == rows[0].attempts]
    lease, until = uuid.uuid4(), now + _lease_time()
    for row in rows:
        row.lease = lease
    Analysis.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.RUNNING,
        stage=Stage.DECODING,
        attempts=F("attempts") + 1,
        lease=lease,
        leased_until=until,
        started_at=now,
    )
    return rows


def _put_back(rows: Sequence[Analysis]) -> None:
    """Undo a claim, except for the rows that are settled already."""
    Analysis.objects.filter(pk__in=[row.pk for row in rows], lease=rows[0].lease).update(
        state=State.QUEUED, stage=Stage.WAITING, attempts=F("attempts") - 1, lease=None
    )


def release_all_leases() -> int:
    """Put running rows back at once. Only for a start at which no worker can be alive."""
    return Analysis.objects.filter(state=State.RUNNING).update(leased_until=timezone.now())


def usable_models() -> list[str]:
    """Keys of the model versions that this machine can make vectors of."""
    return [version.key for version in ModelVersion.objects.all() if version.is_usable]


def _quarantine_the_lost() -> None:
    lost = Analysis.objects.filter(
        state=State.RUNNING, leased_until__lt=timezone.now(), attempts__gte=MAX_ATTEMPTS
    )
    lost.update(
        state=State.FAILED,
        stage=Stage.FINISHED,
        reason=Reason.WORKER_LOST,
        lease=None,
        finished_at=timezone.now(),
    )


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.LIKENESS_LEASE_SECONDS)


def _run(rows: Sequence[Analysis], pack: str) -> None:
    """Other photos of the claim are decoded and encoded while the engine works on some.

    One encoder is enough: libwebp lets other threads work, and two would hold more pictures.
    """
    engine = engine_for(pack)
    with ThreadPoolExecutor(1) as encoder:
        seen: list[Seen] = []
        for group in decode(rows):
            _enter(Stage.DETECTING, group)
            newly_seen = look_at(group, engine, encoder)
            _enter(Stage.STORING, group)
            _store(seen)
            seen = newly_seen
        _store(seen)


def decode(rows: Iterable[Analysis]) -> Iterator[list[Decoded]]:
    """Read the files in guarded child processes, a few at a time and a few ahead.

    Those that cannot be read are settled here; all others, also of later turns, stay leased.
    """
    left = iter(rows := list(rows))
    ours = Analysis.objects.filter(pk__in=[row.pk for row in rows], lease=rows[0].lease)
    paths = (Path(default_storage.path(row.photo.original_name)) for row in rows)
    with closing(decode_ahead(paths, guard(), WORKING_SIDE)) as groups:
        for group in groups:
            ours.update(leased_until=timezone.now() + _lease_time())
            pairs = [(next(left), item) for item in group]
            decoded = [
                Decoded(row, picture, round(item.seconds * 1000))
                for row, item in pairs
                if (picture := _picture_or_settle(row, item.outcome))
            ]
            if decoded:
                yield decoded


def _picture_or_settle(row: Analysis, outcome: Picture | Failure) -> Picture | None:
    """Raises: OSError when the disk does not give a file that is there."""
    match outcome:
        case Picture():
            return outcome
        case PictureError():
            _give_up(row, Reason(outcome.reason.value))
        case FileNotFoundError():
            _give_up(row, Reason.FILE_MISSING)
        case _:
            raise outcome
    return None


def _store(seen: Iterable[Seen]) -> None:
    for item in seen:
        store(item.decoded, item.found, item.files.result(), item.described, item.look)


def _enter(stage: Analysis.Stage, items: Sequence[Decoded]) -> None:
    """Show the stage of photos that are still ours."""
    keys, lease = [item.row.pk for item in items], items[0].row.lease
    Analysis.objects.filter(pk__in=keys, lease=lease).update(stage=stage)


def _give_up(row: Analysis, reason: Reason) -> None:
    """Quarantine a photo that cannot be read, or let it wait for its next attempt."""
    may_pass = reason in PASSING_REASONS and row.attempts + 1 < MAX_ATTEMPTS
    logger.warning("Photo %s could not be read: %s", row.photo_id, reason.value)
    ours = Analysis.objects.filter(pk=row.pk, lease=row.lease)
    if may_pass:
        ours.update(state=State.QUEUED, stage=Stage.WAITING, reason=reason, lease=None)
    else:
        ours.update(
            state=State.FAILED,
            stage=Stage.FINISHED,
            reason=reason,
            lease=None,
            finished_at=timezone.now(),
        )


@transaction.atomic
def store(
    item: Decoded,
    found: Sequence[FoundFace],
    files: Iterable[derivatives.File],
    described: faces.Described = faces.NONE,
    look: scenes.Look | None = None,
) -> None:
    """Write one photo's result, whole or not at all, unless its lease has gone to another.

    If the photo is deleted meanwhile, whoever deletes it waits for the lock and removes the files.
    """
    row, photo = item.row, item.row.photo
    derivatives.lock_files(photo)
    if not Analysis.objects.filter(pk=row.pk, lease=row.lease).exists():
        return
    derivatives.write(files)
    ledger.lock_gallery(photo.gallery_id)
    ours = Analysis.objects.select_for_update().filter(pk=row.pk, lease=row.lease)
    if not ours.exists():
        return
    _describe(photo, item.picture)
    if look:
        scenes.store(photo, look)
        sorting.judge(photo, look.vectors)
    rows = faces.replace(photo, row.model, found, described)
    has_new_faces = imports.take_names(photo, rows, item.picture.names, row.model)
    people.assign(rows, row.model)
    ours.update(
        state=State.DONE,
        stage=Stage.FINISHED,
        reason="",
        lease=None,
        decode_ms=item.decode_ms,
        engine_ms=row.engine_ms,
        finished_at=timezone.now(),
    )
    if has_new_faces:
        look_again(photo)


def _describe(photo: Photo, picture: Picture) -> None:
    taken_at = picture.taken_at and picture.taken_at.replace(tzinfo=UTC)
    place = picture.place
    Photo.objects.filter(pk=photo.pk).update(
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        camera=picture.camera,
        taken_at=taken_at,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
    )
