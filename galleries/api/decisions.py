"""Carrying a decision out for a client: what it changed, what stands against it, who followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from galleries import people
from galleries.decisions import DifferentPeopleError, IdentityError
from galleries.models import Batch, Gallery, Person
from galleries.serializers import DecisionSerializer


class ConflictError(APIException):
    """What was decided before stands against it; the client may insist."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


@contextmanager
def refusals() -> Iterator[None]:
    """Answer a decision that cannot be carried out with its sentence."""
    try:
        yield
    except DifferentPeopleError as error:
        raise ConflictError(str(error)) from error
    except IdentityError as error:
        raise ValidationError(str(error)) from error


def let_follow(person: Person, gallery: Gallery) -> int:
    """Let waiting faces join a person about whom somebody decided. Returns how many did."""
    batch = people.reconsider(person, gallery.model)
    return batch.events.filter(person_to=person).count() if batch else 0


def answer(
    request: Request, batches: Iterable[Batch], person: Person | None = None, *, joined: int = 0
) -> Response:
    """The batches that changed something, and the person as it is now."""
    persons = Person.objects.present().with_faces().select_related("user")
    outcome = {
        "batches": [batch.pk for batch in batches if batch.pk],
        "joined": joined,
        "person": persons.filter(pk=person.pk).first() if person else None,
    }
    return Response(DecisionSerializer(outcome, context={"request": request}).data)
