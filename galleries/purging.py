"""Forgetting a person for good: the one change of identities that no undo takes back."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q

from galleries import ledger
from galleries.models import Action, Batch, Event, Face, Person, PersonEvent
from galleries.training import versions

#: What the log says in place of a name that it must not know any more.
FORGOTTEN = "somebody"


@transaction.atomic
def purge_person(person: Person) -> None:
    """Delete a person, and what the log knows about it; its faces stay in their photos.

    With it go those who were merged into it: they are the same human. What the log says about
    others stays, so that it can be taken back as before.
    """
    ledger.lock_gallery(person.gallery_id)
    doomed = _with_merged(person)
    names = _names_of(doomed)
    about = list(Batch.objects.filter(persons__in=doomed).distinct().values_list("pk", flat=True))
    # what a classifier learnt from their faces goes as well, and beat rings for the new training
    versions.forget_persons(person.gallery_id, doomed)
    _take_faces_away(doomed)
    _forget_places(about, doomed)
    Person.objects.filter(pk__in=doomed).delete()
    _forget_names(about, names)
    _forget_empty(about)


def _with_merged(person: Person) -> list[int]:
    """The person and all that were merged into it, also by way of others."""
    found, left = [person.pk], [person.pk]
    while left:
        merges = Batch.objects.filter(action=Action.MERGE, is_undone=False, persons__in=left)
        gone = PersonEvent.objects.filter(
            batch__in=merges, person__is_removed=True, after__contains={"is_removed": True}
        )
        left = list(gone.exclude(person__in=found).values_list("person", flat=True).distinct())
        found += left
    return found


def _names_of(doomed: Collection[int]) -> set[str]:
    """By which the log may call them."""
    events = PersonEvent.objects.filter(person__in=doomed).values_list("before", "after")
    known = {fields.get("name") for pair in events for fields in pair}
    known |= {*Person.objects.filter(pk__in=doomed).values_list("name", flat=True)}
    return {name for name in known if name} | {f"Unnamed {pk}" for pk in doomed}


def _take_faces_away(doomed: Collection[int]) -> None:
    """Without an event, as the log is about to forget that the faces were anybody's."""
    Face.objects.filter(person__in=doomed).update(person=None, assigned_by="", probability=None)


def _forget_places(about: Collection[int], doomed: Collection[int]) -> None:
    """Let the log read as if the faces had been nobody's in that time."""
    events = Event.objects.filter(batch__in=about)
    left = events.filter(person_from__in=doomed)
    left.update(person_from=None, assigned_by_from="", probability_from=None)
    came = events.filter(person_to__in=doomed)
    came.update(person_to=None, assigned_by_to="", probability_to=None)
    nobodys = events.filter(person_from=None, person_to=None)
    nobodys.filter(verdict_from=F("verdict_to")).delete()


def _forget_names(about: Collection[int], names: Collection[str]) -> None:
    for batch in Batch.objects.filter(~Q(subject="", target=""), pk__in=about):
        for field in ("subject", "target"):
            if any(name in getattr(batch, field) for name in names):
                setattr(batch, field, FORGOTTEN)
        batch.save(update_fields=["subject", "target"])


def _forget_empty(about: Collection[int]) -> None:
    """Batches that say nothing any more; one that withdrew something of others still does."""
    said = ("events", "person_events", "rejections", "differences")
    said_again = ("restored_rejections", "restored_differences")
    withdrew = ("withdrawn_rejections", "withdrawn_differences")
    silent = {f"{rows}__isnull": True for rows in (*said, *said_again, *withdrew)}
    Batch.objects.filter(pk__in=about, **silent).delete()
