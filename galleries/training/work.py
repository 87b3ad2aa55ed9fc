"""The background work: asked for by a row, claimed under a lease, stored whole or not at all."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from faceengine.errors import FaceEngineError
from faceengine.training.epochs import Audience, Epoch
from faceengine.training.errors import TrainingCancelledError
from faceengine.training.head import FREEDOMS
from faceengine.training.regression import STEPS
from faceengine.training.scoring import Outcome
from faceengine.training.store import head_to_bytes
from faceengine.training.transfer import EXTRACTION, FINE_TUNING
from faceengine.training.ways import Fitted, fit_and_judge
from galleries import ledger
from galleries.models import Classifier, ClassifierLabel
from galleries.models.classifier import MAX_TRAINING_ATTEMPTS
from galleries.training import versions
from galleries.training.classic import EPOCHS, train_classic
from galleries.training.figures import describe, label_rows, thin
from galleries.training.lessons import Lesson, lesson_of

State = Classifier.State
#: How often the row says how far the work is, and has its lease renewed.
SECONDS_BETWEEN_SIGNS = 2.0
#: Of the work, in percent: examples are read, then fitted; the classic way takes the rest, if it
#: is tried.
READ, FITTED, DONE = 5, 15, 95
BROKEN_OFF = (
    "The training broke off three times. Try it again; if it keeps failing, ask the administrator "
    "to look at the worker's log."
)
ROWS_AT_ONCE = 1000


@dataclass(slots=True)
class Claim:
    """A classifier that this worker trains."""

    classifier: Classifier
    epochs: list[Epoch] = field(default_factory=list)
    said_at: float = 0.0
    is_lost: bool = False

    @property
    def audience(self) -> Audience:
        return Audience(watch=self._watch, is_wanted=self._is_wanted)

    def _watch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)

    def _is_wanted(self) -> bool:
        """Note how far the work is, keep the lease, and find out whether it is still ours."""
        if time.monotonic() - self.said_at >= SECONDS_BETWEEN_SIGNS:
            self.said_at = time.monotonic()
            ours = Classifier.objects.filter(pk=self.classifier.pk, lease=self.classifier.lease)
            self.is_lost = not ours.update(
                percent=self._percent(),
                curve=thin(self.epochs),
                leased_until=timezone.now() + _lease_time(),
            )
        return not self.is_lost

    def _percent(self) -> int:
        classic = sum(epoch.phase in (EXTRACTION, FINE_TUNING) for epoch in self.epochs)
        if classic:
            return min(DONE, FITTED + (DONE - FITTED) * classic // sum(EPOCHS))
        end = FITTED if self.classifier.is_compared else DONE
        phases = len({epoch.phase for epoch in self.epochs})
        steps = (phases - 1) * STEPS + self.epochs[-1].number if self.epochs else 0
        return READ + (end - READ) * steps // (len(FREEDOMS) * STEPS)


def work_off() -> bool:
    """Train one classifier. Returns whether there was one."""
    classifier = claim()
    if classifier is None:
        return False
    claimed = Claim(classifier)
    try:
        lesson = lesson_of(classifier)
        fitted = fit_and_judge(lesson.material, claimed.audience)
        outcomes = _compare(claimed, lesson)
    except TrainingCancelledError:
        return True
    except FaceEngineError as error:
        _fail(classifier, str(error))
        return True
    _store(claimed, lesson, fitted, outcomes)
    return True


@transaction.atomic
def claim() -> Classifier | None:
    """Take one under a new lease; the attempt counts from now on, whatever happens."""
    now = timezone.now()
    lost = Classifier.objects.filter(state=State.RUNNING, leased_until__lt=now)
    lost.filter(attempts__gte=MAX_TRAINING_ATTEMPTS).update(
        state=State.FAILED, problem=BROKEN_OFF, lease=None, finished_at=now
    )
    waiting = Classifier.objects.claimable(now).order_by("pk")
    row = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if row is None:
        return None
    row.lease = uuid.uuid4()
    Classifier.objects.filter(pk=row.pk).update(
        state=State.RUNNING,
        lease=row.lease,
        leased_until=now + _lease_time(),
        attempts=F("attempts") + 1,
        started_at=now,
        percent=0,
        curve=[],
    )
    return row


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.LIKENESS_LEASE_SECONDS)


def _compare(claimed: Claim, lesson: Lesson) -> list[Outcome]:
    """The classic way on the same examples, if somebody asked for it."""
    if not claimed.classifier.is_compared:
        return []
    return train_classic(claimed.classifier, lesson, claimed.audience)


def _fail(classifier: Classifier, sentence: str) -> None:
    ours = Classifier.objects.filter(pk=classifier.pk, lease=classifier.lease)
    ours.update(state=State.FAILED, problem=sentence[:500], lease=None, finished_at=timezone.now())


def _store(claimed: Claim, lesson: Lesson, fitted: Fitted, outcomes: Sequence[Outcome]) -> None:
    """The file first, then the rows that speak of it; neither if the lease has gone."""
    classifier = claimed.classifier
    name = f"{classifier.gallery_id}/classifiers/{classifier.lease}.npz"
    default_storage.save(name, ContentFile(head_to_bytes(fitted.head, lesson.made_of)))
    if not _store_rows(claimed, lesson, fitted, outcomes, name):
        default_storage.delete(name)


@transaction.atomic
def _store_rows(
    claimed: Claim, lesson: Lesson, fitted: Fitted, outcomes: Sequence[Outcome], name: str
) -> bool:
    classifier = claimed.classifier
    # before any row, as whoever promotes a version or purges a person does
    ledger.lock_gallery(classifier.gallery_id)
    ours = Classifier.objects.select_for_update().filter(pk=classifier.pk, lease=classifier.lease)
    row = ours.first()
    if row is None:
        return False
    rows = label_rows(classifier, fitted, lesson)
    ClassifierLabel.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    Classifier.objects.filter(pk=row.pk).update(
        state=State.DONE,
        percent=100,
        made_of=lesson.made_of,
        curve=thin(claimed.epochs),
        figures=describe(fitted, outcomes, lesson),
        example_count=len(lesson.examples),
        label_digest=lesson.digest,
        file=name,
        lease=None,
        finished_at=timezone.now(),
    )
    if row.is_to_be_promoted:
        versions.promote(row)
    versions.prune(row)
    return True
