"""What an answer does: one batch of the log, and then the matcher looks at what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from accounts.models import User
from galleries import identities, ledger, people
from galleries.decisions import IdentityError, begin, begin_without_person, list_names, tidy
from galleries.ledger import NOWHERE, Place
from galleries.merging import absorb
from galleries.models import Action, Batch, Event, Face, FaceVector, Gallery, Person
from galleries.review.outlook import Outlook
from galleries.review.questions import Kind


class Answer(StrEnum):
    """`NAME` and `PERSON` say who it is, by what was typed or by what was suggested."""

    YES = "yes"
    NO = "no"
    NAME = "name"
    PERSON = "person"
    STRANGER = "stranger"
    NOT_A_FACE = "not-a-face"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a question about `faces`, of which `strays` were unticked.

    `person` is whom the question was about: the unnamed group, or who the faces may be. `known` is
    who they are instead, if the answer is a person that exists; otherwise `name` opens one.
    """

    kind: Kind
    answer: Answer
    faces: tuple[Face, ...]
    strays: tuple[Face, ...] = ()
    person: Person | None = None
    known: Person | None = None
    name: str = ""

    @property
    def everything(self) -> tuple[Face, ...]:
        """Ticked or not: a no is about all of them."""
        return (*self.faces, *self.strays)


@dataclass(frozen=True, slots=True)
class Done:
    """The batches of an answer, the human's first, and how many waiting faces followed."""

    batches: tuple[Batch, ...]
    followers: int


def carry_out(gallery: Gallery, reply: Reply, actor: User) -> Done:
    """Do what the reply says, and let waiting faces follow. Raises: IdentityError."""
    batch, person = _decide(reply, actor)
    strays = reply.everything if reply.answer == Answer.NO else reply.strays
    outlook = Outlook.of(gallery)
    outlook.forget(face.pk for face in strays)
    likely = outlook.follow(person) if person else []
    outlook.keep()
    followed = _match([*likely, *(face.pk for face in strays)], gallery)
    batches = tuple(item for item in (batch, followed) if item and item.pk is not None)
    return Done(batches, followed.face_count if followed and followed.pk else 0)


def _decide(reply: Reply, actor: User) -> tuple[Batch, Person | None]:
    """The batch, and the person that has changed by it, if any that others may follow."""
    if not reply.faces and reply.answer != Answer.NO:
        raise IdentityError("Tick at least one face.")
    match reply.answer:
        case Answer.NOT_A_FACE:
            return identities.mark_as_no_faces(reply.faces, actor), None
        case Answer.STRANGER:
            return _set_aside(reply, actor), None
        case Answer.NO if reply.person:
            return identities.reject_faces(reply.everything, reply.person, actor), None
        case Answer.YES if reply.person:
            return recognise(reply.person, reply.faces, actor, strays=reply.strays), reply.person
        case Answer.NAME | Answer.PERSON if reply.known or reply.name:
            return _name(reply, actor)
        case _:
            raise IdentityError("Type a name, or choose one of the answers.")


@transaction.atomic
def _set_aside(reply: Reply, actor: User) -> Batch:
    """A whole group where nobody was unticked; what was unticked is asked about again."""
    if reply.kind == Kind.GROUP and reply.person and not reply.strays:
        _check_namelessness(reply.person)
        return identities.mark_as_stranger(reply.person, actor)
    return identities.mark_faces_as_stranger(reply.faces, actor)


def _name(reply: Reply, actor: User) -> tuple[Batch, Person]:
    group = reply.person if reply.kind == Kind.GROUP else None
    strays = reply.strays
    if reply.known:
        batch = recognise(reply.known, reply.faces, actor, strays=strays, group=group)
        return batch, reply.known
    if group:
        batch = recognise(group, reply.faces, actor, strays=strays, name=reply.name)
        return batch, group
    return introduce(reply.name, reply.faces, actor, strays=strays)


@transaction.atomic
def recognise(
    person: Person,
    faces: Sequence[Face],
    actor: User,
    *,
    strays: Sequence[Face] = (),
    name: str = "",
    group: Person | None = None,
) -> Batch:
    """Say of faces that were looked at together: these are the person, and `strays` are not.

    With a `name` the person is called so from now on. With a `group`, the unnamed person that the
    faces were shown as, all of it becomes this person. Raises: IdentityError, also when somebody
    told both apart.
    """
    groups = [group] if group and group.pk != person.pk else []
    for nameless in [person, *groups] if name else groups:
        _check_namelessness(nameless)
    action = Action.MERGE if groups else Action.NAME if name else Action.CONFIRM
    subject = list_names(groups)
    batch = begin(person, action, actor, subject=subject, target=tidy(name) or str(person))
    _part_with(batch, strays, [person, *groups])
    if groups:
        absorb(batch, groups, person)
    if name:
        ledger.change_person(batch, person, name=tidy(name), is_stranger=False)
    _give(batch, faces, person)
    return ledger.close_batch(batch)


@transaction.atomic
def introduce(
    name: str, faces: Sequence[Face], actor: User, *, strays: Sequence[Face] = ()
) -> tuple[Batch, Person]:
    """Open a person of faces, and remember that `strays` are not that person.

    Raises: IdentityError without faces.
    """
    batch = begin_without_person(faces, Action.NAME, actor, target=tidy(name))
    person = ledger.open_person(batch, tidy(name))
    _part_with(batch, strays, [person])
    _give(batch, faces, person)
    return ledger.close_batch(batch), person


def _check_namelessness(group: Person) -> None:
    """Raises: IdentityError when somebody has answered the same question meanwhile."""
    ledger.lock_gallery(group.gallery_id)
    group.refresh_from_db()
    if group.name:
        raise IdentityError(f"Somebody named this person {group} meanwhile. Nothing was changed.")


def _part_with(batch: Batch, strays: Iterable[Face], persons: Sequence[Person]) -> None:
    """These faces are none of the persons; they wait for somebody else."""
    there = _present(batch, strays)
    for person in persons:
        ledger.reject(batch, [(face.pk, person.pk) for face in there])
        gone = [face.pk for face in there if face.person_id == person.pk]
        ledger.move_faces(batch, gone, NOWHERE)


def _give(batch: Batch, faces: Iterable[Face], person: Person) -> None:
    """These faces are the person; where that was known already, it is noted once more."""
    there = _present(batch, faces)
    keys = [face.pk for face in there]
    owners = [(face.pk, face.person_id) for face in there if face.person_id]
    ledger.accept(batch, keys, person)
    ledger.reject(batch, [(face, owner) for face, owner in owners if owner != person.pk])
    ledger.move_faces(batch, keys, Place.by_human(person))
    moved = set(Event.objects.filter(batch=batch).values_list("face", flat=True))
    _restate(batch, [face for face in there if face.pk not in moved])


def _restate(batch: Batch, faces: Iterable[Face]) -> None:
    """Events of faces that stay where they are: the review asks nobody about them again."""
    Event.objects.bulk_create(
        Event(
            gallery_id=batch.gallery_id,
            batch=batch,
            face=face,
            person_from_id=face.person_id,
            person_to_id=face.person_id,
            assigned_by_from=face.assigned_by,
            assigned_by_to=face.assigned_by,
            probability_from=face.probability,
            probability_to=face.probability,
        )
        for face in faces
    )


def _present(batch: Batch, faces: Iterable[Face]) -> list[Face]:
    """The faces as they are now, those of other galleries left out."""
    keys = [face.pk for face in faces]
    return list(Face.objects.real().filter(gallery_id=batch.gallery_id, pk__in=keys))


def _match(face_ids: Sequence[int], gallery: Gallery) -> Batch | None:
    """Let the matcher look anew at what the answer touched."""
    known = FaceVector.objects.filter(
        gallery=gallery, model=gallery.model, face__in=face_ids
    ).values("face")
    return people.assign(list(Face.objects.waiting().filter(pk__in=known)), gallery.model)
