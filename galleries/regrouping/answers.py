"""What people make of a proposal. Each line is looked at again, by what holds at that moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from galleries import identities, ledger
from galleries.ledger import Place
from galleries.merging import unite
from galleries.models import Action, AssignedBy, Batch, Face, Line, LineFace, Person, Proposal
from galleries.models.proposal import LineQuerySet
from galleries.people import FACES_TO_OPEN_A_PERSON, TEMPLATES
from galleries.regrouping.material import Rules, rules_of

Kind, Outcome, State = Line.Kind, Line.Outcome, Proposal.State


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
    # faces move before merges take persons away
    done = {*_move_faces(acceptance, chosen), *_merge(acceptance, chosen)}
    skipped = [line.pk for line in chosen if line.pk not in done]
    Line.objects.filter(pk__in=done).update(outcome=Outcome.ACCEPTED)
    Line.objects.filter(pk__in=skipped).update(outcome=Outcome.SKIPPED)
    ledger.close_batch(batch)
    proposal.state, proposal.batch = State.ACCEPTED, batch if batch.pk else None
    proposal.save(update_fields=["state", "batch"])
    return Accepted(batch, len(done), len(skipped))


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


def _move_faces(acceptance: Acceptance, lines: Iterable[Line]) -> list[int]:
    """Move the faces of all lines at once. Returns the lines of which anything could be done."""
    moving = {line.pk: _movable(acceptance, line) for line in lines if line.kind != Kind.MERGE}
    chosen = [line for line in lines if moving.get(line.pk)]
    targets = {line.pk: _target(line) for line in chosen}
    opening = [pk for pk, target in targets.items() if target is None]
    newcomers = ledger.open_persons(acceptance.batch, [Person() for _ in opening])
    targets |= {pk: person.pk for pk, person in zip(opening, newcomers, strict=True)}
    guesses = {
        item.face: Place(targets[line.pk], AssignedBy.MATCHER, item.probability)
        for line in chosen
        for item in moving[line.pk]
    }
    ledger.place_faces(acceptance.batch, guesses)
    return list(targets)


def _target(line: Line) -> int | None:
    """Who gets the faces of a line; None for somebody new."""
    return line.person_id if line.kind == Kind.JOIN else line.other_id


def _movable(acceptance: Acceptance, line: Line) -> list[Present]:
    """The faces of a line that can move still; none if too few are left to open a person."""
    rules, target = acceptance.rules, _target(line)
    if line.kind == Kind.SPLIT and not rules.is_open(line.person_id or 0):
        return []
    home = line.person_id if line.kind == Kind.SPLIT else None
    movable = [
        item
        for item in acceptance.faces.get(line.pk, [])
        if item.is_movable and item.person == home
        if target is None or rules.may_be(item.face, item.photo, target)
    ]
    return movable if line.kind == Kind.JOIN or _can_open(movable) else []


def _can_open(faces: Iterable[Present]) -> bool:
    return len({item.photo for item in faces if item.is_strong}) >= FACES_TO_OPEN_A_PERSON


def _merge(acceptance: Acceptance, lines: Iterable[Line]) -> list[int]:
    """Merge the persons of all lines at once. Returns the lines that could be carried out."""
    heirs: dict[int, int] = {}
    parts: dict[int, list[int]] = {}
    done = []
    for line in lines:
        target, source = line.person_id, line.other_id
        if line.kind != Kind.MERGE or not (target and source):
            continue
        # who was merged by a line before stands for nobody any more, and nobody goes with others
        is_free = target not in heirs and source not in heirs and source not in parts
        others = parts.get(target, [])
        rules = acceptance.rules
        if is_free and rules.may_absorb(target, source) and not rules.are_apart(source, others):
            heirs[source] = target
            parts[target] = [*others, source]
            done.append(line.pk)
    persons = Person.objects.in_bulk({*heirs, *parts})
    pairs = [(persons[source], persons[target]) for source, target in heirs.items()]
    unite(acceptance.batch, pairs)
    return done
