"""Forms of the account pages."""

from typing import Any

from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    AuthenticationForm,
    PasswordChangeForm,
)
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.throttling import seconds_to_wait_for_sign_in


class SignInForm(AuthenticationForm):
    """Sign-in with a bound on guessing."""

    def clean(self) -> dict[str, Any]:
        if wait := seconds_to_wait_for_sign_in(self.cleaned_data.get("username") or ""):
            raise ValidationError(
                f"These are too many sign-ins in one minute. Try again in {wait} seconds.",
                code="throttled",
            )
        return super().clean()


class OwnPasswordForm(PasswordChangeForm):
    """Ends the life of a one-time password, and signs every device out."""

    def clean_new_password1(self) -> str:
        chosen: str = self.cleaned_data["new_password1"]
        if self.user.password_is_temporary and self.user.check_password(chosen):
            raise ValidationError("Somebody else knows this one. Choose another.")
        return chosen

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        self.user.password_is_temporary = False
        self.user.sign_devices_out()
        return super().save(commit)


class GivenPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # it takes none
    """A password that an administrator gives is used once, and signs every device out."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        user: User = self.user
        user.password_is_temporary = True
        user.sign_devices_out()
        super().save(commit)
        return user


class NewAccountForm(AdminUserCreationForm[User]):
    """The password of a new account is known to the administrator too, so it is used once."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        self.instance.password_is_temporary = True
        return super().save(commit)
