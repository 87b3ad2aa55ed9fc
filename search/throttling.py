"""How often one user may search, whether by page or by API: one budget for both."""

from django.conf import settings

from accounts import throttling
from accounts.models import User


def seconds_to_wait(user: User) -> int:
    """Count one search of the user. Returns 0, or how long to wait when the minute is used up."""
    return throttling.seconds_to_wait(f"search:{user.pk}", settings.LIKENESS_SEARCHES_PER_MINUTE)
