"""Where photos may belong, as the classifier of albums in use has it.

When a version is put to use all photos are judged once, in steps; from then on each as it is
looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from django.db import transaction

from faceengine.training.head import Head
from faceengine.training.regression import Floats
from galleries import ledger
from galleries.models import Album, AlbumGuess, Classifier, Photo, PhotoVector, SceneModel, Sorting
from galleries.training.heads import head_in

#: A step takes a fraction of a second; of 1,280 dimensions so many vectors take 5 MB.
PHOTOS_AT_ONCE = 1000
#: A photo is not offered for an album that it belongs to less likely than not.
LEAST_PROBABILITY = 0.5


def begin(classifier: Classifier) -> None:
    """Judge all photos of its gallery by it, if it tells albums apart, and forget the guesses of
    the version before. Under the gallery's lock."""
    end(classifier)
    if classifier.task == Classifier.Task.IMAGES:
        Sorting.objects.create(classifier=classifier, gallery_id=classifier.gallery_id)


def end(classifier: Classifier) -> None:
    """Forget the guesses of a classifier's gallery and task. Under the gallery's lock."""
    own = Sorting.objects.filter(gallery=classifier.gallery_id, classifier__task=classifier.task)
    own.delete()


def work_off() -> bool:
    """Judge some photos of one gallery. Returns whether there were any to be judged."""
    rows = Sorting.objects.unfinished().select_related("classifier").order_by("pk")
    sorting = rows.first()
    if sorting is None:
        return False
    head = head_in(sorting.classifier.file, sorting.classifier.made_of)
    vectors = _vectors_after(sorting) if head else {}
    guesses = _judge(head, vectors) if head else {}
    _store(sorting, list(vectors), guesses)
    return True


def judge(photo: Photo, vectors: Mapping[SceneModel, Floats]) -> None:
    """Note where a photo may belong that was looked at just now. Under the gallery's lock."""
    own = Sorting.objects.filter(gallery=photo.gallery_id).select_related("classifier")
    sorting = own.first()
    if sorting is None:
        return
    made_of = sorting.classifier.made_of
    vector = next((seen for model, seen in vectors.items() if model.key == made_of), None)
    head = head_in(sorting.classifier.file, made_of)
    if vector is None or head is None:
        return
    sorting.guesses.filter(photo=photo).delete()
    _write(sorting, _judge(head, {photo.pk: vector}))


def _vectors_after(sorting: Sorting) -> dict[int, Floats]:
    """Of the photos that come next, by their keys."""
    own = PhotoVector.objects.filter(
        gallery=sorting.gallery_id,
        model__key=sorting.classifier.made_of,
        photo__gt=sorting.last_photo,
    )
    rows = own.order_by("photo").values_list("photo", "vector")[:PHOTOS_AT_ONCE]
    return {photo: np.array(vector, np.float32) for photo, vector in rows}


def _judge(head: Head, vectors: Mapping[int, Floats]) -> dict[int, tuple[int, float]]:
    """The album that each photo may belong to, and how likely that is; without those of which
    nothing can be said."""
    if not vectors:
        return {}
    judged = head.judge(np.stack(list(vectors.values())))
    return {
        photo: (int(head.names[label]), probability)
        for photo, label, probability, is_known in zip(
            vectors,
            judged.labels.tolist(),
            judged.probability.tolist(),
            judged.is_known.tolist(),
            strict=True,
        )
        if is_known and probability >= LEAST_PROBABILITY
    }


@transaction.atomic
def _store(sorting: Sorting, photos: list[int], guesses: Mapping[int, tuple[int, float]]) -> None:
    """Unless another worker was faster, or the classifier is not used any more."""
    ledger.lock_gallery(sorting.gallery_id)
    ours = Sorting.objects.filter(pk=sorting.pk, last_photo=sorting.last_photo)
    last = photos[-1] if photos else sorting.last_photo
    if ours.update(last_photo=last, is_done=len(photos) < PHOTOS_AT_ONCE):
        _write(sorting, guesses)


def _write(sorting: Sorting, guesses: Mapping[int, tuple[int, float]]) -> None:
    """Those of photos and albums that are there still."""
    albums = {album for album, _ in guesses.values()}
    there = set(Album.objects.filter(pk__in=albums).values_list("pk", flat=True))
    photos = Photo.objects.filter(gallery=sorting.gallery_id, pk__in=guesses)
    rows = [
        AlbumGuess(
            gallery_id=sorting.gallery_id,
            sorting=sorting,
            album_id=guesses[photo][0],
            photo_id=photo,
            probability=guesses[photo][1],
        )
        for photo in photos.values_list("pk", flat=True)
        if guesses[photo][0] in there
    ]
    # one that was looked at since is judged already
    AlbumGuess.objects.bulk_create(rows, ignore_conflicts=True)
