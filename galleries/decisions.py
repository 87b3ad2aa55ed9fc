"""How a decision about identities begins: under the gallery's lock, on what is there now.

What a door hands over was read before the lock, so persons and faces may have gone since; those of
another gallery count as gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from django.db.models import QuerySet

from accounts.models import User
from galleries import ledger
from galleries.ledger import NOWHERE, Place
from galleries.models import Action, AssignedBy, Batch, Face, Person

#: Those that a door has fetched, or a query of more than it would fetch.
Faces: TypeAlias = Sequence[Face] | QuerySet[Face]

NAME_LENGTH = 200
# whose batches say to whom the faces went
TOWARDS_THE_PERSON = {Action.MERGE, Action.MOVE}


class IdentityError(Exception):
    """A decision that cannot be carried out; the message says why and what to do."""


class DifferentPeopleError(IdentityError):
    """Somebody said before that these are two people."""


def begin(
    person: Person, action: Action, actor: User, *, subject: str = "", target: str = ""
) -> Batch:
    """Lock the gallery, see the person as it is now, and open a batch about it.

    Raises: IdentityError when the person is gone.
    """
    gallery_id = person.gallery_id
    ledger.lock_gallery(gallery_id)
    see(person, gallery_id)
    if action in TOWARDS_THE_PERSON:
        target = str(person)
    subject = subject or str(person)
    return ledger.open_batch(gallery_id, action, actor=actor, subject=subject, target=target)


def begin_without_person(faces: Faces, action: Action, actor: User, *, target: str = "") -> Batch:
    """Lock the gallery of the faces and open a batch about them.

    Raises: IdentityError when none of them is there.
    """
    first = faces.first() if isinstance(faces, QuerySet) else next(iter(faces), None)
    if first is None:
        raise IdentityError("Choose faces first.")
    gallery_id = first.gallery_id
    ledger.lock_gallery(gallery_id)
    if not present(faces, gallery_id):
        raise IdentityError("These faces were deleted meanwhile. Load the page again.")
    return ledger.open_batch(gallery_id, action, actor=actor, target=target)


def see(person: Person, gallery_id: int) -> None:
    """Bring a person up to date. Raises: IdentityError when it is gone."""
    see_all([person], gallery_id)
    person.refresh_from_db()


def see_all(persons: Iterable[Person], gallery_id: int) -> list[Person]:
    """Several persons as they are now. Raises: IdentityError when one of them is gone."""
    asked = list(persons)
    there = Person.objects.present().filter(gallery=gallery_id)
    found = there.in_bulk([person.pk for person in asked])
    for person in asked:
        if person.pk not in found:
            raise IdentityError(f"{person} was merged or deleted meanwhile. Load the page again.")
    return [found[person.pk] for person in asked]


def present(faces: Iterable[Face], gallery_id: int) -> list[tuple[int, int | None]]:
    """Ids of those faces that are there, each with the id of its person.

    The faces of a query are not fetched for it: ten thousand would take longer than moving them.
    """
    there = Face.objects.filter(gallery=gallery_id)
    if isinstance(faces, QuerySet):
        there = there.filter(pk__in=faces.values("pk"))
    else:
        there = there.filter(pk__in=[face.pk for face in faces])
    return list(there.order_by("pk").values_list("pk", "person"))


def take(batch: Batch, faces: Iterable[Face], person: Person) -> None:
    """Give faces to a person that was opened for them."""
    before = present(faces, batch.gallery_id)
    ledger.reject(batch, [(face, owner) for face, owner in before if owner])
    ledger.move_faces(batch, [face for face, _ in before], Place.by_human(person))


def tidy(name: str) -> str:
    """A name without needless spaces. Raises: IdentityError when it is too long."""
    words = " ".join(name.replace("\0", "").split())
    if len(words) > NAME_LENGTH:
        raise IdentityError(f"A name can have {NAME_LENGTH} characters. Give a shorter one.")
    return words


def list_names(persons: Iterable[Person]) -> str:
    """Names for the log, cut short where there are many."""
    names = [str(person) for person in persons]
    text = ", ".join(names[:3])
    return f"{text} and {len(names) - 3} more" if len(names) > 3 else text


def leave_photos_before_birth(batch: Batch, person: Person) -> None:
    if person.born_on is None:
        return
    guessed = Face.objects.of(person).filter(assigned_by=AssignedBy.MATCHER)
    taken = guessed.exclude(photo__taken_at=None).values_list("pk", "photo__taken_at")
    early = [face for face, at in taken if at and not person.was_born_by(at.date())]
    ledger.move_faces(batch, early, NOWHERE)
