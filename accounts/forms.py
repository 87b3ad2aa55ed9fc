"""Forms of the account pages."""

from django.contrib.auth.forms import PasswordChangeForm

from accounts.models import User


class OwnPasswordForm(PasswordChangeForm):
    """Choosing a password of one's own ends the life of a one-time password."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        self.user.password_is_temporary = False
        return super().save(commit)
