"""Purging in the admin: for owners, and nothing is left."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from accounts.models import User
from galleries import identities, undo
from galleries.models import Action, Batch, Face, Gallery, Membership, Person, PersonEvent, Role
from tests.galleries.moderation import act, page_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def owning(gallery: Gallery, user: User) -> None:
    Membership.objects.filter(gallery=gallery, user=user).update(role=Role.OWNER)


def test_only_an_owner_purges_and_only_when_sure(
    gallery: Gallery, persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    left = persons[0]
    assert "only an owner may purge" in act(moderators, "person", "purge", [left], sure="on")
    owning(gallery, moderator)
    assert "This cannot be undone" in act(moderators, "person", "purge", [left])
    assert Person.objects.filter(pk=left.pk).exists()
    act(moderators, "person", "purge", [left], sure="on")
    assert not Person.objects.filter(pk=left.pk).exists()


def test_of_a_purged_person_no_name_and_no_event_is_left(
    gallery: Gallery, persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    left, right = persons
    owning(gallery, moderator)
    moderators.post(page_of(left), {"name": "Zerlina", "notes": "", "born_on": "", "user": ""})
    identities.name_person(right, "Zerlina again", moderator)
    identities.merge_persons([right], left, moderator)
    identities.delete_person(left, moderator)
    undo.undo(Batch.objects.get(action=Action.DELETE), moderator)
    keys = [left.pk, right.pk]
    faces = Face.objects.count()

    act(moderators, "person", "purge", [left], sure="on")

    # who was merged into it was the same human
    assert not Person.objects.filter(pk__in=keys).exists()
    assert not PersonEvent.objects.filter(person__in=keys).exists()
    assert not Batch.objects.exists()
    assert not LogEntry.objects.filter(object_repr__contains="Zerlina").exists()
    assert not LogEntry.objects.filter(change_message__contains="Zerlina").exists()
    assert Face.objects.waiting().count() == faces
    assert set(Face.objects.values_list("assigned_by", "probability")) == {("", None)}
