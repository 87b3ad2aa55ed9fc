"""Writing down who searched where, once for each question, and forgetting it after a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from faceengine.packs import Strictness
from galleries.models import Album, Gallery, Photo
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
    if _is_known(scope.user, question):
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


def record_looks(scope: Scope, found: Iterable[Photo], *, question: str) -> None:
    """As `record`, for photos that look alike: any does a little, so those are counted that were
    shown first."""
    if _is_known(scope.user, question):
        return
    hits = Counter(photo.gallery_id for photo in found)
    galleries = Gallery.objects.visible_to(scope.user)
    if scope.filters.galleries:
        galleries = galleries.filter(pk__in=scope.filters.galleries)
    searched = _with_albums(scope, list(galleries.values_list("pk", flat=True)))
    SearchRecord.objects.bulk_create(
        SearchRecord(gallery_id=gallery, user=scope.user, kind=Kind.LOOKS, hits=hits[gallery])
        for gallery in searched
    )


def forget_old() -> None:
    """Delete what is older than the owners of the galleries are told."""
    oldest = timezone.now() - timedelta(days=settings.LIKENESS_SEARCH_LOG_DAYS)
    SearchRecord.objects.filter(searched_at__lt=oldest).delete()


def _is_known(user: User, question: str) -> bool:
    """Whether the question was written down a moment ago; from now on it is."""
    return not cache.add(f"searched:{user.pk}:{question}", 1, ONE_QUESTION_SECONDS)


def _galleries_of(scope: Scope) -> list[int]:
    return _with_albums(scope, [pk for realm in scope.realms for pk in realm.gallery_ids])


def _with_albums(scope: Scope, galleries: list[int]) -> list[int]:
    """Those of the galleries in which the search was not narrowed to albums of others."""
    if not scope.filters.albums:
        return galleries
    albums = Album.objects.filter(pk__in=scope.filters.albums)
    return list(albums.filter(gallery__in=galleries).values_list("gallery", flat=True).distinct())
