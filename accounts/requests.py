"""What a view behind the sign-in may rely on."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request that passed `LoginRequiredMiddleware` and `HtmxMiddleware`."""

    user: User
    htmx: HtmxDetails
