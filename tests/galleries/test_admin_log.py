"""Faces, analyses and the log in the admin: found, decided about, and taken back."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import identities, undo
from galleries.models import Analysis, Batch, Face, Person
from tests.faces import places
from tests.galleries.moderation import act, changelist

pytestmark = pytest.mark.usefixtures("drawing_engine")


def test_faces_are_decided_about_from_their_list(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    left, right = persons
    [one, two, *_], [three, *_] = left.faces.order_by("pk"), right.faces.order_by("pk")
    act(moderators, "face", "confirm", [one, three])
    act(moderators, "face", "reject", [two])
    page = act(moderators, "face", "confirm", [two])
    assert "1 chosen face of nobody: left as it was." in page
    after = {pk: (person, by, verdict) for pk, person, by, _, verdict in places()}
    assert after[one.pk] == (left.pk, "human", "")
    assert after[three.pk] == (right.pk, "human", "")
    assert after[two.pk] == (None, "", "")
    act(moderators, "face", "mark_as_no_faces", [one, three])
    assert Face.objects.real().count() == 4
    assert "Not a face" in moderators.get(changelist("face", "?verdict=not-a-face")).text
    waiting = moderators.get(changelist("face", "?owner=nobody")).context["cl"].result_list
    assert [face.pk for face in waiting] == [two.pk]


def test_what_stands_in_the_way_of_reverting_is_named_and_the_rest_is_reverted_if_asked(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    left, right = persons
    merge = identities.merge_persons([right], left, moderator)
    face = left.faces.order_by("-left")[0]
    identities.open_person_of([face], moderator, "Carla")
    before = places()
    page = act(moderators, "batch", "revert", [merge])
    assert "Not taken back: moderator merged" in page
    assert "About 1 face it was decided since:" in page
    assert places() == before
    page = act(moderators, "batch", "revert_the_rest", [merge])
    assert "Taken back: moderator merged" in page
    assert right.faces.count() == 2
    assert "Taken back already" in act(moderators, "batch", "revert", [merge])


def test_several_batches_are_reverted_from_the_newest_on(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    before = places()
    identities.merge_persons([persons[1]], persons[0], moderator)
    identities.delete_person(persons[0], moderator)
    act(moderators, "batch", "revert", Batch.objects.decided())
    assert places() == before
    assert Person.objects.present().count() == 2


def test_batches_are_filtered_by_what_became_of_them(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    batch = identities.name_person(persons[0], "Anna", moderator)
    undo.undo(batch, moderator)
    gone = moderators.get(changelist("batch", "?stands=no")).context["cl"].result_list
    assert [row.pk for row in gone] == [batch.pk]
    standing = moderators.get(changelist("batch", "?stands=yes")).context["cl"].result_list
    assert batch.pk not in [row.pk for row in standing]


def test_nobody_types_into_the_log(persons: tuple[Person, Person], moderators: Client) -> None:
    batch = Batch.objects.all()[0]
    address = reverse("admin:galleries_batch_change", args=[batch.pk])
    assert moderators.post(address, {"subject": "typed"}).status_code == 403
    assert moderators.get(reverse("admin:galleries_batch_add")).status_code == 403
    delete = reverse("admin:galleries_batch_delete", args=[batch.pk])
    assert moderators.post(delete, {"post": "yes"}).status_code == 403


def test_analyses_are_filtered_by_a_short_reason(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    one, two, _ = Analysis.objects.order_by("pk")
    Analysis.objects.filter(pk=one.pk).update(state="failed", reason="too-large")
    Analysis.objects.filter(pk=two.pk).update(state="failed", reason="damaged")
    page = moderators.get(changelist("analysis", "?reason=too-large"))
    assert [row.pk for row in page.context["cl"].result_list] == [one.pk]
    assert ">Too large</a>" in page.text


def test_a_batch_is_headed_by_its_sentence_and_a_face_says_where_it_is(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    batch = identities.name_person(persons[0], "Anna", moderator)
    page = moderators.get(reverse("admin:galleries_batch_change", args=[batch.pk]))
    assert page.context["subtitle"] == f"moderator named Unnamed {persons[0].pk} “Anna”"
    face = Face.objects.of(persons[0])[0]
    page = moderators.get(reverse("admin:galleries_face_change", args=[face.pk]))
    assert "10% from the left, 20% from the top, 30% wide, 60% high" in page.text
