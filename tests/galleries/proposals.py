"""Faces that wait, persons made of them, and what a regrouping proposes."""

from collections.abc import Callable

from accounts.models import User
from galleries import ledger
from galleries.ledger import Place
from galleries.models import Action, AssignedBy, Face, Gallery, Line, Person, Proposal
from galleries.regrouping import work

State, Kind = Proposal.State, Line.Kind
#: Adds photos of one person each, whose faces wait: by colour and number.
AddWaiting = Callable[[str, int], list[Face]]


def put(faces: list[Face], place: Place) -> None:
    """As the matcher does: nothing that a human decided."""
    batch = ledger.open_batch(faces[0].gallery_id, Action.ASSIGN)
    ledger.move_faces(batch, [face.pk for face in faces], place)


def person_of(faces: list[Face], name: str = "", by: AssignedBy = AssignedBy.MATCHER) -> Person:
    person = Person.objects.create(gallery_id=faces[0].gallery_id, name=name)
    put(faces, Place(person.pk, by, 0.9 if by == AssignedBy.MATCHER else None))
    return person


def propose(gallery: Gallery, actor: User) -> Proposal:
    proposal = work.ask(gallery, actor)
    assert work.work_off()
    proposal.refresh_from_db()
    assert proposal.state == State.READY
    return proposal


def kinds(proposal: Proposal) -> list[str]:
    return list(proposal.lines.values_list("kind", flat=True))
