"""Whom the review suggests: nobody who is unlikely, as measured on real faces."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from accounts.models import User
from galleries import identities
from galleries.models import Face, FaceVector, Gallery, Photo
from galleries.review.questions import LEAST_PROBABILITY, suggest
from tests.faces import analyse_everything

pytestmark = pytest.mark.usefixtures("drawing_engine")


def make_alike(face: Face, other: Face, probability: float) -> None:
    """Turn the vector of a face so far that it is the other's person with this probability."""
    calibration = face.gallery.model.calibration
    odds = math.log(probability / (1 - probability))
    similarity = calibration.midpoint + odds / calibration.slope
    ours, theirs = (np.array(row.vectors.get().vector, np.float32) for row in (face, other))
    mixed = similarity * theirs + math.sqrt(1 - similarity**2) * ours
    FaceVector.objects.filter(face=face).update(vector=mixed)


@pytest.mark.parametrize(
    ("change", "names"), [(-0.05, []), (0.05, ["Ann"])], ids=["unlikely", "likely"]
)
def test_only_who_is_likely_enough_is_suggested(
    add_drawing: Callable[..., Photo],
    alice: User,
    gallery: Gallery,
    change: float,
    names: list[str],
) -> None:
    photos = [add_drawing("red"), add_drawing("blue")]
    analyse_everything()
    red, blue = (photo.faces.get() for photo in photos)
    identities.open_person_of([red], alice, "Ann")
    make_alike(blue, red, LEAST_PROBABILITY + change)
    found = suggest(gallery, [blue], ())
    assert [item.person.name for item in found] == names
