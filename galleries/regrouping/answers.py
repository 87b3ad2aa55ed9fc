"""What people make of a proposal. Each line is looked at again, by what holds at that moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.models import User
from galleries import identities, ledger
from galleries.decisions import IdentityError
from galleries.ledger import Place
from galleries.models import Action, AssignedBy, Batch, Face, Line, LineFace, Person, Proposal
from galleries.models.proposal import LineQuerySet
from galleries.people import FACES_TO_OPEN_A_PERSON, TEMPLATES
from galleries.regrouping.material import Rules, rules_of

Kind, Outcome, State = Line.Kind, Line.Outcome, Proposal.State
#: A split is carried out before a merge takes the rest of the person away.
ORDER = (Kind.SPLIT, Kind.JOIN, Kind.NEW, Kind.MERGE)

#: Faces of a batch that are more than a few of all there were.
MANY_FACES = 1000


class ProposalGoneError(Exception):
    """The proposal is no longer open."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a proposal: its batch, and how many lines were carried out and passed over."""

    batch: Batch
    done: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Present:
    """A face of a line as it is now."""

    face: int
    photo: int
    person: int | None
    is_movable: bool
    is_strong: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One batch, and what holds while it is carried out."""

    batch: Batch
    rules: Rules
    faces: dict[int, list[Present]]


@transaction.atomic
def accept(proposal: Proposal, actor: User, *, only_ticked: bool) -> Accepted:
    """Carry out all lines, or the ticked ones, as one batch.

    Lines that somebody has decided about meanwhile are passed over. Raises: ProposalGoneError.
    """
    _see(proposal)
    lines = proposal.lines.standing()
    chosen = list(lines.ticked() if only_ticked else lines)
    batch = ledger.open_batch(
        proposal.gallery_id, Action.REGROUP, actor=actor, model=proposal.model
    )
    faces = _present(lines)
    moving = [item.face for items in faces.values() for item in items]
    acceptance = Acceptance(batch, rules_of(proposal.gallery_id, moving), faces)
    done = [line.pk for line in _in_order(chosen) if _carry_out(acceptance, line)]
    skipped = [line.pk for line in chosen if line.pk not in set(done)]
    Line.objects.filter(pk__in=done).update(outcome=Outcome.ACCEPTED)
    Line.objects.filter(pk__in=skipped).update(outcome=Outcome.SKIPPED)
    ledger.close_batch(batch)
    if batch.face_count >= MANY_FACES:
        _count_events_anew()
    proposal.state, proposal.batch = State.ACCEPTED, batch if batch.pk else None
    proposal.save(update_fields=["state", "batch"])
    return Accepted(batch, len(done), len(skipped))


def _count_events_anew() -> None:
    """Let PostgreSQL plan with the events that are there now.

    By what it knew before, an undo at once of 20,000 faces took 100 seconds, and 5 afterwards.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE galleries_event")


@transaction.atomic
def dismiss(proposal: Proposal) -> None:
    """Put a proposal away; nothing is remembered of it. Raises: ProposalGoneError."""
    _see(proposal, State.WAITING, State.RUNNING, State.READY)
    proposal.state, proposal.lease = State.DISMISSED, None
    proposal.save(update_fields=["state", "lease"])


@transaction.atomic
def refuse(line: Line, actor: User) -> Batch | None:
    """Say no to one line for ever, as a decision of its own that can be undone.

    The persons of a merge are two people, the faces of a split are all that person, and those that
    were to join are not. None for a new person: there is nothing to remember. Raises:
    IdentityError when a person is gone, ProposalGoneError.
    """
    _see(line.proposal)
    if line.outcome or line.person is None:
        return None
    faces = list(Face.objects.filter(pk__in=line.places.values("face")))
    person = line.person
    match line.kind:
        case Kind.MERGE if line.other:
            batch = identities.tell_apart(person, line.other, actor)
        case Kind.SPLIT:
            theirs = [face for face in faces if face.person_id == person.pk]
            batch = identities.move_faces([*theirs, *_others_of(line, person)], person, actor)
        case _:
            batch = identities.reject_faces(faces, person, actor)
    line.outcome, line.is_ticked = Outcome.REFUSED, False
    line.save(update_fields=["outcome", "is_ticked"])
    return batch


def _others_of(line: Line, person: Person) -> list[Face]:
    """The best faces of a person that no split would take away.

    With them on one side, and the faces of a split on the other, both are known as that person.
    """
    splits = line.proposal.lines.filter(kind=Kind.SPLIT, person=person)
    leaving = LineFace.objects.filter(line__in=splits).values("face")
    best = Face.objects.of(person).exclude(pk__in=leaving).order_by("-quality", "pk")
    return list(best[:TEMPLATES])


@transaction.atomic
def tick(lines: LineQuerySet, chosen: Iterable[int]) -> None:
    """Tick those of the lines whose keys are chosen, and untick the others."""
    ids = list(chosen)
    lines.filter(pk__in=ids).update(is_ticked=True)
    lines.exclude(pk__in=ids).update(is_ticked=False)


def _see(proposal: Proposal, *states: Proposal.State) -> None:
    """Lock the gallery and bring the proposal up to date. Raises: ProposalGoneError."""
    ledger.lock_gallery(proposal.gallery_id)
    proposal.refresh_from_db()
    if proposal.state not in (states or (State.READY,)):
        raise ProposalGoneError("This proposal is no longer open. Load the page again.")
    if proposal.model_id != proposal.gallery.model_id and not states:
        raise ProposalGoneError("This gallery uses another model by now. Compare the faces anew.")


def _present(lines: LineQuerySet) -> dict[int, list[Present]]:
    """The faces of each line that are there and no mistakes, the surest first."""
    rows = LineFace.objects.filter(line__in=lines.values("pk"), face__verdict="")
    fields = (
        "line",
        "face",
        "face__photo",
        "face__person",
        "face__assigned_by",
        "face__weakness",
        "probability",
    )
    present: dict[int, list[Present]] = {}
    for row in rows.order_by("line", "position").values_list(*fields):
        line, face, photo, person, assigned_by, weakness, probability = row
        is_movable = person is None or assigned_by == AssignedBy.MATCHER
        item = Present(face, photo, person, is_movable, not weakness, probability)
        present.setdefault(line, []).append(item)
    return present


def _in_order(lines: Iterable[Line]) -> Iterator[Line]:
    return iter(sorted(lines, key=lambda line: ORDER.index(Kind(line.kind))))


def _carry_out(acceptance: Acceptance, line: Line) -> bool:
    """Whether anything of the line could still be done."""
    if line.kind == Kind.MERGE:
        return _merge(acceptance, line)
    movable = [
        item
        for item in acceptance.faces.get(line.pk, [])
        if item.is_movable and item.person == (line.person_id if line.kind == Kind.SPLIT else None)
    ]
    target = line.person_id if line.kind == Kind.JOIN else line.other_id
    if line.kind == Kind.SPLIT and not acceptance.rules.is_open(line.person_id or 0):
        return False
    if target is not None:
        may_be = acceptance.rules.may_be
        movable = [item for item in movable if may_be(item.face, item.photo, target)]
    is_enough = line.kind == Kind.JOIN or _can_open(movable)
    if not (movable and is_enough):
        return False
    _move(acceptance.batch, movable, target or ledger.open_person(acceptance.batch).pk)
    return True


def _can_open(faces: Iterable[Present]) -> bool:
    return len({item.photo for item in faces if item.is_strong}) >= FACES_TO_OPEN_A_PERSON


def _move(batch: Batch, faces: Iterable[Present], person: int) -> None:
    by_probability: dict[float, list[int]] = {}
    for item in faces:
        by_probability.setdefault(item.probability, []).append(item.face)
    for probability, ids in by_probability.items():
        ledger.move_faces(batch, ids, Place(person, AssignedBy.MATCHER, probability))


def _merge(acceptance: Acceptance, line: Line) -> bool:
    """Persons that were merged into others by lines before stand for nobody any more."""
    target, source = line.person, line.other
    if not (target and source and acceptance.rules.may_absorb(target.pk, source.pk)):
        return False
    try:
        with transaction.atomic():
            identities.absorb(acceptance.batch, [source], target)
    except IdentityError:
        return False
    return True
