"""Writing down who searched where, once for each question, and forgetting it after a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from faceengine.packs import Strictness
from galleries.models import Album
from search.models import Kind, SearchRecord
from search.queries import Finding
from search.scope import Scope

#: The same question within this time is written down once: further pages, other orders, the CSV.
ONE_QUESTION_SECONDS = 15 * 60


def record(
    scope: Scope,
    kind: Kind,
    strictness: Strictness,
    findings: Sequence[Finding],
    *,
    question: str,
) -> None:
    """In every gallery that was searched, also where nothing was found.

    `question` is a digest of what was asked.
    """
    if not cache.add(f"searched:{scope.user.pk}:{question}", 1, ONE_QUESTION_SECONDS):
        return
    hits = Counter(finding.gallery for finding in findings)
    SearchRecord.objects.bulk_create(
        SearchRecord(
            gallery_id=gallery,
            user=scope.user,
            kind=kind,
            strictness=strictness.value,
            hits=hits[gallery],
        )
        for gallery in _galleries_of(scope)
    )


def forget_old() -> None:
    """Delete what is older than the owners of the galleries are told."""
    oldest = timezone.now() - timedelta(days=settings.LIKENESS_SEARCH_LOG_DAYS)
    SearchRecord.objects.filter(searched_at__lt=oldest).delete()


def _galleries_of(scope: Scope) -> list[int]:
    galleries = [pk for realm in scope.realms for pk in realm.gallery_ids]
    if not scope.filters.albums:
        return galleries
    albums = Album.objects.filter(pk__in=scope.filters.albums)
    return list(albums.filter(gallery__in=galleries).values_list("gallery", flat=True).distinct())
