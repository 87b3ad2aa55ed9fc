"""What people decide about identities. Every door, from page to admin, calls these functions.

Each is one batch of the log, returned, which undo takes back; its `pk` is None if nothing changed.
What a human says is remembered: the matcher, regrouping and later models never go against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from galleries import ledger
from galleries.decisions import (
    Faces,
    IdentityError,
    begin,
    begin_without_person,
    leave_photos_before_birth,
    list_names,
    present,
    see,
    take,
    tidy,
)
from galleries.ledger import NOWHERE, Place
from galleries.merging import absorb
from galleries.models import (
    Action,
    Batch,
    Face,
    Person,
    Verdict,
)


@transaction.atomic
def name_person(person: Person, name: str, actor: User) -> Batch:
    """An empty name makes the person unnamed again. Raises: IdentityError when it is too long."""
    name = tidy(name)
    batch = begin(person, Action.NAME, actor, target=name)
    ledger.change_person(batch, person, name=name, is_stranger=False)
    return ledger.close_batch(batch)


@transaction.atomic
def edit_person(
    person: Person,
    actor: User,
    *,
    notes: str,
    born_on: date | None,
    user: User | None,
) -> Batch:
    """Change what is known about a person.

    Faces that the matcher found in photos from before the birth leave the person. Raises:
    IdentityError for a birth in the future, or an account that is no member of the gallery.
    """
    if born_on and born_on > timezone.localdate():
        raise IdentityError("This day of birth is in the future. Give an earlier one, or none.")
    batch = begin(person, Action.EDIT, actor)
    is_new = user is not None and user.pk != person.user_id
    if user and is_new and not user.galleries.filter(pk=person.gallery_id).exists():
        raise IdentityError(f"{user} is no member of this gallery. Invite the account first.")
    ledger.change_person(
        batch,
        person,
        notes=notes,
        born_on=born_on.isoformat() if born_on else None,
        user=user.pk if user else None,
    )
    leave_photos_before_birth(batch, person)
    return ledger.close_batch(batch)


@transaction.atomic
def set_cover(person: Person, face: Face, actor: User) -> Batch:
    """Raises: IdentityError when the face is not this person's."""
    batch = begin(person, Action.COVER, actor)
    if not Face.objects.of(person).filter(pk=face.pk).exists():
        raise IdentityError(f"This face is not {person}'s any more. Choose another as the cover.")
    ledger.change_person(batch, person, cover=face.pk)
    return ledger.close_batch(batch)


@transaction.atomic
def hide_person(person: Person, actor: User) -> Batch:
    return hide_persons([person], actor)


@transaction.atomic
def hide_persons(persons: Sequence[Person], actor: User) -> Batch:
    """Raises: IdentityError without persons."""
    if not persons:
        raise IdentityError("Choose the people to hide first.")
    batch = begin(persons[0], Action.HIDE, actor, subject=list_names(persons))
    there = Person.objects.present().filter(pk__in=[person.pk for person in persons])
    ledger.change_persons(batch, [(person, {"is_hidden": True}) for person in there])
    return ledger.close_batch(batch)


@transaction.atomic
def show_person(person: Person, actor: User) -> Batch:
    """Show a hidden person, or one that was called a stranger, in the lists again."""
    batch = begin(person, Action.SHOW, actor)
    ledger.change_person(batch, person, is_hidden=False, is_stranger=False)
    return ledger.close_batch(batch)


@transaction.atomic
def delete_person(person: Person, actor: User) -> Batch:
    """Take a person away; the faces stay in their photos and wait for somebody."""
    batch = begin(person, Action.DELETE, actor)
    ledger.move_faces(batch, Face.objects.of(person).values_list("pk", flat=True), NOWHERE)
    ledger.change_person(batch, person, is_removed=True)
    return ledger.close_batch(batch)


@transaction.atomic
def mark_as_stranger(person: Person, actor: User) -> Batch:
    """Nobody is asked about this person again; its faces go on finding it."""
    batch = begin(person, Action.STRANGER, actor)
    ledger.change_person(batch, person, is_stranger=True)
    return ledger.close_batch(batch)


@transaction.atomic
def merge_persons(
    sources: Sequence[Person], target: Person, actor: User, *, even_if_different: bool = False
) -> Batch:
    """Make one person of several; what `target` does not know yet it takes from the others.

    Faces of which somebody said that they are not `target` go nowhere. Raises:
    DifferentPeopleError, unless `even_if_different`, when somebody told two of them apart;
    IdentityError when one of them is gone.
    """
    batch = begin(target, Action.MERGE, actor, subject=list_names(sources))
    sources = list({person.pk: person for person in sources if person.pk != target.pk}.values())
    absorb(batch, sources, target, even_if_different=even_if_different)
    return ledger.close_batch(batch)


@transaction.atomic
def split_person(
    person: Person, faces: Iterable[Face], actor: User, name: str = ""
) -> tuple[Batch, Person]:
    """Make a new person of some faces of a person; both are remembered as different people.

    Raises: IdentityError when none of the faces is this person's.
    """
    name = tidy(name)
    batch = begin(person, Action.SPLIT, actor)
    theirs = [face for face, owner in present(faces, person.gallery_id) if owner == person.pk]
    if not theirs:
        raise IdentityError(f"Choose the faces that are not {person} first.")
    newcomer = ledger.open_person(batch, name)
    ledger.reject(batch, [(face, person.pk) for face in theirs])
    ledger.move_faces(batch, theirs, Place.by_human(newcomer))
    ledger.tell_apart(batch, [(person.pk, newcomer.pk)])
    batch.target = str(newcomer)
    batch.save(update_fields=["target"])
    return ledger.close_batch(batch), newcomer


@transaction.atomic
def move_faces(faces: Iterable[Face], person: Person, actor: User) -> Batch:
    """Give faces to a person; of those that were another's it is remembered that they are not.

    The same for faces that the matcher gave to the person: then it confirms them.
    """
    batch = begin(person, Action.MOVE, actor)
    before = present(faces, person.gallery_id)
    moved = [face for face, _ in before]
    owners = {owner for _, owner in before if owner}
    if len(moved) == sum(owner == person.pk for _, owner in before) > 0:
        batch.action = Action.CONFIRM
    batch.subject = ledger.shorten(list_names(Person.objects.filter(pk__in=owners)))
    batch.save(update_fields=["action", "subject"])
    ledger.accept(batch, moved, person)
    ledger.reject(batch, [(face, owner) for face, owner in before if owner and owner != person.pk])
    ledger.move_faces(batch, moved, Place.by_human(person))
    return ledger.close_batch(batch)


@transaction.atomic
def open_person_of(faces: Sequence[Face], actor: User, name: str) -> tuple[Batch, Person]:
    """Name faces that nobody has yet. Raises: IdentityError without faces."""
    name = tidy(name)
    batch = begin_without_person(faces, Action.NAME, actor, target=name)
    person = ledger.open_person(batch, name)
    take(batch, faces, person)
    return ledger.close_batch(batch), person


@transaction.atomic
def mark_faces_as_stranger(faces: Sequence[Face], actor: User) -> Batch:
    """Ignore whoever this is: nobody is asked about these faces and those like them again.

    Raises: IdentityError without faces.
    """
    batch = begin_without_person(faces, Action.STRANGER, actor)
    take(batch, faces, ledger.open_person(batch, is_stranger=True))
    return ledger.close_batch(batch)


@transaction.atomic
def reject_faces(faces: Iterable[Face], person: Person, actor: User) -> Batch:
    """These faces are not this person. They wait for somebody else."""
    batch = begin(person, Action.REJECT, actor)
    rejected = present(faces, person.gallery_id)
    ledger.reject(batch, [(face, person.pk) for face, _ in rejected])
    theirs = [face for face, owner in rejected if owner == person.pk]
    ledger.move_faces(batch, theirs, NOWHERE)
    return ledger.close_batch(batch)


@transaction.atomic
def mark_as_no_faces(faces: Faces, actor: User) -> Batch:
    """These are not faces. Raises: IdentityError without faces."""
    batch = begin_without_person(faces, Action.NOT_A_FACE, actor)
    there = [face for face, _ in present(faces, batch.gallery_id)]
    ledger.move_faces(batch, there, Place(verdict=Verdict.NOT_A_FACE))
    return ledger.close_batch(batch)


@transaction.atomic
def tell_apart(one: Person, other: Person, actor: User) -> Batch:
    """These two are different people: nothing proposes to merge them again.

    Raises: IdentityError when one of them is gone, or both are the same.
    """
    batch = begin(one, Action.DIFFERENT, actor, target=str(other))
    see(other, one.gallery_id)
    if one == other:
        raise IdentityError("Choose two persons: nobody is somebody else than themselves.")
    ledger.tell_apart(batch, [(one.pk, other.pk)])
    return ledger.close_batch(batch)
