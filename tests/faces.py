"""Whose the faces are, as tests about identities ask it again and again."""

from typing import Any

from galleries import analysis
from galleries.models import Face, Person


def analyse_everything() -> None:
    """As the worker does, until nothing waits."""
    while analysis.work_off(8):
        pass


def faces_of(person: Person) -> list[Face]:
    return list(Face.objects.of(person).order_by("pk"))


def places() -> list[Any]:
    """All that can be said about where faces belong."""
    return list(
        Face.objects.order_by("pk").values_list(
            "pk", "person", "assigned_by", "probability", "verdict"
        )
    )
