"""Who takes part in a gallery; it never loses its last owner."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from galleries import sharing
from galleries.models import Gallery, Membership, Role
from galleries.sharing import SharingError

SignIn = Callable[[User], Client]


def membership_of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_an_added_member_sees_the_gallery(
    gallery: Gallery, alice: User, mallory: User, signed_in: SignIn
) -> None:
    members = reverse("members", args=[gallery.pk])
    answer = signed_in(alice).post(members, {"username": "Mallory", "role": "editor"})
    assert answer.headers["Location"] == members
    assert membership_of(mallory).role == Role.EDITOR
    assert signed_in(mallory).get(reverse("gallery", args=[gallery.pk])).status_code == 200


def test_of_two_accounts_that_differ_in_capitals_the_one_that_was_named_is_let_in(
    gallery: Gallery, alice: User
) -> None:
    for name in ("Carol", "carol"):
        User.objects.create_user(name)
    assert sharing.add_member(gallery, "carol", Role.VIEWER).user.username == "carol"
    with pytest.raises(SharingError, match="Nobody here is called"):
        sharing.add_member(gallery, "CAROL", Role.VIEWER)


def test_a_removed_member_no_longer_sees_it(
    gallery: Gallery, alice: User, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(bob)
    page = reverse("gallery", args=[gallery.pk])
    assert client.get(page).status_code == 200
    signed_in(alice).post(reverse("member-remove", args=[membership_of(bob).pk]))
    assert client.get(page).status_code == 404


@pytest.mark.parametrize(
    ("username", "sentence"),
    [("nobody", "Nobody here is called “nobody”"), ("bob", "bob is a member already")],
)
def test_who_cannot_be_added_is_said_in_a_sentence(
    username: str, sentence: str, gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    members = reverse("members", args=[gallery.pk])
    answer = signed_in(alice).post(members, {"username": username, "role": "owner"})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert membership_of(User.objects.get(username="bob")).role == Role.VIEWER


def test_the_last_owner_can_neither_step_down_nor_leave(
    gallery: Gallery, alice: User, signed_in: SignIn
) -> None:
    client, own = signed_in(alice), membership_of(alice)
    for door, data in (("member-role", {"role": "viewer"}), ("member-remove", {})):
        answer = client.post(reverse(door, args=[own.pk]), data, follow=True)
        assert "A gallery needs an owner." in answer.content.decode()
    assert membership_of(alice).role == Role.OWNER


def test_an_owner_may_go_once_there_is_another(
    gallery: Gallery, alice: User, bob: User, signed_in: SignIn
) -> None:
    client = signed_in(alice)
    client.post(reverse("member-role", args=[membership_of(bob).pk]), {"role": "owner"})
    answer = client.post(reverse("member-remove", args=[membership_of(alice).pk]))
    assert answer.headers["Location"] == reverse("galleries")
    assert [row.user for row in gallery.memberships.all()] == [bob]


def test_an_editor_decides_nothing_about_members(
    gallery: Gallery, alice: User, bob: User, signed_in: SignIn
) -> None:
    sharing.change_role(membership_of(bob), Role.EDITOR)
    client = signed_in(bob)
    assert client.get(reverse("members", args=[gallery.pk])).status_code == 404
    door = reverse("member-role", args=[membership_of(bob).pk])
    assert client.post(door, {"role": "owner"}).status_code == 404
    assert membership_of(bob).role == Role.EDITOR


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_leave_at_once_do_not_both_get_away(
    gallery: Gallery, alice: User, bob: User
) -> None:
    sharing.change_role(membership_of(bob), Role.OWNER)
    start = threading.Barrier(2)
    refused: list[str] = []

    def leave(membership: Membership) -> None:
        start.wait()
        try:
            sharing.remove_member(membership)
        except SharingError as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[row]) for row in Membership.objects.all()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert gallery.memberships.filter(role=Role.OWNER).count() == 1
