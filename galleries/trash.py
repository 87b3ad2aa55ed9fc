"""Deleting photos so that they can be brought back, for some weeks.

Their rows leave every table at once, so nothing has to remember to leave them out: neither a
search nor a count, a list, a file or the matcher can show them. What the rows said is kept as text
in `DeletedPhoto`, and the files stay where no address leads to them. Vectors are not kept: photos
that come back are looked at anew, and keep their faces as in any other analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from galleries import analysis, derivatives, ledger, snapshots
from galleries.models import AlbumPhoto, DeletedPhoto, Deletion, Person, Photo
from galleries.models.deletion import DeletionQuerySet


class PhotosGoneError(Exception):
    """Nothing is left to delete; str() says so."""

    def __init__(self) -> None:
        super().__init__("This was deleted already.")


@transaction.atomic
def throw_away(photos: Sequence[Photo], user: User, places: Sequence[int] = ()) -> Deletion:
    """Delete photos of one gallery with all that is known of them; `bring_back` is the inverse.

    Args: `places` are those in albums that other photos have taken over from these.
    Raises: PhotosGoneError when somebody else has deleted all of them at this moment.
    """
    if not photos:
        raise PhotosGoneError
    gallery_id = photos[0].gallery_id
    ledger.lock_gallery(gallery_id)
    asked = Photo.objects.filter(pk__in=[photo.pk for photo in photos], gallery=gallery_id)
    doomed = list(asked.order_by("pk"))
    if not doomed:
        raise PhotosGoneError
    rows = snapshots.take(doomed)
    deletion = Deletion.objects.create(
        gallery_id=gallery_id,
        user=user,
        photo_count=len(doomed),
        places=list(places),
        covers=_covers_from(doomed),
    )
    DeletedPhoto.objects.bulk_create(
        DeletedPhoto(
            gallery_id=gallery_id,
            deletion=deletion,
            sha256=photo.sha256,
            name=photo.name,
            rows=rows[photo.pk],
        )
        for photo in doomed
    )
    Photo.objects.filter(pk__in=rows).delete()
    return deletion


@transaction.atomic
def bring_back(deletion: Deletion) -> int:
    """Write photos again as they were, and queue them to be looked at. Returns how many.

    Somebody who was purged or removed since does not return with them, nor does an album.
    """
    # an upload of one of these contents holds its lock, and then waits for that of the gallery
    for sha256 in deletion.photos.order_by("sha256").values_list("sha256", flat=True):
        derivatives.lock_files(Photo(gallery_id=deletion.gallery_id, sha256=sha256))
    ledger.lock_gallery(deletion.gallery_id)
    there = Deletion.objects.filter(pk=deletion.pk).first()
    if there is None:
        return 0
    photos = list(there.photos.all())
    _write_again(photos, there)
    AlbumPhoto.objects.filter(gallery=there.gallery_id, pk__in=there.places).delete()
    there.delete()
    return len(photos)


@transaction.atomic
def bring_back_content(gallery_id: int, sha256: str) -> Photo | None:
    """Write one photo again of which somebody has the file, if it was deleted.

    The caller holds the lock of its files.
    """
    ledger.lock_gallery(gallery_id)
    found = DeletedPhoto.objects.filter(gallery=gallery_id, sha256=sha256)
    photo = found.select_related("deletion").first()
    if photo is None:
        return None
    _write_again([photo], photo.deletion)
    _take_out(photo)
    return Photo.objects.get(gallery=gallery_id, sha256=sha256)


@transaction.atomic
def bring_back_one(photo: DeletedPhoto) -> int:
    """Of a deletion of many; the others stay deleted. Returns how many: 1, or 0 if it has gone."""
    derivatives.lock_files(Photo(gallery_id=photo.gallery_id, sha256=photo.sha256))
    return 1 if bring_back_content(photo.gallery_id, photo.sha256) else 0


@transaction.atomic
def forget_one(photo: DeletedPhoto) -> None:
    """As `forget`, of one photo of a deletion of many."""
    ledger.lock_gallery(photo.gallery_id)
    there = DeletedPhoto.objects.named().filter(pk=photo.pk).first()
    if there is not None:
        _take_out(there)
        content = Photo(gallery_id=photo.gallery_id, sha256=photo.sha256)
        transaction.on_commit(partial(derivatives.remove_files, [content]))


@transaction.atomic
def forget(deletions: DeletionQuerySet) -> int:
    """Delete for good what could be brought back, with its files. Returns how many photos."""
    galleries = set(deletions.order_by().values_list("gallery", flat=True))
    for gallery_id in sorted(galleries):
        ledger.lock_gallery(gallery_id)
    doomed = deletions.filter(gallery__in=galleries)
    rows = DeletedPhoto.objects.filter(deletion__in=doomed).values_list("gallery", "sha256")
    contents = [Photo(gallery_id=gallery, sha256=sha256) for gallery, sha256 in rows]
    Deletion.objects.filter(pk__in=doomed.values("pk")).delete()
    transaction.on_commit(partial(derivatives.remove_files, contents))
    return len(contents)


def forget_old() -> None:
    """As `forget`, of what nobody has brought back in time; one deletion after the other."""
    oldest = timezone.now() - timedelta(days=settings.LIKENESS_TRASH_DAYS)
    for deletion in Deletion.objects.older_than(oldest).values_list("pk", flat=True):
        forget(Deletion.objects.filter(pk=deletion))


def _take_out(photo: DeletedPhoto) -> None:
    """Let a deletion be without a photo, and go with its last."""
    photo.delete()
    own = Deletion.objects.filter(pk=photo.deletion_id)
    own.update(photo_count=F("photo_count") - 1)
    own.filter(photo_count=0).delete()


def _write_again(photos: Sequence[DeletedPhoto], deletion: Deletion) -> None:
    snapshots.write_again(row for photo in photos for row in photo.rows)
    for person, face in deletion.covers.items():
        bare = Person.objects.present().filter(pk=person, cover=None, faces=face)
        bare.update(cover=face)
    contents = [photo.sha256 for photo in photos]
    returned = Photo.objects.filter(gallery=deletion.gallery_id).of_contents(contents)
    analysis.enqueue(returned.select_related("gallery"))


def _covers_from(photos: Sequence[Photo]) -> dict[str, int]:
    """Which of their faces stand for persons, by the key of the person as JSON has it."""
    persons = Person.objects.filter(cover__photo__in=photos).values_list("pk", "cover")
    return {str(person): face for person, face in persons if face}
