"""What stands between a sign-in and the pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


class TemporaryPasswordMiddleware:
    """Lead a user who signed in with a one-time password to choosing their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.password_is_temporary:
            allowed = {reverse("password-change"), reverse("sign-out")}
            if request.path not in allowed:
                return redirect("password-change")
        return self.get_response(request)
