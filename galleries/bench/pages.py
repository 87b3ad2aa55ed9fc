"""How long somebody waits for the pages about people in a large gallery, and for a regrouping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from django.test import Client
from django.urls import reverse

from accounts.models import User
from faceengine.command_line import Measure
from galleries import undo
from galleries.models import Face, Gallery, Line, LineFace, Person, Proposal
from galleries.people import FACES_TO_OPEN_A_PERSON
from galleries.regrouping.answers import accept

MOST_PAGE_MS, MOST_QUESTION_MS, MOST_ACCEPTING_MS = 300.0, 200.0, 5000.0
#: For each person that a regrouping has opened.
MOST_UNDO_MS = 1.0
#: Lines of the proposal, each a new person; of as many as there are waiting faces for.
LINES = 3000


def measure_pages(gallery: Gallery, user: User, runs: int) -> Iterator[Measure]:
    """Whole requests of a user who is signed in, then a proposal accepted and taken back."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    persons = Person.objects.filter(gallery=gallery).present().with_faces()
    largest = persons.largest_first()[0]
    pages = {
        "the page of all people": (reverse("people", args=[gallery.pk]), MOST_PAGE_MS),
        f"the page of one with {largest.face_count:,} faces": (
            reverse("person", args=[largest.pk]),
            MOST_PAGE_MS,
        ),
        "the page of the history": (reverse("history", args=[gallery.pk]), MOST_PAGE_MS),
        "the next question of the review": (reverse("review", args=[gallery.pk]), MOST_QUESTION_MS),
    }
    for name, (address, most) in pages.items():
        client.get(address)  # templates are read once
        times = [_milliseconds(partial(client.get, address)) for _ in range(runs)]
        slow = float(np.percentile(times, 95))
        yield Measure(f"{name}, median", float(np.median(times)), "ms")
        yield Measure(f"{name}, p95", slow, "ms", target=most, ok=slow <= most)
    yield from _measure_regrouping(gallery, user)


def _measure_regrouping(gallery: Gallery, user: User) -> Iterator[Measure]:
    proposal = _propose(gallery)
    count = proposal.lines.count()
    took = _milliseconds(partial(accept, proposal, user, only_ticked=False))
    ok, most = took <= MOST_ACCEPTING_MS, MOST_ACCEPTING_MS
    yield Measure(f"accepting {count:,} new persons", took, "ms", target=most, ok=ok)
    if proposal.batch:
        took = _milliseconds(partial(undo.undo, proposal.batch, user))
        most = max(count, 1000) * MOST_UNDO_MS
        yield Measure(f"undo of {count:,} new persons", took, "ms", target=most, ok=took <= most)


def _propose(gallery: Gallery) -> Proposal:
    """As if waiting faces were alike, so many that they can open a person."""
    waiting = list(Face.objects.waiting().filter(gallery=gallery).values_list("pk", flat=True))
    size = FACES_TO_OPEN_A_PERSON
    groups = [waiting[at : at + size] for at in range(0, len(waiting) - size + 1, size)][:LINES]
    proposal = Proposal.objects.create(
        gallery=gallery, model=gallery.model, state=Proposal.State.READY
    )
    line = partial(Line, gallery=gallery, proposal=proposal, kind=Line.Kind.NEW, face_count=size)
    lines = Line.objects.bulk_create(line() for _ in groups)
    LineFace.objects.bulk_create(
        LineFace(gallery=gallery, line=line, face_id=face, position=at, probability=0.9 + at / 100)
        for line, faces in zip(lines, groups, strict=True)
        for at, face in enumerate(faces)
    )
    return proposal


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
