"""Photos of a gallery that are the same picture, and keeping the best of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, F, Max, Sum

from accounts.models import User
from faceengine.scenes.hashing import NEAR, SURE, distance
from faceengine.scenes.near_duplicates import group_near
from galleries import ledger, trash
from galleries.models import AlbumPhoto, Deletion, DistinctPair, Face, Gallery, Photo, PhotoLook
from galleries.models.photo import PhotoQuerySet
from galleries.trash import PhotosGoneError

# 100,000 take a second and a half, and twice as many four times as long
MOST_COMPARED = 200_000
#: Photos of one group; what is more than that makes another one.
MOST_IN_GROUP = 24
#: Groups that are decided about in one step.
MOST_GROUPS = 12
REMEMBERED_SECONDS = 24 * 3600


class NotCopiesError(Exception):
    """Photos that are not the same picture; str() says what to do."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A photo of a group, whom it shows by name, and in how many bits its hash differs from that
    of the first; None where one has no hash any more."""

    photo: Photo
    names: Sequence[str]
    differing_bits: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that are the same picture, the best first."""

    copies: Sequence[Copy]

    @property
    def is_sure(self) -> bool:
        """Whether nobody has to look before all but the best are deleted.

        Things that are photographed alike, as in a catalogue, can be near without being the same.
        """
        return all(_is_within(SURE, copy.differing_bits) for copy in self.copies)

    @property
    def keys(self) -> str:
        """As the form of a whole page names it."""
        return ",".join(str(copy.photo.pk) for copy in self.copies)


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


def find_groups(photos: PhotoQuerySet, keys: Iterable[Sequence[int]]) -> list[Group]:
    """Groups of ids with what there is to be shown, without photos that went since."""
    asked = [list(group) for group in keys]
    there = photos.in_bulk([pk for group in asked for pk in group])
    names, hashes = _names_in(there), _hashes_of(there)
    left = [[there[pk] for pk in group if pk in there] for group in asked]
    return [
        Group(
            [
                Copy(photo, names.get(photo.pk, ()), _bits(hashes, group[0].pk, photo.pk))
                for photo in group
            ]
        )
        for group in left
        if len(group) > 1
    ]


def find_copies(gallery: Gallery, keys: Iterable[int]) -> dict[int, Photo]:
    """Photos that somebody decides about as one group, those that are still there, by their ids.

    Raises: NotCopiesError when they are no group.
    """
    asked = list(dict.fromkeys(keys))
    there = Photo.objects.filter(gallery=gallery).in_bulk(asked[: MOST_IN_GROUP + 1])
    hashes = _hashes_of(there)
    is_group = any(
        all(_is_within(NEAR, _bits(hashes, best, photo)) for photo in there) for best in there
    )
    if len(there) > MOST_IN_GROUP or (there and not is_group):
        raise NotCopiesError("These are not copies of one picture. Look at the duplicates again.")
    return {pk: there[pk] for pk in asked if pk in there}


def sure_choices(gallery: Gallery, keys: Sequence[Sequence[int]]) -> list[Choice]:
    """To keep the best of several groups at once: of those that are the same beyond doubt."""
    asked = _without_shared([group[:MOST_IN_GROUP] for group in keys[:MOST_GROUPS]])
    # whoever deleted the best one meanwhile did not mean that another one stays
    bests = {group[0] for group in asked if group}
    groups = find_groups(Photo.objects.filter(gallery=gallery), asked)
    chosen = [[copy.photo for copy in group.copies] for group in groups if group.is_sure]
    return [Choice(best, others) for best, *others in chosen if best.pk in bests]


def _without_shared(groups: Iterable[Sequence[int]]) -> list[Sequence[int]]:
    """Those that have no photo of an earlier one: else one might stay and go at once."""
    kept: list[Sequence[int]] = []
    taken: set[int] = set()
    for group in groups:
        if taken.isdisjoint(group):
            kept.append(group)
            taken.update(group)
    return kept


def _names_in(photos: Collection[int]) -> dict[int, list[str]]:
    """The named persons of each photo, by its id."""
    faces = Face.objects.real().filter(photo__in=photos).exclude(person=None)
    named = faces.exclude(person__name="").order_by("left", "pk")
    names: dict[int, list[str]] = defaultdict(list)
    for photo, name in named.values_list("photo", "person__name"):
        names[photo].append(name)
    return names


def _hashes_of(photos: Collection[int]) -> dict[int, int | None]:
    looks = PhotoLook.objects.filter(photo__in=photos).hashed()
    return dict(looks.values_list("photo", "hash"))


def _bits(hashes: Mapping[int, int | None], one: int, other: int) -> int | None:
    """In how many two photos differ, if both have a hash."""
    first, second = hashes.get(one), hashes.get(other)
    return None if first is None or second is None else distance(first, second)


def _is_within(most: int, bits: int | None) -> bool:
    return bits is not None and bits <= most


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


def keep_best(gallery: Gallery, choices: Iterable[Choice], user: User) -> Deletion | None:
    """Delete all but the chosen ones, which take their places in albums; one step to take back.

    None where there is nothing to delete.
    """
    try:
        return _keep_best(gallery, choices, user)
    except PhotosGoneError:
        return None


@transaction.atomic
def _keep_best(gallery: Gallery, choices: Iterable[Choice], user: User) -> Deletion:
    ledger.lock_gallery(gallery.pk)
    wanted = list(choices)
    there = Photo.objects.filter(gallery=gallery).in_bulk([choice.kept.pk for choice in wanted])
    chosen = [choice for choice in wanted if choice.kept.pk in there]
    doomed = [photo for choice in chosen for photo in choice.others]
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
