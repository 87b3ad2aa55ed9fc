"""Photos of a gallery that are the same picture, and keeping the best of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Max, Sum

from accounts.models import User
from faceengine.scenes.hashing import SURE, distance
from faceengine.scenes.near_duplicates import group_near
from galleries import ledger, trash
from galleries.models import AlbumPhoto, Deletion, DistinctPair, Gallery, Photo, PhotoLook

# 100,000 take a second and a half, and twice as many four times as long
MOST_COMPARED = 200_000
#: Photos of one group; what is more than that makes another one.
MOST_IN_GROUP = 24
REMEMBERED_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Choice:
    """Photos that are the same picture: one that stays, and those that go."""

    kept: Photo
    others: Sequence[Photo]


def groups_of(gallery: Gallery) -> list[list[int]]:
    """Ids of photos that are the same picture, the best first in each group and among all.

    The largest is the best, of equally large ones the sharpest, then the largest file. Remembered
    until photos come, go or change.
    """
    key = f"duplicates:{gallery.pk}:{_state_of(gallery)}"
    groups: list[list[int]] | None = cache.get(key)
    if groups is None:
        groups = _group(gallery)
        cache.set(key, groups, REMEMBERED_SECONDS)
    return groups


def are_surely_same(gallery: Gallery, groups: Sequence[Sequence[int]]) -> list[bool]:
    """Of each group whether nobody has to look before all but the best are deleted.

    Things that are photographed alike, as in a catalogue, can be near without being the same.
    """
    every = [photo for group in groups for photo in group]
    looks = PhotoLook.objects.filter(gallery=gallery, photo__in=every).hashed()
    hashes = dict(looks.values_list("photo", "hash"))
    return [_are_surely_same([hashes.get(photo) for photo in group]) for group in groups]


def _are_surely_same(hashes: Sequence[int | None]) -> bool:
    first, *others = hashes
    return all(
        first is not None and other is not None and distance(first, other) <= SURE
        for other in others
    )


def _state_of(gallery: Gallery) -> str:
    """Differs whenever the groups might."""
    looks = PhotoLook.objects.filter(gallery=gallery).hashed()
    counts = looks.aggregate(n=Count("photo"), last=Max("photo"), hashes=Sum("hash"))
    apart = DistinctPair.objects.filter(gallery=gallery).aggregate(n=Count("pk"), last=Max("pk"))
    return ":".join(str(value) for value in (*counts.values(), *apart.values()))


def _group(gallery: Gallery) -> list[list[int]]:
    looks = PhotoLook.objects.filter(gallery=gallery).hashed()
    newest = looks.order_by("-photo").values("photo")[:MOST_COMPARED]
    best_first = looks.filter(photo__in=newest).order_by(
        (F("photo__width") * F("photo__height")).desc(nulls_last=True),
        "-sharpness",
        "-photo__byte_size",
        "photo",
    )
    rows = np.array(list(best_first.values_list("photo", "hash")), np.int64).reshape(-1, 2)
    place_of = {photo: place for place, photo in enumerate(rows[:, 0].tolist())}
    pairs = DistinctPair.objects.filter(gallery=gallery).values_list("one", "other")
    apart = {
        frozenset((place_of[one], place_of[other]))
        for one, other in pairs
        if one in place_of and other in place_of
    }
    groups = group_near(rows[:, 1].view(np.uint64), apart, MOST_IN_GROUP)
    return [rows[group, 0].tolist() for group in groups]


@transaction.atomic
def keep_best(gallery: Gallery, choices: Iterable[Choice], user: User) -> Deletion | None:
    """Delete all but the chosen ones, which take their places in albums; one step to take back.

    None where there is nothing to delete.
    """
    ledger.lock_gallery(gallery.pk)
    chosen = list(choices)
    doomed = [photo for choice in chosen for photo in choice.others]
    if not doomed:
        return None
    places = [place for choice in chosen for place in _inherit_places(choice)]
    return trash.throw_away(doomed, user, places)


def _inherit_places(choice: Choice) -> list[int]:
    """Put a photo into the albums of those that go. Returns the new places."""
    albums = AlbumPhoto.objects.filter(photo__in=choice.others).values_list("album", flat=True)
    new = []
    for album in albums.order_by("album").distinct():
        place, is_new = AlbumPhoto.objects.get_or_create(
            gallery_id=choice.kept.gallery_id, album_id=album, photo=choice.kept
        )
        if is_new:
            new.append(place.pk)
    return new


def keep_all(gallery: Gallery, photos: Sequence[Photo]) -> None:
    """Remember that these are not to be shown as duplicates of each other again."""
    keys = sorted(photo.pk for photo in photos)
    DistinctPair.objects.bulk_create(
        [
            DistinctPair(gallery=gallery, one_id=one, other_id=other)
            for one, other in combinations(keys, 2)
        ],
        ignore_conflicts=True,
    )
