"""How often one user may search, whether by page or by API: one budget for both."""

import time

from django.conf import settings
from django.core.cache import cache

from accounts.models import User

WINDOW_SECONDS = 60


def seconds_to_wait(user: User) -> int:
    """Count one search of the user. Returns 0, or how long to wait when the minute is used up.

    Minutes are those of the clock: counting in Redis is one atomic step, and exact.
    """
    now = int(time.time())
    key = f"searches:{user.pk}:{now // WINDOW_SECONDS}"
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    if cache.incr(key) <= settings.LIKENESS_SEARCHES_PER_MINUTE:
        return 0
    return WINDOW_SECONDS - now % WINDOW_SECONDS
