"""What was seen in pictures that are asked with: in Redis, for their user alone, for a while."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from django.core.cache import cache

from accounts.models import User
from galleries.models import Photo
from search.kept_pictures import LIFETIME_SECONDS


class _Made(Protocol):
    """`made_at` in seconds since 1970; `stored_photo` the id of the photo that it is, if any."""

    @property
    def token(self) -> str: ...
    @property
    def made_at(self) -> float: ...
    @property
    def stored_photo(self) -> int | None: ...


ProbeT = TypeVar("ProbeT", bound=_Made)


@dataclass(frozen=True, slots=True)
class KeptProbes(Generic[ProbeT]):
    """Those that are asked with in one way; `kind` tells them apart in Redis."""

    kind: str

    def keep(self, probe: ProbeT, user: User) -> ProbeT:
        """Until a quarter of an hour after it was made, however often it changes."""
        left = probe.made_at + LIFETIME_SECONDS - time.time()
        cache.set(self.key(probe.token, user), probe, math.ceil(left))
        return probe

    def get(self, token: str, user: User) -> ProbeT | None:
        """One of a stored photo lasts no longer than that, and the user's sight of it."""
        probe: ProbeT | None = cache.get(self.key(token, user))
        if probe is None or probe.stored_photo is None:
            return probe
        photos = Photo.objects.visible_to(user).filter(pk=probe.stored_photo)
        return probe if photos.exists() else None

    def key(self, token: str, user: User) -> str:
        return f"{self.kind}:{user.pk}:{token}"
