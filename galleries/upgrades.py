"""Looking at photos once more, above all when a pack has come out in a later version."""

from __future__ import annotations

from itertools import islice

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from faceengine.catalog import get_pack
from galleries import analysis
from galleries.models import Analysis, Face, Gallery, ModelVersion, Photo
from galleries.models.photo import PhotoQuerySet

ROWS_AT_ONCE = 1000


def outdated() -> list[ModelVersion]:
    """The versions that galleries use although this machine makes a later one of the pack."""
    used = ModelVersion.objects.filter(gallery__isnull=False).distinct()
    return [version for version in used if version.successor_is_usable]


@transaction.atomic
def move_on(old: ModelVersion) -> ModelVersion:
    """Let the galleries of an earlier version use the present one; then `queue_unseen`."""
    present = ModelVersion.objects.register(get_pack(old.pack))
    Gallery.objects.filter(model=old).update(model=present)
    Analysis.objects.filter(model=old).unfinished().delete()
    return present


def queue_unseen() -> int:
    """Queue the photos that their gallery's model has never looked at. Returns how many.

    Until its turn comes a photo keeps its faces and their persons; only searches miss it. Photos of
    persons come first: a face without one finds those it could join, and opens no double.
    """
    seen = Analysis.objects.filter(photo=OuterRef("pk"), model=OuterRef("gallery__model"))
    persons = Face.objects.filter(photo=OuterRef("pk"), person__isnull=False)
    unseen = Photo.objects.exclude(Exists(seen)).select_related("gallery")
    in_order = unseen.order_by(Exists(persons).desc(), "pk")
    waiting, queued = in_order.iterator(chunk_size=ROWS_AT_ONCE), 0
    while photos := list(islice(waiting, ROWS_AT_ONCE)):
        analysis.enqueue(photos)
        queued += len(photos)
    return queued


@transaction.atomic
def queue_again(photos: PhotoQuerySet) -> int:
    """Queue photos anew, also those that were read; returns how many.

    What humans said about their faces stays; work in progress is not disturbed.
    """
    analysis.enqueue(photos.select_related("gallery"))
    rows = Analysis.objects.filter(photo__in=photos, model=F("gallery__model"))
    return rows.exclude(state=Analysis.State.RUNNING).update(
        state=Analysis.State.QUEUED,
        stage=Analysis.Stage.WAITING,
        attempts=0,
        reason="",
        lease=None,
    )
