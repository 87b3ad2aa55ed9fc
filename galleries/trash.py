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


@transaction.atomic
def throw_away(photos: Sequence[Photo], user: User, places: Sequence[int] = ()) -> Deletion:
    """Delete photos of one gallery with all that is known of them; `bring_back` is the inverse.

    Args: `places` are those in albums that other photos have taken over from these.
    """
    gallery_id = photos[0].gallery_id
    ledger.lock_gallery(gallery_id)
    doomed = list(Photo.objects.filter(pk__in=[photo.pk for photo in photos], gallery=gallery_id))
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
    there = Deletion.objects.select_for_update().filter(pk=deletion.pk).first()
    if there is None:
        return 0
    photos = list(there.photos.order_by("sha256"))
    _write_again(photos, there)
    AlbumPhoto.objects.filter(gallery=there.gallery_id, pk__in=there.places).delete()
    there.delete()
    return len(photos)


@transaction.atomic
def bring_back_content(gallery_id: int, sha256: str) -> Photo | None:
    """Write one photo again of which somebody has the file, if it was deleted."""
    found = DeletedPhoto.objects.filter(gallery=gallery_id, sha256=sha256)
    found = found.select_for_update(of=("self",)).select_related("deletion")
    photo = found.first()
    if photo is None:
        return None
    deletion = photo.deletion
    _write_again([photo], deletion)
    photo.delete()
    own = Deletion.objects.filter(pk=deletion.pk)
    own.update(photo_count=F("photo_count") - 1)
    own.filter(photo_count=0).delete()
    return Photo.objects.get(gallery=gallery_id, sha256=sha256)


@transaction.atomic
def forget(deletions: DeletionQuerySet) -> int:
    """Delete for good what could be brought back, with its files. Returns how many photos."""
    doomed = list(deletions.select_for_update())
    photos = DeletedPhoto.objects.filter(deletion__in=doomed)
    contents = [Photo(gallery_id=row.gallery_id, sha256=row.sha256) for row in photos.defer("rows")]
    Deletion.objects.filter(pk__in=[row.pk for row in doomed]).delete()
    transaction.on_commit(partial(derivatives.remove_files, contents))
    return len(contents)


def forget_old() -> int:
    """As `forget`, of what nobody has brought back in time."""
    oldest = timezone.now() - timedelta(days=settings.LIKENESS_TRASH_DAYS)
    return forget(Deletion.objects.older_than(oldest))


def _write_again(photos: Sequence[DeletedPhoto], deletion: Deletion) -> None:
    # an upload of the same content holds this lock, and then waits for that of the gallery
    for photo in photos:
        derivatives.lock_files(Photo(gallery_id=photo.gallery_id, sha256=photo.sha256))
    ledger.lock_gallery(deletion.gallery_id)
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
