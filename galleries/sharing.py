"""Who takes part in a gallery, and as what."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from galleries.models import Gallery, Membership, Role


class SharingError(Exception):
    """The change is not possible; str() is the sentence for the user."""


@transaction.atomic
def add_member(gallery: Gallery, username: str, role: Role) -> Membership:
    """Let a user into a gallery. Raises: SharingError."""
    user = _find_user(username.strip())
    if user is None:
        raise SharingError(
            f"Nobody here is called “{username}”. Check the spelling, or ask your administrator "
            "to create the account."
        )
    membership, is_new = Membership.objects.get_or_create(
        gallery=gallery, user=user, defaults={"role": role}
    )
    if not is_new:
        raise SharingError(f"{user.username} is a member already. Change the role in the list.")
    return membership


@transaction.atomic
def change_role(membership: Membership, role: Role) -> None:
    """Give a member another role. Raises: SharingError when the gallery would lose its owner."""
    if role != Role.OWNER:
        _keep_an_owner(membership)
    Membership.objects.filter(pk=membership.pk).update(role=role)


@transaction.atomic
def remove_member(membership: Membership) -> None:
    """Take a gallery away from a member. Raises: SharingError for its last owner."""
    _keep_an_owner(membership)
    membership.delete()


def _find_user(username: str) -> User | None:
    """Bob and bob may be two accounts: the exact name counts first, another only if it is alone."""
    namesakes = User.objects.filter(username__iexact=username, is_active=True)
    exact = [user for user in namesakes if user.username == username]
    found = exact or list(namesakes)
    return found[0] if len(found) == 1 else None


def _keep_an_owner(leaving: Membership) -> None:
    """Lock the owners first, or two that leave at once would each count on the other."""
    owners = Membership.objects.select_for_update().filter(
        gallery=leaving.gallery_id, role=Role.OWNER
    )
    if {owner.pk for owner in owners} == {leaving.pk}:
        raise SharingError("A gallery needs an owner. Make somebody else owner first.")
