"""What people decide about a face where they see it in its photo; as in `identities`, one batch."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from faceengine.faces import Box
from galleries import faces, ledger
from galleries.decisions import IdentityError, begin, present, tidy
from galleries.ledger import NOWHERE, Place
from galleries.merging import absorb
from galleries.models import Action, Batch, Face, Person, Photo


@transaction.atomic
def draw_face(photo: Photo, box: Box, actor: User) -> tuple[Batch, Face]:
    """Add a face that no detector has found. `analysis.look_again` describes it.

    Raises: IdentityError when the box is too small, when the photo has a face there already, or is
    gone.
    """
    ledger.lock_gallery(photo.gallery_id)
    box = box.clipped()
    if not Photo.objects.filter(pk=photo.pk).exists():
        raise IdentityError("This photo was deleted meanwhile.")
    if not faces.is_large_enough(photo, box):
        raise IdentityError("This box is too small: draw it around the whole face.")
    if faces.find_at(photo, box):
        raise IdentityError("There is a face already where you drew. Choose it to name it.")
    batch = ledger.open_batch(photo.gallery_id, Action.DRAW, actor=actor)
    face = faces.add_drawn(photo, box)
    ledger.move_faces(batch, [face.pk], NOWHERE)
    face.refresh_from_db()
    return ledger.close_batch(batch), face


@transaction.atomic
def name_group(person: Person, face: Face, name: str, actor: User) -> Batch:
    """Name a person who has no name by one of the faces, which is confirmed by that.

    Raises: IdentityError when the person is gone, or the name is too long.
    """
    name = tidy(name)
    batch = begin(person, Action.NAME, actor, target=name)
    ledger.change_person(batch, person, name=name, is_stranger=False)
    _confirm(batch, face, person)
    return ledger.close_batch(batch)


@transaction.atomic
def merge_group(person: Person, face: Face, target: Person, actor: User) -> Batch:
    """Say by one face of a person who has no name that it is somebody who is known.

    Raises: DifferentPeopleError when somebody told the two apart; IdentityError when one is gone.
    """
    batch = begin(target, Action.MERGE, actor, subject=str(person))
    ledger.accept(batch, [face.pk], target)
    absorb(batch, [person], target)
    _confirm(batch, face, target)
    return ledger.close_batch(batch)


def _confirm(batch: Batch, face: Face, person: Person) -> None:
    """Unless the face has moved on meanwhile."""
    if (face.pk, person.pk) in present([face], batch.gallery_id):
        ledger.move_faces(batch, [face.pk], Place.by_human(person))
