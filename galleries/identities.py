"""What people decide about identities. Every door, from page to admin, calls these functions.

Each is one batch of the log, returned, which undo takes back; its `pk` is None if nothing changed.
What a human says is remembered: the matcher, regrouping and later models never go against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db import transaction

from accounts.models import User
from galleries import ledger
from galleries.ledger import NOWHERE, Place
from galleries.models import Action, AssignedBy, Batch, Difference, Face, Person, Verdict


class IdentityError(Exception):
    """A decision that cannot be carried out; the message says why and what to do."""


class DifferentPeopleError(IdentityError):
    """Somebody said before that these are two people."""


@transaction.atomic
def name_person(person: Person, name: str, actor: User) -> Batch:
    batch = _begin(person, Action.NAME, actor, target=name)
    ledger.change_person(batch, person, name=name.strip(), is_stranger=False)
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

    Faces that the matcher found in photos from before the birth leave the person.
    """
    batch = _begin(person, Action.EDIT, actor)
    ledger.change_person(
        batch,
        person,
        notes=notes,
        born_on=born_on.isoformat() if born_on else None,
        user=user.pk if user else None,
    )
    if born_on:
        guessed = Face.objects.of(person).filter(assigned_by=AssignedBy.MATCHER)
        too_early = guessed.filter(photo__taken_at__date__lt=born_on)
        ledger.move_faces(batch, too_early.values_list("pk", flat=True), NOWHERE)
    return ledger.close_batch(batch)


@transaction.atomic
def set_cover(person: Person, face: Face, actor: User) -> Batch:
    """Raises: IdentityError when the face is not this person's."""
    batch = _begin(person, Action.COVER, actor)
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
    batch = _begin(persons[0], Action.HIDE, actor, subject=_list(persons))
    for person in persons:
        person.refresh_from_db()
        ledger.change_person(batch, person, is_hidden=True)
    return ledger.close_batch(batch)


@transaction.atomic
def show_person(person: Person, actor: User) -> Batch:
    """Show a hidden person, or one that was called a stranger, in the lists again."""
    batch = _begin(person, Action.SHOW, actor)
    ledger.change_person(batch, person, is_hidden=False, is_stranger=False)
    return ledger.close_batch(batch)


@transaction.atomic
def delete_person(person: Person, actor: User) -> Batch:
    """Take a person away; the faces stay in their photos and wait for somebody."""
    batch = _begin(person, Action.DELETE, actor)
    ledger.move_faces(batch, Face.objects.of(person).values_list("pk", flat=True), NOWHERE)
    ledger.change_person(batch, person, is_removed=True)
    return ledger.close_batch(batch)


@transaction.atomic
def mark_as_stranger(person: Person, actor: User) -> Batch:
    """Nobody is asked about this person again; its faces go on finding it."""
    batch = _begin(person, Action.STRANGER, actor)
    ledger.change_person(batch, person, is_stranger=True)
    return ledger.close_batch(batch)


@transaction.atomic
def merge_persons(
    sources: Sequence[Person], target: Person, actor: User, *, even_if_different: bool = False
) -> Batch:
    """Make one person of several; what `target` does not know yet it takes from the others.

    Faces of which somebody said that they are not `target` go nowhere. Raises:
    DifferentPeopleError, unless `even_if_different`, when somebody told two of them apart.
    """
    batch = _begin(target, Action.MERGE, actor, subject=_list(sources))
    sources = [person for person in sources if person.pk != target.pk]
    absorb(batch, sources, target, even_if_different=even_if_different)
    return ledger.close_batch(batch)


def absorb(
    batch: Batch, sources: Sequence[Person], target: Person, *, even_if_different: bool = False
) -> None:
    """Part of a batch: `sources` become one with `target`. Raises: DifferentPeopleError."""
    one_of_them = [person.pk for person in [*sources, target]]
    apart = Difference.objects.standing().filter(one__in=one_of_them, other__in=one_of_them)
    if even_if_different:
        apart.update(withdrawn_by=batch)
    elif difference := apart.select_related("one", "other").first():
        raise DifferentPeopleError(
            f"Somebody said that {difference.one} and {difference.other} are two people. "
            "Merge them all the same?"
        )
    for source in sources:
        source.refresh_from_db()
        ledger.hand_over(batch, source, target)
        ledger.inherit_rules(batch, source, target)
        _inherit_fields(batch, source, target)
        ledger.change_person(batch, source, is_removed=True)


def _inherit_fields(batch: Batch, source: Person, target: Person) -> None:
    for field in ("name", "notes", "born_on", "user", "cover"):
        known = ledger.field_of(source, field)
        if known and not ledger.field_of(target, field):
            ledger.change_person(batch, target, **{field: known})
    if target.is_stranger and not source.is_stranger:
        ledger.change_person(batch, target, is_stranger=False)


@transaction.atomic
def split_person(
    person: Person, faces: Iterable[Face], actor: User, name: str = ""
) -> tuple[Batch, Person]:
    """Make a new person of some faces of a person; both are remembered as different people.

    Raises: IdentityError when none of the faces is this person's.
    """
    batch = _begin(person, Action.SPLIT, actor)
    theirs = _ids(Face.objects.of(person).filter(pk__in=_ids(faces)))
    if not theirs:
        raise IdentityError(f"Choose the faces that are not {person} first.")
    newcomer = ledger.open_person(batch, name.strip())
    ledger.reject(batch, [(face, person.pk) for face in theirs])
    ledger.move_faces(batch, theirs, Place.by_human(newcomer))
    ledger.tell_apart(batch, [(person.pk, newcomer.pk)])
    _leave_cover(batch, person, theirs)
    batch.target = str(newcomer)
    batch.save(update_fields=["target"])
    return ledger.close_batch(batch), newcomer


@transaction.atomic
def move_faces(faces: Iterable[Face], person: Person, actor: User) -> Batch:
    """Give faces to a person; of those that were another's it is remembered that they are not.

    The same for faces that the matcher gave to the person: then it confirms them.
    """
    batch = _begin(person, Action.MOVE, actor, target=str(person))
    moved = list(Face.objects.filter(gallery_id=person.gallery_id, pk__in=_ids(faces)))
    before = [(face.pk, face.person_id) for face in moved if face.person_id]
    if moved and all(owner == person.pk for _, owner in before) and len(before) == len(moved):
        batch.action = Action.CONFIRM
    owners = Person.objects.in_bulk({owner for _, owner in before})
    batch.subject = _list(owners.values())
    batch.save(update_fields=["action", "subject"])
    ledger.accept(batch, _ids(moved), person)
    ledger.reject(batch, [(face, owner) for face, owner in before if owner != person.pk])
    ledger.move_faces(batch, _ids(moved), Place.by_human(person))
    for owner in owners.values():
        if owner.pk != person.pk:
            _leave_cover(batch, owner, _ids(moved))
    return ledger.close_batch(batch)


@transaction.atomic
def open_person_of(faces: Sequence[Face], actor: User, name: str) -> tuple[Batch, Person]:
    """Name faces that nobody has yet. Raises: IdentityError without faces."""
    if not faces:
        raise IdentityError("Choose the faces of this person first.")
    ledger.lock_gallery(faces[0].gallery_id)
    batch = ledger.open_batch(faces[0].gallery_id, Action.NAME, actor=actor, target=name.strip())
    person = ledger.open_person(batch, name.strip())
    _take(batch, faces, person)
    return ledger.close_batch(batch), person


@transaction.atomic
def mark_faces_as_stranger(faces: Sequence[Face], actor: User) -> Batch:
    """Ignore whoever this is: nobody is asked about these faces and those like them again.

    Raises: IdentityError without faces.
    """
    if not faces:
        raise IdentityError("Choose the faces of the stranger first.")
    ledger.lock_gallery(faces[0].gallery_id)
    batch = ledger.open_batch(faces[0].gallery_id, Action.STRANGER, actor=actor)
    _take(batch, faces, ledger.open_person(batch, is_stranger=True))
    return ledger.close_batch(batch)


@transaction.atomic
def reject_faces(faces: Iterable[Face], person: Person, actor: User) -> Batch:
    """These faces are not this person. They wait for somebody else."""
    batch = _begin(person, Action.REJECT, actor)
    rejected = Face.objects.filter(gallery_id=person.gallery_id, pk__in=_ids(faces))
    ledger.reject(batch, [(face, person.pk) for face in _ids(rejected)])
    theirs = _ids(rejected.filter(person=person))
    ledger.move_faces(batch, theirs, NOWHERE)
    _leave_cover(batch, person, theirs)
    return ledger.close_batch(batch)


@transaction.atomic
def mark_as_no_faces(faces: Sequence[Face], actor: User) -> Batch:
    """These are not faces. Raises: IdentityError without faces."""
    if not faces:
        raise IdentityError("Choose what is not a face first.")
    ledger.lock_gallery(faces[0].gallery_id)
    batch = ledger.open_batch(faces[0].gallery_id, Action.NOT_A_FACE, actor=actor)
    covered = Person.objects.filter(cover__in=_ids(faces))
    ledger.move_faces(batch, _ids(faces), Place(verdict=Verdict.NOT_A_FACE))
    for person in covered:
        ledger.change_person(batch, person, cover=None)
    return ledger.close_batch(batch)


@transaction.atomic
def tell_apart(one: Person, other: Person, actor: User) -> Batch:
    """These two are different people: nothing proposes to merge them again."""
    batch = _begin(one, Action.DIFFERENT, actor, target=str(other))
    ledger.tell_apart(batch, [(one.pk, other.pk)])
    return ledger.close_batch(batch)


def _begin(
    person: Person, action: Action, actor: User, *, subject: str = "", target: str = ""
) -> Batch:
    """Lock the gallery, see the person as it is now, and open a batch about it."""
    ledger.lock_gallery(person.gallery_id)
    person.refresh_from_db()
    if person.is_removed:
        raise IdentityError(f"{person} was merged or deleted meanwhile. Load the page again.")
    return ledger.open_batch(
        person.gallery_id,
        action,
        actor=actor,
        subject=subject or str(person),
        target=target or (str(person) if action == Action.MERGE else ""),
    )


def _take(batch: Batch, faces: Sequence[Face], person: Person) -> None:
    """Give faces to a person that was opened for them."""
    present = Face.objects.filter(pk__in=_ids(faces), gallery_id=batch.gallery_id)
    before = list(present.exclude(person=None).values_list("pk", "person"))
    ledger.reject(batch, [(face, owner) for face, owner in before if owner])
    ledger.move_faces(batch, _ids(present), Place.by_human(person))
    for owner in Person.objects.filter(pk__in={owner for _, owner in before}):
        _leave_cover(batch, owner, _ids(present))


def _leave_cover(batch: Batch, person: Person, gone: Sequence[int]) -> None:
    if person.cover_id in gone:
        ledger.change_person(batch, person, cover=None)


def _ids(faces: Iterable[Face]) -> list[int]:
    return [face.pk for face in faces]


def _list(persons: Iterable[Person]) -> str:
    """Names for the log, cut short where there are many."""
    names = [str(person) for person in persons]
    text = ", ".join(names[:3])
    return f"{text} and {len(names) - 3} more" if len(names) > 3 else text
