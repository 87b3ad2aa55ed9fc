"""Sign-in, sign-out and the password: Django's own views in Likeness's dress."""

from django.contrib.auth import views as auth
from django.urls import reverse_lazy

from accounts.forms import OwnPasswordForm


class SignIn(auth.LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class PasswordChange(auth.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("galleries")
