"""A purged person is forgotten for good, and undo goes on working for all others."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from galleries import analysis, identities, purging, undo
from galleries.models import Action, Batch, Event, Face, Person, Photo
from tests.faces import places

pytestmark = pytest.mark.usefixtures("drawing_engine")


@pytest.fixture
def persons(add_drawing: Callable[..., Photo]) -> tuple[Person, Person]:
    """Two unnamed persons of three faces each, found by the matcher in the same three photos."""
    for _ in range(3):
        add_drawing("red", "blue")
    while analysis.work_off(8):
        pass
    left, right = Person.objects.order_by("faces__left").distinct()[:2]
    return left, right


def test_what_concerns_others_is_taken_back_as_before_after_a_purge(
    persons: tuple[Person, Person], alice: User
) -> None:
    left, right = persons
    identities.name_person(left, "Zerlina", alice)
    face = right.faces.order_by("pk")[0]
    moved = identities.move_faces([face], left, alice)
    identities.tell_apart(left, right, alice)

    purging.purge_person(left)

    moved.refresh_from_db()
    assert "Zerlina" not in moved.subject + moved.target
    assert right.faces.count() == 2
    assert not Batch.objects.filter(action__in=[Action.NAME, Action.DIFFERENT]).exists()
    assert undo.undo(moved, alice).batch is not None
    assert right.faces.count() == 3


def test_after_a_purge_the_log_still_says_where_every_face_is(
    persons: tuple[Person, Person], alice: User
) -> None:
    left, right = persons
    identities.move_faces(right.faces.all()[:1], left, alice)
    identities.merge_persons([right], left, alice)
    undo.undo(Batch.objects.get(action=Action.MERGE), alice)

    purging.purge_person(left)

    present: dict[int, Any] = dict.fromkeys(
        Face.objects.values_list("pk", flat=True), (None, "", None, "")
    )
    for event in Event.objects.order_by("pk"):
        present[event.face_id] = (
            event.person_to_id, event.assigned_by_to, event.probability_to, event.verdict_to,
        )  # fmt: skip
    assert [(pk, *place) for pk, place in sorted(present.items())] == places()
