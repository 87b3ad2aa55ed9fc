"""Where photos may belong, as the classifier of albums in use has it.

When a version is put to use all photos are judged once, in steps; from then on each as it is
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import transaction

from faceengine.training.belonging import Belonging
from faceengine.training.head import Head
from faceengine.training.regression import Floats
from galleries import ledger
from galleries.models import (
    Album,
    AlbumGuess,
    AlbumPhoto,
    Classifier,
    Photo,
    PhotoVector,
    SceneModel,
    Sorting,
)
from galleries.training.figures import belonging_of
from galleries.training.heads import head_in

#: A step takes a second or two; of 1,280 dimensions so many vectors take 5 MB.
PHOTOS_AT_ONCE = 1000
#: A photo is not offered for an album that it belongs to less likely than not.
LEAST_PROBABILITY = 0.5


class Guess(NamedTuple):
    """The album that a photo may belong to, and how likely that is, 0 to 1."""

    album_id: int
    probability: float


@dataclass(frozen=True, slots=True)
class Judge:
    """A classifier of albums, and how sure it may be that a photo belongs to one of them."""

    head: Head
    belonging: Belonging

    def guess(self, vectors: Mapping[int, Floats]) -> dict[int, Guess]:
        """Where photos may belong, by their keys; without those of which nothing can be said."""
        if not vectors:
            return {}
        judged = self.head.judge(np.stack(list(vectors.values())))
        likely = judged.probability * self.belonging.probability(judged.similarity)
        return {
            photo: Guess(int(self.head.names[label]), probability)
            for photo, label, probability, is_known in zip(
                vectors,
                judged.labels.tolist(),
                likely.tolist(),
                judged.is_known.tolist(),
                strict=True,
            )
            if is_known and probability >= LEAST_PROBABILITY
        }


def begin(classifier: Classifier) -> None:
    """Judge all photos of its gallery by it, if it tells albums apart, and forget the guesses of
    the version before. Under the gallery's lock."""
    if classifier.task == Classifier.Task.IMAGES:
        Sorting.objects.filter(gallery=classifier.gallery_id).delete()
        Sorting.objects.create(classifier=classifier, gallery_id=classifier.gallery_id)


def end(classifier: Classifier) -> None:
    """Forget its guesses, if it has any. Under the gallery's lock."""
    Sorting.objects.filter(classifier=classifier).delete()


def work_off() -> bool:
    """Judge some photos of one gallery. Returns whether there were any to be judged."""
    rows = Sorting.objects.unfinished().select_related("classifier").order_by("pk")
    sorting = rows.first()
    if sorting is None:
        return False
    by = _judge_of(sorting)
    vectors = _vectors_after(sorting) if by else {}
    _store(sorting, list(vectors), by.guess(vectors) if by else {})
    return True


def judge(photo: Photo, vectors: Mapping[SceneModel, Floats]) -> None:
    """Note where a photo may belong that was looked at just now. Under the gallery's lock."""
    own = Sorting.objects.filter(gallery=photo.gallery_id).select_related("classifier")
    sorting = own.first()
    if sorting is None:
        return
    made_of = sorting.classifier.made_of
    vector = next((seen for model, seen in vectors.items() if model.key == made_of), None)
    by = _judge_of(sorting)
    if vector is None or by is None:
        return
    sorting.guesses.filter(photo=photo).delete()
    _write(sorting, by.guess({photo.pk: vector}))


def _judge_of(sorting: Sorting) -> Judge | None:
    """None where the weights are gone."""
    head = head_in(sorting.classifier.file, sorting.classifier.made_of)
    belonging = belonging_of(sorting.classifier)
    return Judge(head, belonging) if head and belonging else None


def _vectors_after(sorting: Sorting) -> dict[int, Floats]:
    """Of the photos that come next, by their keys."""
    own = PhotoVector.objects.filter(
        gallery=sorting.gallery_id,
        model__key=sorting.classifier.made_of,
        photo__gt=sorting.last_photo,
    )
    rows = own.order_by("photo").values_list("photo", "vector")[:PHOTOS_AT_ONCE]
    return {photo: np.array(vector, np.float32) for photo, vector in rows}


@transaction.atomic
def _store(sorting: Sorting, photos: list[int], guesses: Mapping[int, Guess]) -> None:
    """Unless another worker was faster, or the classifier is not used any more."""
    ledger.lock_gallery(sorting.gallery_id)
    ours = Sorting.objects.filter(pk=sorting.pk, last_photo=sorting.last_photo)
    last = photos[-1] if photos else sorting.last_photo
    if ours.update(last_photo=last, is_done=len(photos) < PHOTOS_AT_ONCE):
        _write(sorting, guesses)


def _write(sorting: Sorting, guesses: Mapping[int, Guess]) -> None:
    """Those of photos and albums that are there still, unless the photo lies there already."""
    albums = {guess.album_id for guess in guesses.values()}
    there = set(Album.objects.filter(pk__in=albums).values_list("pk", flat=True))
    places = AlbumPhoto.objects.filter(photo__in=guesses, album__in=albums)
    placed = set(places.values_list("photo", "album"))
    photos = Photo.objects.filter(gallery=sorting.gallery_id, pk__in=guesses)
    rows = [
        AlbumGuess(
            gallery_id=sorting.gallery_id,
            sorting=sorting,
            album_id=guesses[photo].album_id,
            photo_id=photo,
            probability=guesses[photo].probability,
        )
        for photo in photos.values_list("pk", flat=True)
        if guesses[photo].album_id in there and (photo, guesses[photo].album_id) not in placed
    ]
    # one that was looked at since is judged already
    AlbumGuess.objects.bulk_create(rows, ignore_conflicts=True)
