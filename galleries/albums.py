"""Photos are put into albums, and what people say to a classifier's guesses is remembered."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction

from accounts.models import User
from galleries.models import Album, AlbumAnswer, AlbumPhoto, Photo


def put(album: Album, photos: Iterable[Photo]) -> list[Photo]:
    """Put photos of its gallery into an album. Returns those that were not in it before."""
    wanted = list(photos)
    there = AlbumPhoto.objects.filter(album=album, photo__in=wanted)
    known = set(there.values_list("photo", flat=True))
    added = [photo for photo in wanted if photo.pk not in known]
    places = [AlbumPhoto(gallery_id=album.gallery_id, album=album, photo=photo) for photo in added]
    # somebody may do the same at this moment
    AlbumPhoto.objects.bulk_create(places, ignore_conflicts=True)
    return added


@transaction.atomic
def accept(album: Album, photos: Iterable[Photo], actor: User) -> Sequence[AlbumAnswer]:
    """Put photos into an album so that it can be taken back; those in it already take no part."""
    return _remember(album, put(album, photos), actor, is_here=True)


@transaction.atomic
def refuse(album: Album, photos: Iterable[Photo], actor: User) -> Sequence[AlbumAnswer]:
    """Remember that photos do not belong to an album, so that no classifier says so again."""
    return _remember(album, photos, actor, is_here=False)


@transaction.atomic
def take_back(answers: Sequence[AlbumAnswer]) -> None:
    """As if answers to one album had not been given: photos leave it, and may be offered again."""
    placed = [answer.photo_id for answer in answers if answer.is_here]
    album = answers[0].album_id
    AlbumPhoto.objects.filter(album=album, photo__in=placed).delete()
    AlbumAnswer.objects.filter(pk__in=[answer.pk for answer in answers]).delete()


def _remember(
    album: Album, photos: Iterable[Photo], actor: User, *, is_here: bool
) -> Sequence[AlbumAnswer]:
    """All in one round; what was said before of the same photos holds no longer."""
    this_round = uuid.uuid4()
    answers = [
        AlbumAnswer(
            gallery_id=album.gallery_id,
            album=album,
            photo=photo,
            user=actor,
            is_here=is_here,
            round=this_round,
        )
        for photo in photos
    ]
    return AlbumAnswer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=["album", "photo"],
        update_fields=["user", "is_here", "round", "answered_at"],
    )
