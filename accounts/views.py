"""Sign-in, sign-out and the password: Django's own views in Likeness's dress."""

from typing import Any

from django.contrib.auth import views as auth
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django_htmx.http import HttpResponseClientRefresh

from accounts.forms import OwnPasswordForm, SignInForm


class SignIn(auth.LoginView):
    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page whose session ended while it waited is loaded anew, not filled with this form."""
        if request.headers.get("HX-Request"):
            return HttpResponseClientRefresh()
        return super().get(request, *args, **kwargs)


class PasswordChange(auth.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = OwnPasswordForm
    success_url = reverse_lazy("galleries")
