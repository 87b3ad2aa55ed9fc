"""Random decisions, matching and re-analysis: what must hold at every step, and after undoing all.

Hypothesis draws the sequences. The base gallery is built once; each example ends in a rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import hypothesis.strategies as st
import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import User
from galleries import analysis, identities, ledger, people, removal, undo
from galleries.decisions import IdentityError
from galleries.models import (
    Analysis,
    AssignedBy,
    Batch,
    Face,
    Gallery,
    Membership,
    Person,
    PersonEvent,
    Photo,
    Rejection,
    Role,
    Verdict,
)
from galleries.models.ledger import Event
from tests.galleries.identity_world import FickleEngine, State, World

NAMES = st.sampled_from(["Ann", "Ben", "", "A" * 200])
INDEX = st.integers(0, 99)
SOME = st.lists(INDEX, min_size=1, max_size=3)


def beginnings() -> dict[int, tuple[object, ...]]:
    """Where each face was before anything was said of it; one that is drawn is not there yet."""
    faces = Face.objects.values_list("pk", "source")
    verdicts = {Face.Source.DETECTED: "", Face.Source.DRAWN: Verdict.NOT_A_FACE}
    return {pk: (None, "", None, verdicts[Face.Source(source)]) for pk, source in faces}


class Identities(RuleBasedStateMachine):
    """Every action that changes identities, by two users, with the matcher in between."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.pictures = dict(world.pictures)
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.first_batch = max(Batch.objects.values_list("pk", flat=True), default=0)
        self.initial = State.now()
        self.chosen: dict[int, tuple[object, ...]] = {}

    # what is drawn are numbers; these are what they mean now

    def person(self, index: int) -> Person | None:
        persons = Person.objects.order_by("pk")
        return persons[index % persons.count()] if persons else None

    def faces(self, indexes: Sequence[int]) -> list[Face]:
        faces = list(Face.objects.order_by("pk"))
        return [faces[index % len(faces)] for index in indexes] if faces else []

    def faces_of(self, person: Person, indexes: Sequence[int]) -> list[Face]:
        own = list(Face.objects.of(person).order_by("pk"))
        return [own[index % len(own)] for index in indexes] if own else []

    def user(self, index: int) -> User:
        return self.world.users[index % len(self.world.users)]

    def decide(self, decision: Callable[[], object]) -> None:
        before = State.now()
        try:
            decision()
        except IdentityError:
            assert State.now() == before

    @rule(whom=INDEX, name=NAMES, who=INDEX)
    def name(self, whom: int, name: str, who: int) -> None:
        if person := self.person(whom):
            self.decide(lambda: identities.name_person(person, name, self.user(who)))

    @rule(whom=INDEX, year=st.sampled_from([None, 1990, 2015, 2999]), who=INDEX)
    def edit(self, whom: int, year: int | None, who: int) -> None:
        if person := self.person(whom):
            born, user = date(year, 1, 1) if year else None, self.user(who)
            self.decide(
                lambda: identities.edit_person(
                    person, user, notes=f"born {year}", born_on=born, user=user
                )
            )

    @rule(whom=INDEX, faces=SOME, who=INDEX)
    def cover(self, whom: int, faces: Sequence[int], who: int) -> None:
        person = self.person(whom)
        if person and (own := self.faces_of(person, faces)):
            self.decide(lambda: identities.set_cover(person, own[0], self.user(who)))

    @rule(
        whom=INDEX,
        who=INDEX,
        what=st.sampled_from(
            [
                identities.hide_person,
                identities.show_person,
                identities.delete_person,
                identities.mark_as_stranger,
            ]
        ),
    )
    def change(self, whom: int, who: int, what: Callable[[Person, User], Batch]) -> None:
        if person := self.person(whom):
            self.decide(lambda: what(person, self.user(who)))

    @rule(whom=SOME, into=INDEX, who=INDEX, even=st.booleans())
    def merge(self, whom: Sequence[int], into: int, who: int, *, even: bool) -> None:
        sources = [person for index in whom if (person := self.person(index))]
        if target := self.person(into):
            self.decide(
                lambda: identities.merge_persons(
                    sources, target, self.user(who), even_if_different=even
                )
            )

    @rule(whom=INDEX, faces=SOME, name=NAMES, who=INDEX)
    def split(self, whom: int, faces: Sequence[int], name: str, who: int) -> None:
        if person := self.person(whom):
            own = self.faces_of(person, faces)
            self.decide(lambda: identities.split_person(person, own, self.user(who), name))

    @rule(whom=INDEX, faces=SOME, who=INDEX)
    def move(self, whom: int, faces: Sequence[int], who: int) -> None:
        if person := self.person(whom):
            self.decide(lambda: identities.move_faces(self.faces(faces), person, self.user(who)))

    @rule(whom=INDEX, faces=SOME, who=INDEX)
    def confirm(self, whom: int, faces: Sequence[int], who: int) -> None:
        if person := self.person(whom):
            own = self.faces_of(person, faces)
            self.decide(lambda: identities.move_faces(own, person, self.user(who)))

    @rule(faces=SOME, name=NAMES, who=INDEX)
    def open_person(self, faces: Sequence[int], name: str, who: int) -> None:
        chosen = self.faces(faces)
        self.decide(lambda: identities.open_person_of(chosen, self.user(who), name))

    @rule(whom=INDEX, faces=SOME, who=INDEX, own=st.booleans())
    def reject(self, whom: int, faces: Sequence[int], who: int, *, own: bool) -> None:
        if person := self.person(whom):
            chosen = self.faces_of(person, faces) if own else self.faces(faces)
            self.decide(lambda: identities.reject_faces(chosen, person, self.user(who)))

    @rule(
        faces=SOME,
        who=INDEX,
        what=st.sampled_from([identities.mark_as_no_faces, identities.mark_faces_as_stranger]),
    )
    def dismiss(self, faces: Sequence[int], who: int, what: Callable[..., Batch]) -> None:
        chosen = self.faces(faces)
        self.decide(lambda: what(chosen, self.user(who)))

    @rule(one=INDEX, other=INDEX, who=INDEX)
    def tell_apart(self, one: int, other: int, who: int) -> None:
        first, second = self.person(one), self.person(other)
        if first and second:
            self.decide(lambda: identities.tell_apart(first, second, self.user(who)))

    @rule(which=INDEX, rest=st.booleans(), who=INDEX)
    def take_back(self, which: int, who: int, *, rest: bool) -> None:
        """Of the last twenty batches, undos among them."""
        batches = list(Batch.objects.order_by("-pk")[:20])
        if not batches:
            return
        before = State.now()
        try:
            outcome = undo.undo(batches[which % len(batches)], self.user(who), rest=rest)
        except undo.UndoneAlreadyError:
            return
        if outcome.batch is None:
            assert State.now() == before
        if outcome.face_count or outcome.persons:
            assert rest or outcome.batch is None

    # the matcher, which must leave alone what a human said

    def match(self, work: Callable[[], object]) -> None:
        human = Face.objects.exclude(assigned_by=AssignedBy.MATCHER).exclude(
            assigned_by="", verdict=""
        )
        states = human.values_list("pk", "person", "assigned_by", "verdict")
        before = set(states)
        work()
        gone = {state for state in before if not Face.objects.filter(pk=state[0]).exists()}
        assert before - gone == set(states)
        assert not gone

    @rule(colours=st.lists(st.sampled_from(["red", "blue", "green"]), min_size=1, max_size=2))
    def add_photo(self, colours: Sequence[str]) -> None:
        self.match(lambda: self.world.add_photo(*colours))

    @rule(
        colours=st.lists(st.sampled_from(["red", "blue", "green"]), min_size=1, max_size=2),
        names=st.lists(st.sampled_from(["Ann", "ann", "Ben", "Zoë"]), min_size=1, max_size=2),
    )
    def add_photo_with_names(self, colours: Sequence[str], names: Sequence[str]) -> None:
        """Names in excess of the squares stand where no face is found."""
        self.match(lambda: self.world.add_photo(*colours, names=names))

    @rule(which=INDEX, shift=st.sampled_from([0.0, 0.2, 0.8]), missed=st.integers(-1, 1))
    def analyse_again(self, which: int, shift: float, missed: int) -> None:
        photos = list(Photo.objects.order_by("pk"))
        if photos:
            photos[which % len(photos)].analyses.update(state=Analysis.State.QUEUED)
            FickleEngine.shift, FickleEngine.missed = shift, missed
            self.match(self.world.work_off)
            FickleEngine.shift, FickleEngine.missed = 0.0, -1

    @rule(whom=INDEX)
    def reconsider(self, whom: int) -> None:
        if person := self.person(whom):
            self.match(lambda: people.reconsider(person, self.world.model))

    @rule(which=INDEX)
    def delete_photo(self, which: int) -> None:
        photos = list(Photo.objects.order_by("pk"))
        if len(photos) > 4:
            removal.remove_photos([photos[which % len(photos)]])

    # what holds at every step

    @invariant()
    def no_face_is_where_it_must_not_be(self) -> None:
        faces = Face.objects.all()
        assert not faces.exclude(person=None).exclude(verdict="").exists()
        assert not faces.filter(person=None).exclude(assigned_by="").exists()
        assert not faces.exclude(person=None).filter(assigned_by="").exists()
        assert not faces.filter(person__is_removed=True).exists()
        standing = Rejection.objects.standing()
        assert not standing.filter(face__person=F("person")).exists()
        persons = Person.objects.present().exclude(cover=None)
        assert not persons.exclude(cover__person=F("pk")).exists()

    @invariant()
    def the_present_follows_from_the_log(self) -> None:
        places: dict[int, tuple[object, ...]] = beginnings()
        for event in Event.objects.order_by("pk"):
            came_from = places[event.face_id]
            assert came_from == (
                event.person_from_id,
                event.assigned_by_from,
                event.probability_from,
                event.verdict_from,
            )
            places[event.face_id] = (
                event.person_to_id,
                event.assigned_by_to,
                event.probability_to,
                event.verdict_to,
            )
        for face in Face.objects.all():
            now = (face.person_id, face.assigned_by, face.probability, face.verdict)
            assert now == places[face.pk]

    @invariant()
    def persons_follow_from_the_log(self) -> None:
        there = set(Face.objects.values_list("pk", flat=True))
        values: dict[tuple[int, str], object] = {}
        for event in PersonEvent.objects.order_by("pk"):
            for name, value in event.before.items():
                known = values.get((event.person_id, name), value)
                assert known == value or (name == "cover" and known not in there)
            values.update({(event.person_id, name): to for name, to in event.after.items()})
        persons = Person.objects.in_bulk()
        for (pk, name), value in values.items():
            is_gone = name == "cover" and value not in there
            assert ledger.field_of(persons[pk], name) == (None if is_gone else value)

    def teardown(self) -> None:
        try:
            self.undo_everything()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)
            self.world.pictures = self.pictures

    def undo_everything(self) -> None:
        for batch in Batch.objects.filter(pk__gt=self.first_batch).order_by("-pk"):
            outcome = undo.undo(batch, self.user(0))
            assert not outcome.face_count
            assert not outcome.persons
            assert not outcome.obstacles
        now, then = State.now(), self.initial
        assert now.differences == then.differences
        assert now.rejections == then.rejections
        for pk, place in now.faces.items():
            assert place == then.faces.get(pk, beginnings()[pk])
        assert now.persons == then.persons


@pytest.fixture
def world(
    gallery: Gallery,
    alice: User,
    mallory: User,
    monkeypatch: pytest.MonkeyPatch,
    drawing_engine: None,
) -> World:
    Membership.objects.create(gallery=gallery, user=mallory, role=Role.EDITOR)
    world = World(gallery, gallery.model, [alice, mallory])
    monkeypatch.setattr(analysis, "engine_for", lambda pack: FickleEngine())
    monkeypatch.setattr(analysis, "decode", world.decode)
    monkeypatch.setattr("galleries.derivatives.encode", lambda *args: [])
    for _ in range(3):
        world.add_photo("red", "blue")
    world.add_photo("red", "green", taken=2000)
    world.add_photo("green", "violet")
    assert Person.objects.count() == 2
    return world


def test_decisions_keep_what_must_hold_and_undoing_all_of_them_gives_the_beginning(
    world: World,
) -> None:
    run_state_machine_as_test(
        lambda: Identities(world),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
