"""Which version of a classifier is in use, and which must not be kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from galleries import ledger
from galleries.models import Classifier, ClassifierLabel, Gallery
from galleries.models.classifier import ClassifierQuerySet
from galleries.training import sorting
from galleries.training.figures import belonging_of

State = Classifier.State
#: Versions whose weights are kept, so that one can roll back to them, beside the one in use.
KEPT_VERSIONS = 10


class VersionGoneError(Exception):
    """A version that is not there to be used; str() says why."""


@transaction.atomic
def promote(classifier: Classifier) -> None:
    """Use this version, newer or older than the one before. Raises: VersionGoneError."""
    ledger.lock_gallery(classifier.gallery_id)
    row = _lock(classifier)
    if not row.is_done or not row.file:
        raise VersionGoneError("This version is not there any more. Choose another one.")
    if row.task == Classifier.Task.IMAGES and belonging_of(row) is None:
        raise VersionGoneError("This version cannot tell what belongs to no album. Train again.")
    _others(row).promoted().update(promoted_at=None)
    Classifier.objects.filter(pk=row.pk).update(promoted_at=timezone.now())
    sorting.begin(row)


@transaction.atomic
def retire(classifier: Classifier) -> None:
    """Use no version any more."""
    ledger.lock_gallery(classifier.gallery_id)
    sorting.end(classifier)
    Classifier.objects.filter(pk=_lock(classifier).pk).update(promoted_at=None)


@transaction.atomic
def cancel(classifier: Classifier) -> None:
    """A worker that trains it notices at its next step, and stores nothing."""
    row = _lock(classifier)
    if row.is_unfinished:
        Classifier.objects.filter(pk=row.pk).update(
            state=State.CANCELLED, lease=None, finished_at=timezone.now()
        )


@transaction.atomic
def ask(
    gallery: Gallery,
    task: Classifier.Task,
    actor: User | None,
    *,
    is_compared: bool = False,
) -> Classifier:
    """Queue a training; one that waits or runs goes on."""
    own = Classifier.objects.filter(gallery=gallery, task=task)
    Gallery.objects.select_for_update().get(pk=gallery.pk)
    if unfinished := own.unfinished().first():
        return unfinished
    newest = own.newest_first().values_list("version", flat=True).first()
    return Classifier.objects.create(
        gallery=gallery,
        task=task,
        version=(newest or 0) + 1,
        asked_by=actor,
        is_compared=is_compared,
    )


def forget_persons(gallery_id: int, persons: Collection[int]) -> None:
    """Remove all weights that were learnt from the faces of persons, and learn anew without them
    where they were in use.

    Call it in the transaction that deletes the persons, before they are deleted.
    """
    own = Classifier.objects.filter(gallery=gallery_id, task=Classifier.Task.FACES)
    # one that is being trained may have read their faces already: its worker loses the lease
    own.filter(state=State.RUNNING).update(state=State.QUEUED, lease=None)
    known = ClassifierLabel.objects.filter(gallery=gallery_id, person__in=persons)
    touched = list(own.filter(pk__in=known.values("classifier")).select_for_update())
    _remove_files(touched)
    Classifier.objects.filter(pk__in=[row.pk for row in touched]).update(
        state=State.ERASED, file="", promoted_at=None, figures={}, curve=[], label_digest=""
    )
    if any(row.is_promoted for row in touched):
        queued = ask(Gallery.objects.get(pk=gallery_id), Classifier.Task.FACES, None)
        Classifier.objects.filter(pk=queued.pk).update(is_to_be_promoted=True)


def forget_gallery(gallery: Gallery) -> None:
    """Remove all weights of a gallery, in the transaction that deletes it."""
    _remove_files(Classifier.objects.filter(gallery=gallery))


def prune(classifier: Classifier) -> None:
    """Forget the weights of versions that nobody will roll back to."""
    old = _others(classifier).done().filter(promoted_at=None).exclude(file="").newest_first()
    rows = list(old[KEPT_VERSIONS - 1 :])
    _remove_files(rows)
    Classifier.objects.filter(pk__in=[row.pk for row in rows]).update(file="")


def _lock(classifier: Classifier) -> Classifier:
    """All of its gallery's and task's, so that two never promote at once."""
    rows = Classifier.objects.filter(gallery=classifier.gallery_id, task=classifier.task)
    return next(row for row in rows.order_by("pk").select_for_update() if row == classifier)


def _others(classifier: Classifier) -> ClassifierQuerySet:
    own = Classifier.objects.filter(gallery=classifier.gallery_id, task=classifier.task)
    return own.exclude(pk=classifier.pk)


def _remove_files(classifiers: Iterable[Classifier]) -> None:
    """Once it is certain that the database does not speak of them any more."""
    for name in [row.file for row in classifiers if row.file]:
        transaction.on_commit(partial(default_storage.delete, name))
