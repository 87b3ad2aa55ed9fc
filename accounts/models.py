"""Who may sign in, and with which devices."""

from __future__ import annotations

import secrets
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox is untyped
    """A person who signs in. What they may see is decided by their memberships of galleries."""

    password_is_temporary = models.BooleanField(
        default=False,
        help_text="The user is asked for a password of their own at the next sign-in.",
    )

    @classmethod
    def create_first(cls, username: str) -> tuple[Self, str]:
        """Make the administrator of a new installation. Returns also a one-time password."""
        password = secrets.token_urlsafe(9)
        user = cls.objects.create_superuser(username, password=password)
        user.password_is_temporary = True
        user.save(update_fields=["password_is_temporary"])
        return user, password

    def sign_devices_out(self) -> None:
        """A password is changed, perhaps because somebody else knew it: tokens go with it."""
        self.auth_token_set.all().delete()


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """The token of one device; only its digest is stored, so it can be withdrawn but never read."""

    device = models.CharField(max_length=100)

    objects = AuthTokenManager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.device} of {self.user}"
