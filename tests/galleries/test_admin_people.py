"""Moderation of persons, faces and the log: what the pages can do, undone as there."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from galleries import analysis, identities, undo
from galleries.models import Action, Analysis, Batch, Event, Face, Gallery, Person, Photo
from tests.faces import places
from tests.galleries.moderation import act, changelist, page_of, rows_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


def listed(client: Client, query: str) -> set[int]:
    answer = client.get(changelist("person", query))
    assert answer.status_code == 200
    return {person.pk for person in answer.context["cl"].result_list}


def test_a_person_is_listed_with_portrait_counts_and_what_was_said_last(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    left, right = persons
    identities.name_person(left, "Anna", moderator)
    identities.move_faces([left.faces.all()[0]], left, moderator)
    page = moderators.get(changelist("person")).text
    portrait = Person.objects.with_faces().get(pk=left.pk).portrait_id
    assert reverse("face-crop", args=[portrait]) in page
    assert "moderator confirmed 1 face of Anna" in page
    assert f"Unnamed {right.pk}" in page
    rows = moderators.get(changelist("person")).context["cl"].result_list
    counts = {row.pk: (row.face_count, row.confirmed_count) for row in rows}
    assert counts == {left.pk: (3, 1), right.pk: (3, 0)}


def test_persons_are_filtered_by_kind_and_searched_by_name(
    gallery: Gallery, persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    left, right = persons
    identities.name_person(left, "Anna", moderator)
    hidden = Person.objects.create(gallery=gallery, name="Hidden", is_hidden=True)
    stranger = Person.objects.create(gallery=gallery, is_stranger=True)
    assert listed(moderators, "") == {left.pk, right.pk, hidden.pk, stranger.pk}
    assert listed(moderators, "?kind=named") == {left.pk, hidden.pk}
    assert listed(moderators, "?kind=unnamed") == {right.pk}
    assert listed(moderators, "?kind=hidden") == {hidden.pk}
    assert listed(moderators, "?kind=stranger") == {stranger.pk}
    assert listed(moderators, "?q=nna") == {left.pk}


def test_what_may_be_wrong_with_persons_is_found(
    persons: tuple[Person, Person],
    moderators: Client,
    moderator: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, right = persons
    monkeypatch.setattr("galleries.admin.person_filters.LARGE", 4)
    assert listed(moderators, "?look=large") == set()
    assert listed(moderators, "?look=doubtful") == set()
    assert listed(moderators, "?look=conflicting") == set()
    assert listed(moderators, "?look=merged") == set()
    one = Face.objects.of(right)[:1]
    Face.objects.filter(pk__in=one).update(probability=0.98)
    assert listed(moderators, "?look=doubtful") == {right.pk}
    batch = identities.merge_persons([right], left, moderator)
    assert listed(moderators, "?look=large") == {left.pk}
    assert listed(moderators, "?look=conflicting") == {left.pk}
    assert listed(moderators, "?look=merged") == {left.pk}
    undo.undo(batch, moderator)
    assert listed(moderators, "?look=merged") == set()


@pytest.mark.parametrize("name", ["person", "face", "batch"])
def test_a_list_takes_as_many_queries_for_few_rows_as_for_many(
    name: str,
    gallery: Gallery,
    persons: tuple[Person, Person],
    moderators: Client,
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
        response = moderators.get(changelist(name))
    assert response.context["cl"].result_count >= 6


def test_the_pages_of_a_person_and_of_a_batch_take_a_bounded_number_of_queries(
    persons: tuple[Person, Person],
    moderators: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    batch = Batch.objects.latest("pk")
    with django_assert_max_num_queries(20):
        assert moderators.get(page_of(persons[0])).status_code == 200
    with django_assert_max_num_queries(20):
        page = moderators.get(reverse("admin:galleries_batch_change", args=[batch.pk])).text
    face = Event.objects.filter(batch=batch)[0].face_id
    assert reverse("face-crop", args=[face]) in page


def test_names_and_facts_are_edited_as_decisions_that_can_be_taken_back(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    person = persons[0]
    data = {"name": "Anna", "notes": "In the choir", "born_on": "1970-05-03", "user": moderator.pk}
    page = moderators.post(page_of(person), data, follow=True).text
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
    wrong: dict[str, str], sentence: str, persons: tuple[Person, Person], moderators: Client
) -> None:
    data = {"name": "Anna", "notes": "", "born_on": "", "user": "", **wrong}
    assert sentence in moderators.post(page_of(persons[0]), data, follow=True).text
    assert not Batch.objects.decided().exists()


def test_only_members_of_the_gallery_can_be_linked_to_a_person(
    persons: tuple[Person, Person], moderators: Client, mallory: User
) -> None:
    data = {"name": "", "notes": "", "born_on": "", "user": mallory.pk}
    assert "Select a valid choice" in moderators.post(page_of(persons[0]), data).text


def test_a_merge_asks_who_is_kept_and_can_be_reverted(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    left, right = persons
    before = places()
    page = act(moderators, "person", "merge", persons)
    assert "Who is kept?" in page
    assert places() == before
    act(moderators, "person", "merge", persons, kept=right.pk)
    assert right.faces.count() == 6
    assert not Person.objects.present().filter(pk=left.pk).exists()
    batch = Batch.objects.get(action=Action.MERGE)
    assert "Taken back: moderator merged 3 faces" in act(moderators, "batch", "revert", [batch])
    assert places() == before


def test_a_merge_of_people_who_were_told_apart_warns_first(
    persons: tuple[Person, Person], moderators: Client, alice: User
) -> None:
    left, right = persons
    identities.tell_apart(left, right, alice)
    assert "are two people" in act(moderators, "person", "merge", persons)
    page = act(moderators, "person", "merge", persons, kept=left.pk)
    assert "are two people" in page
    assert left.faces.count() == 3
    act(moderators, "person", "merge", persons, kept=left.pk, even_if_different="on")
    assert left.faces.count() == 6


def test_persons_of_two_galleries_are_not_merged(
    persons: tuple[Person, Person], moderators: Client, moderator: User
) -> None:
    other = Gallery.create_owned_by(moderator, "Winter")
    foreign = Person.objects.create(gallery=other)
    assert "of one gallery" in act(moderators, "person", "merge", [persons[0], foreign])
    assert "of one gallery" in act(moderators, "person", "merge", [persons[0]])


def test_chosen_faces_are_split_off_on_the_page_of_a_person(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    left = persons[0]
    before = places()
    chosen = [face.pk for face in left.faces.all()[:2]]
    page = moderators.get(page_of(left)).text
    assert all(reverse("face-crop", args=[pk]) in page for pk in chosen)
    address = reverse("admin:galleries_person_faces", args=[left.pk])
    data = {"face": chosen, "decision": "split", "name": "Ben"}
    assert "as Ben" in moderators.post(address, data, follow=True).text
    ben = Person.objects.get(name="Ben")
    assert sorted(face.pk for face in ben.faces.all()) == sorted(chosen)
    act(moderators, "batch", "revert", [Batch.objects.get(action=Action.SPLIT)])
    assert places() == before


def test_chosen_faces_are_confirmed_or_rejected_or_called_no_faces(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    left, right = persons
    first, second, third = left.faces.order_by("pk")
    foreign = right.faces.all()[0]
    address = reverse("admin:galleries_person_faces", args=[left.pk])
    for face, decision in ((first, "confirm"), (second, "reject"), (third, "no-faces")):
        moderators.post(address, {"face": [face.pk, foreign.pk], "decision": decision})
    after = {pk: (person, by, verdict) for pk, person, by, _, verdict in places()}
    assert after[first.pk] == (left.pk, "human", "")
    assert after[second.pk] == (None, "", "")
    assert after[third.pk] == (None, "", "not-a-face")
    assert after[foreign.pk] == (right.pk, "matcher", "")
    page = moderators.post(address, {"decision": "confirm", "face": ["x", ""]}, follow=True).text
    assert "Choose some faces first." in page


def test_persons_are_hidden_shown_and_approved_from_the_list(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    act(moderators, "person", "hide", persons)
    assert Person.objects.filter(is_hidden=True).count() == 2
    act(moderators, "person", "show", persons)
    assert not Person.objects.filter(is_hidden=True).exists()
    act(moderators, "person", "approve", persons)
    assert set(Face.objects.values_list("assigned_by", flat=True)) == {"human"}
    assert Batch.objects.filter(action=Action.HIDE).count() == 1
    assert Batch.objects.filter(action=Action.CONFIRM).count() == 2


def test_the_photos_of_persons_are_read_again_and_what_was_said_stands(
    gallery: Gallery,
    persons: tuple[Person, Person],
    moderators: Client,
    moderator: User,
    add_drawing: Callable[..., Photo],
) -> None:
    other = add_drawing("green")
    while analysis.work_off(8):
        pass
    identities.name_person(persons[0], "Anna", moderator)
    identities.move_faces(persons[0].faces.all(), persons[0], moderator)
    before = places()
    assert "Queued again: 3 photos." in act(moderators, "person", "read_again", persons)
    queued = Analysis.objects.filter(state="queued")
    assert {row.photo_id for row in queued} == {*gallery.photos.values_list("pk", flat=True)} - {
        other.pk
    }
    while analysis.work_off(8):
        pass
    assert places() == before


def test_photos_that_could_not_be_read_are_tried_again_from_the_list_of_analyses(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    Analysis.objects.update(state="failed", reason="damaged")
    assert "damaged or cut short" in moderators.get(changelist("analysis", "?state=failed")).text
    assert "Queued again: 3 photos." in act(
        moderators, "analysis", "try_again", rows_of("analysis")
    )
    assert Analysis.objects.filter(state="queued").count() == 3


def test_a_deleted_person_comes_back_by_reverting(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    left, right = persons
    before = places()
    moderators.post(reverse("admin:galleries_person_delete", args=[left.pk]), {"post": "yes"})
    act(moderators, "person", "delete_selected", [right], post="yes")
    assert not Person.objects.present().exists()
    act(moderators, "batch", "revert", Batch.objects.filter(action=Action.DELETE))
    assert Person.objects.present().count() == 2
    assert places() == before


def test_the_list_shows_that_the_largest_come_first_until_another_order_is_chosen(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    def sorted_columns(query: str) -> dict[str, str]:
        changes = moderators.get(changelist("person", query)).context["cl"]
        return {
            changes.list_display[key]: way
            for key, way in changes.get_ordering_field_columns().items()
        }

    assert sorted_columns("") == {"face_count": "desc"}
    assert sorted_columns("?o=2") == {"who": "asc"}


def test_before_a_deletion_it_is_said_that_it_can_be_taken_back(
    persons: tuple[Person, Person], moderators: Client
) -> None:
    assert "It can be taken back" in act(moderators, "person", "delete_selected", persons)
    one = reverse("admin:galleries_person_delete", args=[persons[0].pk])
    assert "It can be taken back" in moderators.get(one).text
    assert Person.objects.present().count() == 2
