"""The background work: asked for by a row, claimed under a lease, stored whole or not at all.

As with the analysis of photos a claim commits its attempt before the work, and a worker that was
only slow finds its lease gone and stores nothing.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from galleries import ledger
from galleries.models import Gallery, Line, LineFace, Proposal
from galleries.models.proposal import MAX_PROPOSAL_ATTEMPTS
from galleries.regrouping.lines import Draft, propose
from galleries.regrouping.material import faces_of, rules_of

State = Proposal.State
#: How often the row says how far the work is, and has its lease renewed.
SECONDS_BETWEEN_SIGNS = 2.0
#: Of all the work, in percent: faces are read, then linked; the rest is cutting and comparing.
READ, LINKED = 10, 80
ROWS_AT_ONCE = 5000


class LeaseLostError(Exception):
    """The proposal was dismissed, or is another worker's by now."""


@dataclass(slots=True)
class Claim:
    """A proposal that this worker computes."""

    proposal: Proposal
    said_at: float = 0.0

    def say(self, percent: int) -> None:
        """Note how far the work is, and keep the lease. Raises: LeaseLostError."""
        if time.monotonic() - self.said_at < SECONDS_BETWEEN_SIGNS:
            return
        self.said_at = time.monotonic()
        ours = Proposal.objects.filter(pk=self.proposal.pk, lease=self.proposal.lease)
        if not ours.update(percent=percent, leased_until=timezone.now() + _lease_time()):
            raise LeaseLostError

    def say_linked(self, done: int, total: int) -> None:
        self.say(READ + (LINKED - READ) * done // max(total, 1))


@transaction.atomic
def ask(gallery: Gallery, actor: User) -> Proposal:
    """Queue a new proposal; one that waits or runs goes on, one that lies ready is replaced."""
    ledger.lock_gallery(gallery.pk)
    own = Proposal.objects.filter(gallery=gallery)
    if unfinished := own.unfinished().filter(model=gallery.model_id).first():
        return unfinished
    own.filter(state__in=Proposal.OPEN_STATES).update(state=State.OUTDATED, lease=None)
    return Proposal.objects.create(gallery=gallery, model_id=gallery.model_id, asked_by=actor)


def work_off() -> bool:
    """Compute one proposal. Returns whether there was one."""
    proposal = claim()
    if proposal is None:
        return False
    with suppress(LeaseLostError):
        drafts, count = _compute(Claim(proposal))
        _store(proposal, drafts, count)
    return True


@transaction.atomic
def claim() -> Proposal | None:
    """Take one under a new lease; the attempt counts from now on, whatever happens."""
    now = timezone.now()
    lost = Proposal.objects.filter(state=State.RUNNING, leased_until__lt=now)
    lost.filter(attempts__gte=MAX_PROPOSAL_ATTEMPTS).update(
        state=State.FAILED, lease=None, finished_at=now
    )
    waiting = Proposal.objects.claimable(now).order_by("pk").select_for_update(skip_locked=True)
    row = waiting.first()
    if row is None:
        return None
    row.lease = uuid.uuid4()
    Proposal.objects.filter(pk=row.pk).update(
        state=State.RUNNING,
        lease=row.lease,
        leased_until=now + _lease_time(),
        attempts=F("attempts") + 1,
        started_at=now,
        percent=0,
    )
    return row


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.LIKENESS_LEASE_SECONDS)


def _compute(claim: Claim) -> tuple[list[Draft], int]:
    gallery = claim.proposal.gallery
    if gallery.model_id != claim.proposal.model_id:
        Proposal.objects.filter(pk=claim.proposal.pk).update(state=State.OUTDATED, lease=None)
        raise LeaseLostError
    faces = faces_of(gallery)
    claim.say(READ)
    rules = rules_of(gallery.pk, faces.ids.tolist())
    drafts = propose(faces, rules, gallery.model.calibration, claim.say_linked)
    return drafts, len(faces.ids)


@transaction.atomic
def _store(proposal: Proposal, drafts: Iterable[Draft], face_count: int) -> None:
    """Write all lines, unless the lease has gone to another or nobody waits any more."""
    ours = Proposal.objects.select_for_update().filter(pk=proposal.pk, lease=proposal.lease)
    if not ours.exists():
        raise LeaseLostError
    drafts = list(drafts)
    lines = Line.objects.bulk_create(
        [
            Line(
                gallery_id=proposal.gallery_id,
                proposal=proposal,
                kind=draft.kind,
                person_id=draft.person,
                other_id=draft.other,
                face_count=draft.face_count,
            )
            for draft in drafts
        ],
        batch_size=ROWS_AT_ONCE,
    )
    LineFace.objects.bulk_create(
        (
            LineFace(
                gallery_id=proposal.gallery_id,
                line=line,
                face_id=face,
                position=position,
                probability=probability,
            )
            for line, draft in zip(lines, drafts, strict=True)
            for position, (face, probability) in enumerate(draft.faces)
        ),
        batch_size=ROWS_AT_ONCE,
    )
    ours.update(
        state=State.READY,
        percent=100,
        face_count=face_count,
        lease=None,
        finished_at=timezone.now(),
    )
