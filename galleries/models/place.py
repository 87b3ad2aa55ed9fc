"""Distances on earth, in the database."""

from __future__ import annotations

import math

from django.db.models import F, Q
from django.db.models.functions import ASin, Cos, Least, Power, Radians, Sin, Sqrt
from django.db.models.lookups import LessThanOrEqual

from faceengine.places import EARTH_RADIUS_KILOMETRES, Place

#: How far around a photo pages offer to look, in kilometres.
DISTANCES = (1, 10, 100)


def is_near(place: Place, kilometres: float, photo: str = "") -> Q:
    """The condition that a photo was taken within a distance. `photo` leads to it, as `photo__`.

    By the haversine formula (Sinnott 1984, Sky and Telescope 68), which holds across the date line.
    """
    latitude = Radians(F(f"{photo}latitude"))
    across = Sin((Radians(F(f"{photo}longitude")) - math.radians(place.longitude)) / 2)
    up = Sin((latitude - math.radians(place.latitude)) / 2)
    shrink = Cos(latitude) * math.cos(math.radians(place.latitude))
    haversine = Power(up, 2) + shrink * Power(across, 2)
    # rounding may take it above 1 on the other side of the earth
    angle = 2 * ASin(Sqrt(Least(haversine, 1.0)))
    # what an index finds; a little wider, so that rounding rules nothing out
    reach = math.degrees(kilometres / EARTH_RADIUS_KILOMETRES) * 1.001
    band = (place.latitude - reach, place.latitude + reach)
    return Q((f"{photo}latitude__range", band)) & Q(
        LessThanOrEqual(angle * EARTH_RADIUS_KILOMETRES, kilometres)
    )
