"""Making one person of several, as part of a batch: faces, rules and facts in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from django.db.models import QuerySet

from galleries import ledger
from galleries.decisions import DifferentPeopleError, leave_photos_before_birth, see_all
from galleries.ledger import Fields, Value
from galleries.models import Batch, Difference, Person, Rejection

#: Who goes, and who takes the faces. Nobody is both.
Pair: TypeAlias = tuple[Person, Person]


def absorb(
    batch: Batch, sources: Sequence[Person], target: Person, *, even_if_different: bool = False
) -> None:
    """Let `sources` become one with `target`.

    Raises: DifferentPeopleError; IdentityError when one of them is gone.
    """
    sources = see_all(sources, batch.gallery_id)
    one_of_them = [person.pk for person in [*sources, target]]
    apart = Difference.objects.standing().filter(one__in=one_of_them, other__in=one_of_them)
    if even_if_different:
        _call_them_one(batch, apart, one_of_them)
    elif difference := apart.select_related("one", "other").first():
        raise DifferentPeopleError(
            f"Somebody said that {difference.one} and {difference.other} are two people. "
            "Merge them all the same?"
        )
    unite(batch, [(source, target) for source in sources])


def unite(batch: Batch, pairs: Sequence[Pair]) -> None:
    """Let each person become one with another; both are there, and nothing keeps them apart."""
    heirs = {source.pk: target.pk for source, target in pairs}
    ledger.hand_over(batch, heirs)
    # once all faces are there: one of which it was said that it is another of them stays
    ledger.inherit_rules(batch, heirs)
    removed: Fields = {"is_removed": True}
    ledger.change_persons(batch, [*_inherited(pairs), *((source, removed) for source, _ in pairs)])
    for target in {target.pk: target for _, target in pairs}.values():
        leave_photos_before_birth(batch, target)


def _call_them_one(batch: Batch, apart: QuerySet[Difference], one_of_them: list[int]) -> None:
    """Forget that they are two, and of faces that were split off for it that they are another's."""
    said = Rejection.objects.standing().filter(batch__in=apart.values("batch"))
    among_them = said.filter(person__in=one_of_them, face__person__in=one_of_them)
    among_them.update(withdrawn_by=batch)
    apart.update(withdrawn_by=batch)


def _inherited(pairs: Sequence[Pair]) -> list[tuple[Person, dict[str, Value]]]:
    """What those who stay did not know and those who go did; the first one's word counts."""
    facts: dict[int, tuple[Person, dict[str, Value]]] = {}
    for source, target in pairs:
        _, learned = facts.setdefault(target.pk, (target, {}))
        for name in ("name", "notes", "born_on", "user", "cover"):
            known = ledger.field_of(source, name)
            if known and not learned.get(name, ledger.field_of(target, name)):
                learned[name] = known
        if target.is_stranger and not source.is_stranger:
            learned["is_stranger"] = False
    return list(facts.values())
