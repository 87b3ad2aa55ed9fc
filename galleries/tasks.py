"""The doorbell. What there is to do stands in the ledger; a lost message loses nothing."""

from __future__ import annotations

import logging
import time

from celery import Task, shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from galleries import analysis, calibrating, filling, removal, trash
from galleries.models import (
    Analysis,
    Classifier,
    Gallery,
    GalleryCalibration,
    Proposal,
    Sorting,
)
from galleries.regrouping import work as regrouping
from galleries.training import sorting
from galleries.training import work as training

logger = logging.getLogger(__name__)

# a worker that is asked to stop finishes its drain, so this and one batch more must fit into the
# 20 seconds that it is given (config/supervision.py); and into the time limit of a task
DRAIN_SECONDS = 10
# 100,000 faces take minutes; what a killed worker leaves is claimed again after its lease, so the
# message need not be kept until the end
REGROUP_SECONDS = 1800
# the classic way takes most of it
TRAIN_SECONDS = 3600
# the last gallery is measured to its end, within the time limit of a task
CALIBRATE_SECONDS = 60


@shared_task
def drain() -> None:
    """Work off waiting photos for some seconds; ring again if some may be left."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while analysis.work_off(settings.LIKENESS_BATCH):
        if time.monotonic() > deadline:
            ring_doorbell()
            return


@shared_task(acks_late=False, time_limit=REGROUP_SECONDS)
def regroup() -> None:
    """Compute a proposal that waits, if any; ring again if others may wait."""
    if regrouping.work_off():
        ring_for_proposals()


@shared_task(acks_late=False, time_limit=TRAIN_SECONDS)
def train() -> None:
    """Train a classifier that waits, if any; ring again if others may wait."""
    if training.work_off():
        ring_for_trainings()


@shared_task(acks_late=False)
def sort() -> None:
    """Judge for some seconds where photos may belong; ring again if some may be left."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while sorting.work_off():
        if time.monotonic() > deadline:
            ring_for_sorting()
            return


@shared_task(acks_late=False)
def calibrate() -> None:
    """Measure what similarities mean in a gallery that waits for it; ring again for others."""
    if calibrating.work_off_asked():
        ring_for_calibrations()


@shared_task(acks_late=False)
def calibrate_changed() -> None:
    """Measure galleries that changed, for some time; the others wait for the next round."""
    deadline = time.monotonic() + CALIBRATE_SECONDS
    for gallery in calibrating.due().select_related("model").iterator():
        calibrating.measure(gallery)
        if time.monotonic() > deadline:
            return


@shared_task
def look() -> None:
    """Look at photos that have waited for their backbone, while nobody waits for new ones."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while not _new_photos_wait() and filling.work_off(settings.LIKENESS_BATCH):
        if time.monotonic() > deadline:
            _send(look)
            return


@shared_task(acks_late=False)
def empty_trash() -> None:
    """Delete for good what nobody has brought back in time."""
    trash.forget_old()


@shared_task(acks_late=False)
def remove_galleries() -> None:
    """Remove what is in deleted galleries for some seconds; ring again if some may be left."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while removal.work_off():
        if time.monotonic() > deadline:
            ring_for_removals()
            return


@shared_task
def ring() -> None:
    """Ring for whatever waits: lost messages, leases that ran out."""
    if _new_photos_wait():
        ring_doorbell()
    elif filling.is_due():
        _send(look)
    if Proposal.objects.claimable(timezone.now()).exists():
        ring_for_proposals()
    if GalleryCalibration.objects.asked().exists():
        ring_for_calibrations()
    if Classifier.objects.claimable(timezone.now()).exists():
        ring_for_trainings()
    if Gallery.objects.removed().exists():
        ring_for_removals()
    if Sorting.objects.unfinished().exists():
        ring_for_sorting()


def ring_when_committed() -> None:
    """Ring once the present transaction is committed, so that the worker sees its rows."""
    transaction.on_commit(ring_doorbell)


def ring_doorbell() -> None:
    """Ask a worker to look at the ledger. Without Redis the photos wait for the next ring."""
    _send(drain)


def ring_for_proposals() -> None:
    """Ask a worker to look whether a regrouping is to be proposed."""
    _send(regroup)


def ring_for_trainings() -> None:
    """Ask a worker to look whether a classifier is to be trained."""
    _send(train)


def ring_for_sorting() -> None:
    """Ask a worker to look whether photos are to be judged by a classifier of albums."""
    _send(sort)


def ring_for_calibrations() -> None:
    """Ask a worker to look whether a gallery is to be measured."""
    _send(calibrate)


def ring_for_removals() -> None:
    """Ask a worker to look whether a gallery is to be removed."""
    _send(remove_galleries)


def _new_photos_wait() -> bool:
    return Analysis.objects.claimable(timezone.now()).exists()


def _send(task: Task[[], None]) -> None:
    try:
        task.apply_async(retry=False, expires=300)
    except OperationalError as error:
        logger.warning("The queue cannot be reached, its work waits: %s", error)
