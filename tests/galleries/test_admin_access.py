"""Who may moderate: Django's permissions and the role in the gallery, both."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries.models import Analysis, Batch, Person
from tests.faces import places
from tests.galleries.moderation import act, changelist, page_of, rows_of

pytestmark = pytest.mark.usefixtures("drawing_engine")


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


@pytest.mark.parametrize("name", ["person", "face", "batch", "photo"])
def test_nothing_inside_a_gallery_is_added_by_hand(name: str, moderators: Client) -> None:
    assert moderators.get(reverse(f"admin:galleries_{name}_add")).status_code == 403
    assert "Add person" not in moderators.get(changelist("person")).text


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
