"""How often something may be done in a minute, counted once for pages and API."""

import time
from hashlib import sha256

from django.core.cache import cache

WINDOW_SECONDS = 60
SIGN_INS_PER_MINUTE = 10


def seconds_to_wait(what: str, limit: int) -> int:
    """Count one more of `what`. Returns 0, or how long to wait when the minute is used up.

    Minutes are those of the clock: counting in Redis is one atomic step, and exact.
    """
    now = int(time.time())
    key = f"per-minute:{what}:{now // WINDOW_SECONDS}"
    cache.add(key, 0, 2 * WINDOW_SECONDS)
    if cache.incr(key) <= limit:
        return 0
    return WINDOW_SECONDS - now % WINDOW_SECONDS


def seconds_to_wait_for_sign_in(username: str) -> int:
    """Bound the guesses at one account, from however many addresses they come."""
    # blanks around a name are cut off before it is looked up, so they open no new account here
    name = username.strip().casefold().encode(errors="surrogatepass")
    account = sha256(name).hexdigest()
    return seconds_to_wait(f"sign-in:{account}", SIGN_INS_PER_MINUTE)
