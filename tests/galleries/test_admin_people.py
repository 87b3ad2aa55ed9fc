"""Moderation of persons, faces and the log: what the pages can do, undone as there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities, undo
from galleries.models import (
    Action,
    Analysis,
    Batch,
    Event,
    Face,
    Gallery,
    Membership,
    Person,
    PersonEvent,
    Photo,
    Role,
)

pytestmark = pytest.mark.usefixtures("drawing_engine")


@pytest.fixture
def persons(gallery: Gallery, add_drawing: Callable[..., Photo]) -> tuple[Person, Person]:
    """Two unnamed persons of three faces each, found by the matcher in the same three photos."""
    for _ in range(3):
        add_drawing("red", "blue")
    while analysis.work_off(8):
        pass
    left, right = Person.objects.order_by("faces__left").distinct()[:2]
    return left, right


@pytest.fixture
def moderator(gallery: Gallery) -> User:
    """May do everything, by Django's permissions and as an editor of Alice's gallery."""
    user = User.objects.create_superuser("moderator", password="moderator's password")
    Membership.objects.create(gallery=gallery, user=user, role=Role.EDITOR)
    return user


@pytest.fixture
def viewer(gallery: Gallery) -> User:
    """May do everything by Django's permissions, but is only a viewer of Alice's gallery."""
    user = User.objects.create_superuser("viewer", password="viewer's password")
    Membership.objects.create(gallery=gallery, user=user, role=Role.VIEWER)
    return user


@pytest.fixture
def client(moderator: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(moderator)


def changelist(name: str, query: str = "") -> str:
    return reverse(f"admin:galleries_{name}_changelist") + query


def page_of(person: Person) -> str:
    return reverse("admin:galleries_person_change", args=[person.pk])


def act(client: Client, name: str, action: str, rows: Any, **more: Any) -> str:
    """Carry an action out on some rows of a list; returns the page that follows."""
    data = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(changelist(name), data, follow=True).text


def listed(client: Client, query: str) -> set[int]:
    answer = client.get(changelist("person", query))
    assert answer.status_code == 200
    return {person.pk for person in answer.context["cl"].result_list}


def places() -> list[Any]:
    """All that can be said about where faces belong."""
    return list(
        Face.objects.order_by("pk").values_list(
            "pk", "person", "assigned_by", "probability", "verdict"
        )
    )


def test_a_person_is_listed_with_portrait_counts_and_what_was_said_last(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    left, right = persons
    identities.name_person(left, "Anna", moderator)
    identities.move_faces([left.faces.all()[0]], left, moderator)
    page = client.get(changelist("person")).text
    portrait = Person.objects.with_faces().get(pk=left.pk).portrait_id
    assert reverse("face-crop", args=[portrait]) in page
    assert "moderator confirmed 1 face of Anna" in page
    assert f"Unnamed {right.pk}" in page
    rows = client.get(changelist("person")).context["cl"].result_list
    counts = {row.pk: (row.face_count, row.confirmed_count) for row in rows}
    assert counts == {left.pk: (3, 1), right.pk: (3, 0)}


def test_persons_are_filtered_by_kind_and_searched_by_name(
    gallery: Gallery, persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    left, right = persons
    identities.name_person(left, "Anna", moderator)
    hidden = Person.objects.create(gallery=gallery, name="Hidden", is_hidden=True)
    stranger = Person.objects.create(gallery=gallery, is_stranger=True)
    assert listed(client, "") == {left.pk, right.pk, hidden.pk, stranger.pk}
    assert listed(client, "?kind=named") == {left.pk, hidden.pk}
    assert listed(client, "?kind=unnamed") == {right.pk}
    assert listed(client, "?kind=hidden") == {hidden.pk}
    assert listed(client, "?kind=stranger") == {stranger.pk}
    assert listed(client, "?q=nna") == {left.pk}


def test_what_may_be_wrong_with_persons_is_found(
    persons: tuple[Person, Person],
    client: Client,
    moderator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, right = persons
    monkeypatch.setattr("galleries.admin.person_filters.LARGE", 4)
    assert listed(client, "?look=large") == set()
    assert listed(client, "?look=doubtful") == set()
    assert listed(client, "?look=conflicting") == set()
    assert listed(client, "?look=merged") == set()
    Face.objects.of(right).update(probability=0.9)
    assert listed(client, "?look=doubtful") == {right.pk}
    batch = identities.merge_persons([right], left, moderator)
    assert listed(client, "?look=large") == {left.pk}
    assert listed(client, "?look=conflicting") == {left.pk}
    assert listed(client, "?look=merged") == {left.pk}
    undo.undo(batch, moderator)
    assert listed(client, "?look=merged") == set()


@pytest.mark.parametrize("name", ["person", "face", "batch"])
def test_a_list_takes_as_many_queries_for_few_rows_as_for_many(
    name: str,
    gallery: Gallery,
    persons: tuple[Person, Person],
    client: Client,
    moderator: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(8):
        person = Person.objects.create(gallery=gallery, user=moderator)
        batch = identities.name_person(person, f"Anna {number}", moderator)
        redo = undo.undo(batch, moderator).batch
        assert redo is not None
        undo.undo(redo, moderator)
    with django_assert_max_num_queries(12):
        response = client.get(changelist(name))
    assert response.context["cl"].result_count >= 6


def test_the_pages_of_a_person_and_of_a_batch_take_a_bounded_number_of_queries(
    persons: tuple[Person, Person],
    client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    batch = Batch.objects.latest("pk")
    with django_assert_max_num_queries(20):
        assert client.get(page_of(persons[0])).status_code == 200
    with django_assert_max_num_queries(20):
        page = client.get(reverse("admin:galleries_batch_change", args=[batch.pk])).text
    face = Event.objects.filter(batch=batch)[0].face_id
    assert reverse("face-crop", args=[face]) in page


def test_names_and_facts_are_edited_as_decisions_that_can_be_taken_back(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    person = persons[0]
    data = {"name": "Anna", "notes": "In the choir", "born_on": "1970-05-03", "user": moderator.pk}
    page = client.post(page_of(person), data, follow=True).text
    assert "Look at it or take it back" in page
    person.refresh_from_db()
    assert (person.name, person.notes, person.user) == ("Anna", "In the choir", moderator)
    edited, named = Batch.objects.decided().newest_first()[:2]
    assert (edited.action, named.action) == (Action.EDIT, Action.NAME)
    undo.undo(edited, moderator)
    undo.undo(named, moderator)
    person.refresh_from_db()
    assert (person.name, person.notes, person.born_on, person.user) == ("", "", None, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"born_on": "2999-01-01"}, "This day is still to come"),
        ({"name": "a" * 201}, "Ensure this value has at most 200 characters"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(
    wrong: dict[str, str], sentence: str, persons: tuple[Person, Person], client: Client
) -> None:
    data = {"name": "Anna", "notes": "", "born_on": "", "user": "", **wrong}
    assert sentence in client.post(page_of(persons[0]), data, follow=True).text
    assert not Batch.objects.decided().exists()


def test_only_members_of_the_gallery_can_be_linked_to_a_person(
    persons: tuple[Person, Person], client: Client, mallory: User
) -> None:
    data = {"name": "", "notes": "", "born_on": "", "user": mallory.pk}
    assert "Select a valid choice" in client.post(page_of(persons[0]), data).text


def test_a_merge_asks_who_is_kept_and_can_be_reverted(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    left, right = persons
    before = places()
    page = act(client, "person", "merge", persons)
    assert "Who is kept?" in page
    assert places() == before
    act(client, "person", "merge", persons, kept=right.pk)
    assert right.faces.count() == 6
    assert not Person.objects.present().filter(pk=left.pk).exists()
    batch = Batch.objects.get(action=Action.MERGE)
    assert "Taken back: moderator merged 3 faces" in act(client, "batch", "revert", [batch])
    assert places() == before


def test_a_merge_of_people_who_were_told_apart_warns_first(
    persons: tuple[Person, Person], client: Client, alice: User
) -> None:
    left, right = persons
    identities.tell_apart(left, right, alice)
    assert "are two people" in act(client, "person", "merge", persons)
    page = act(client, "person", "merge", persons, kept=left.pk)
    assert "are two people" in page
    assert left.faces.count() == 3
    act(client, "person", "merge", persons, kept=left.pk, even_if_different="on")
    assert left.faces.count() == 6


def test_persons_of_two_galleries_are_not_merged(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    other = Gallery.create_owned_by(moderator, "Winter")
    foreign = Person.objects.create(gallery=other)
    assert "of one gallery" in act(client, "person", "merge", [persons[0], foreign])
    assert "of one gallery" in act(client, "person", "merge", [persons[0]])


def test_chosen_faces_are_split_off_on_the_page_of_a_person(
    persons: tuple[Person, Person], client: Client
) -> None:
    left = persons[0]
    before = places()
    chosen = [face.pk for face in left.faces.all()[:2]]
    page = client.get(page_of(left)).text
    assert all(reverse("face-crop", args=[pk]) in page for pk in chosen)
    address = reverse("admin:galleries_person_faces", args=[left.pk])
    data = {"face": chosen, "decision": "split", "name": "Ben"}
    assert "as Ben" in client.post(address, data, follow=True).text
    ben = Person.objects.get(name="Ben")
    assert sorted(face.pk for face in ben.faces.all()) == sorted(chosen)
    act(client, "batch", "revert", [Batch.objects.get(action=Action.SPLIT)])
    assert places() == before


def test_chosen_faces_are_confirmed_or_rejected_or_called_no_faces(
    persons: tuple[Person, Person], client: Client
) -> None:
    left, right = persons
    first, second, third = left.faces.order_by("pk")
    foreign = right.faces.all()[0]
    address = reverse("admin:galleries_person_faces", args=[left.pk])
    for face, decision in ((first, "confirm"), (second, "reject"), (third, "no-faces")):
        client.post(address, {"face": [face.pk, foreign.pk], "decision": decision})
    after = {pk: (person, by, verdict) for pk, person, by, _, verdict in places()}
    assert after[first.pk] == (left.pk, "human", "")
    assert after[second.pk] == (None, "", "")
    assert after[third.pk] == (None, "", "not-a-face")
    assert after[foreign.pk] == (right.pk, "matcher", "")
    page = client.post(address, {"decision": "confirm", "face": ["x", ""]}, follow=True).text
    assert "Choose some faces first." in page


def test_persons_are_hidden_shown_and_approved_from_the_list(
    persons: tuple[Person, Person], client: Client
) -> None:
    act(client, "person", "hide", persons)
    assert Person.objects.filter(is_hidden=True).count() == 2
    act(client, "person", "show", persons)
    assert not Person.objects.filter(is_hidden=True).exists()
    act(client, "person", "approve", persons)
    assert set(Face.objects.values_list("assigned_by", flat=True)) == {"human"}
    assert Batch.objects.filter(action=Action.HIDE).count() == 1
    assert Batch.objects.filter(action=Action.CONFIRM).count() == 2


def test_the_photos_of_persons_are_read_again_and_what_was_said_stands(
    gallery: Gallery,
    persons: tuple[Person, Person],
    client: Client,
    moderator: User,
    add_drawing: Callable[..., Photo],
) -> None:
    other = add_drawing("green")
    while analysis.work_off(8):
        pass
    identities.name_person(persons[0], "Anna", moderator)
    identities.move_faces(persons[0].faces.all(), persons[0], moderator)
    before = places()
    assert "Queued again: 3 photos." in act(client, "person", "read_again", persons)
    queued = Analysis.objects.filter(state="queued")
    assert {row.photo_id for row in queued} == {*gallery.photos.values_list("pk", flat=True)} - {
        other.pk
    }
    while analysis.work_off(8):
        pass
    assert places() == before


def test_photos_that_could_not_be_read_are_tried_again_from_the_list_of_analyses(
    persons: tuple[Person, Person], client: Client
) -> None:
    Analysis.objects.update(state="failed", reason="damaged")
    assert "damaged or cut short" in client.get(changelist("analysis", "?state=failed")).text
    assert "Queued again: 3 photos." in act(client, "analysis", "try_again", rows_of("analysis"))
    assert Analysis.objects.filter(state="queued").count() == 3


def test_a_deleted_person_comes_back_by_reverting(
    persons: tuple[Person, Person], client: Client
) -> None:
    left, right = persons
    before = places()
    client.post(reverse("admin:galleries_person_delete", args=[left.pk]), {"post": "yes"})
    act(client, "person", "delete_selected", [right], post="yes")
    assert not Person.objects.present().exists()
    act(client, "batch", "revert", Batch.objects.filter(action=Action.DELETE))
    assert Person.objects.present().count() == 2
    assert places() == before


def test_faces_are_decided_about_from_their_list(
    persons: tuple[Person, Person], client: Client
) -> None:
    left, right = persons
    [one, two, *_], [three, *_] = left.faces.order_by("pk"), right.faces.order_by("pk")
    act(client, "face", "confirm", [one, three])
    act(client, "face", "reject", [two])
    page = act(client, "face", "confirm", [two])
    assert "1 chosen face of nobody: left as it was." in page
    after = {pk: (person, by, verdict) for pk, person, by, _, verdict in places()}
    assert after[one.pk] == (left.pk, "human", "")
    assert after[three.pk] == (right.pk, "human", "")
    assert after[two.pk] == (None, "", "")
    act(client, "face", "mark_as_no_faces", [one, three])
    assert Face.objects.real().count() == 4
    assert "Not a face" in client.get(changelist("face", "?verdict=not-a-face")).text
    waiting = client.get(changelist("face", "?owner=nobody")).context["cl"].result_list
    assert [face.pk for face in waiting] == [two.pk]


def test_what_stands_in_the_way_of_reverting_is_named_and_the_rest_is_reverted_if_asked(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    left, right = persons
    merge = identities.merge_persons([right], left, moderator)
    face = left.faces.order_by("-left")[0]
    identities.open_person_of([face], moderator, "Carla")
    before = places()
    page = act(client, "batch", "revert", [merge])
    assert "Not taken back: moderator merged" in page
    assert "About 1 face it was decided since:" in page
    assert places() == before
    page = act(client, "batch", "revert_the_rest", [merge])
    assert "Taken back: moderator merged" in page
    assert right.faces.count() == 2
    assert "Taken back already" in act(client, "batch", "revert", [merge])


def test_several_batches_are_reverted_from_the_newest_on(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    before = places()
    identities.merge_persons([persons[1]], persons[0], moderator)
    identities.delete_person(persons[0], moderator)
    act(client, "batch", "revert", Batch.objects.decided())
    assert places() == before
    assert Person.objects.present().count() == 2


@pytest.mark.parametrize("name", ["person", "face", "batch", "photo"])
def test_nothing_inside_a_gallery_is_added_by_hand(name: str, client: Client) -> None:
    assert client.get(reverse(f"admin:galleries_{name}_add")).status_code == 403
    assert "Add person" not in client.get(changelist("person")).text


def test_batches_are_filtered_by_what_became_of_them(
    persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    batch = identities.name_person(persons[0], "Anna", moderator)
    undo.undo(batch, moderator)
    gone = client.get(changelist("batch", "?stands=no")).context["cl"].result_list
    assert [row.pk for row in gone] == [batch.pk]
    standing = client.get(changelist("batch", "?stands=yes")).context["cl"].result_list
    assert batch.pk not in [row.pk for row in standing]


def test_nobody_types_into_the_log(persons: tuple[Person, Person], client: Client) -> None:
    batch = Batch.objects.all()[0]
    address = reverse("admin:galleries_batch_change", args=[batch.pk])
    assert client.post(address, {"subject": "typed"}).status_code == 403
    assert client.get(reverse("admin:galleries_batch_add")).status_code == 403
    delete = reverse("admin:galleries_batch_delete", args=[batch.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


ACTIONS = [
    ("person", "merge"),
    ("person", "approve"),
    ("person", "hide"),
    ("person", "show"),
    ("person", "read_again"),
    ("person", "purge"),
    ("face", "confirm"),
    ("face", "reject"),
    ("face", "mark_as_no_faces"),
    ("batch", "revert"),
    ("batch", "revert_the_rest"),
    ("photo", "try_again"),
    ("analysis", "try_again"),
]


def rows_of(name: str) -> Any:
    return apps.get_model("galleries", name)._default_manager.all()


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_who_may_only_look_at_the_gallery_is_told_so_and_changes_nothing(
    name: str,
    action: str,
    persons: tuple[Person, Person],
    viewer: User,
    signed_in: Callable[[User], Client],
) -> None:
    Analysis.objects.update(state="failed", reason="damaged")
    before, batches = places(), Batch.objects.count()
    page = act(signed_in(viewer), name, action, rows_of(name), kept=persons[0].pk, sure="on")
    assert "You may look at “Summer” but not change anything there." in page
    assert (places(), Batch.objects.count()) == (before, batches)
    assert not Analysis.objects.exclude(state="failed").exists()
    assert not Person.objects.filter(is_hidden=True).exists()


@pytest.mark.parametrize(("name", "action"), ACTIONS)
def test_who_lacks_the_permission_changes_nothing_even_as_an_owner(
    name: str,
    action: str,
    persons: tuple[Person, Person],
    alice: User,
    signed_in: Callable[[User], Client],
) -> None:
    looks = ["view_person", "view_face", "view_batch", "view_photo", "view_analysis"]
    alice.user_permissions.set(Permission.objects.filter(codename__in=looks))
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    Analysis.objects.update(state="failed", reason="damaged")
    before, batches = places(), Batch.objects.count()
    act(signed_in(alice), name, action, rows_of(name), kept=persons[0].pk, sure="on")
    assert (places(), Batch.objects.count()) == (before, batches)
    assert not Analysis.objects.exclude(state="failed").exists()


def test_who_may_only_look_at_the_gallery_opens_a_person_but_changes_nothing(
    persons: tuple[Person, Person], viewer: User, signed_in: Callable[[User], Client]
) -> None:
    left = persons[0]
    client = signed_in(viewer)
    page = client.get(page_of(left)).text
    assert "You may look at “Summer” but not change anything there." in page
    assert 'name="face"' not in page
    assert client.post(page_of(left), {"name": "Mine"}).status_code == 403
    address = reverse("admin:galleries_person_faces", args=[left.pk])
    faces = [face.pk for face in left.faces.all()]
    assert client.post(address, {"face": faces, "decision": "split"}).status_code == 403
    delete = reverse("admin:galleries_person_delete", args=[left.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    page = act(client, "person", "delete_selected", [left], post="yes")
    assert "You may look at “Summer”" in page
    assert not Batch.objects.decided().exists()


def test_to_an_administrator_who_is_no_member_nothing_inside_exists(
    persons: tuple[Person, Person], signed_in: Callable[[User], Client]
) -> None:
    outsider = User.objects.create_superuser("outsider", password="outsider's password")
    client, left = signed_in(outsider), persons[0]
    before, batches = places(), Batch.objects.count()
    for name, action in ACTIONS:
        assert client.get(changelist(name)).context["cl"].result_count == 0
        act(client, name, action, rows_of(name), kept=left.pk, sure="on")
    assert client.get(page_of(left)).status_code == 302
    address = reverse("admin:galleries_person_faces", args=[left.pk])
    assert client.post(address, {"decision": "split"}).status_code == 404
    assert (places(), Batch.objects.count()) == (before, batches)


def owning(gallery: Gallery, user: User) -> None:
    Membership.objects.filter(gallery=gallery, user=user).update(role=Role.OWNER)


def test_only_an_owner_purges_and_only_when_sure(
    gallery: Gallery, persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    left = persons[0]
    assert "only an owner may purge" in act(client, "person", "purge", [left], sure="on")
    owning(gallery, moderator)
    assert "This cannot be undone" in act(client, "person", "purge", [left])
    assert Person.objects.filter(pk=left.pk).exists()
    act(client, "person", "purge", [left], sure="on")
    assert not Person.objects.filter(pk=left.pk).exists()


def test_of_a_purged_person_no_name_and_no_event_is_left(
    gallery: Gallery, persons: tuple[Person, Person], client: Client, moderator: User
) -> None:
    left, right = persons
    owning(gallery, moderator)
    client.post(page_of(left), {"name": "Zerlina", "notes": "", "born_on": "", "user": ""})
    identities.name_person(right, "Zerlina again", moderator)
    identities.merge_persons([right], left, moderator)
    identities.delete_person(left, moderator)
    undo.undo(Batch.objects.get(action=Action.DELETE), moderator)
    keys = [left.pk, right.pk]
    faces = Face.objects.count()

    act(client, "person", "purge", [left], sure="on")

    # who was merged into it was the same human
    assert not Person.objects.filter(pk__in=keys).exists()
    assert not PersonEvent.objects.filter(person__in=keys).exists()
    assert not Batch.objects.exists()
    assert not LogEntry.objects.filter(object_repr__contains="Zerlina").exists()
    assert not LogEntry.objects.filter(change_message__contains="Zerlina").exists()
    assert Face.objects.waiting().count() == faces
    assert set(Face.objects.values_list("assigned_by", "probability")) == {("", None)}
