"""Where on earth a photo was taken."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: The mean one.
EARTH_RADIUS_KILOMETRES = 6371.009


@dataclass(frozen=True, slots=True)
class Place:
    """In degrees of WGS 84, as GPS tells them: north and east are positive.

    Raises: ValueError for what is nowhere.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        for degrees, limit in ((self.latitude, 90), (self.longitude, 180)):
            if not (math.isfinite(degrees) and abs(degrees) <= limit):
                raise ValueError("there is no such place")
