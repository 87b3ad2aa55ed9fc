"""The bench of answers, on people of whom it is known how alike they are."""

import numpy as np
import pytest

from galleries.bench.labelled import Labelled
from galleries.models import ModelVersion
from search.bench.answers import fill, measure

pytestmark = pytest.mark.usefixtures("drawing_engine")


def people(*, alike: float) -> Labelled:
    """Two with four photos each, `alike` to each other, and two with one, unlike everybody."""
    names = ["Anna"] * 4 + ["Bert"] * 4 + ["Cleo", "Dora"]
    vectors = np.zeros((len(names), 256), np.float32)
    vectors[:4, 0] = 1
    vectors[4:8, 0], vectors[4:8, 1] = alike, np.sqrt(1 - alike**2)
    vectors[8, 2] = vectors[9, 3] = 1
    return Labelled(vectors, names, [0.9] * len(names), [""] * len(names))


def test_people_who_are_told_apart_are_found_whole_and_alone(model: ModelVersion) -> None:
    shares = {line.measure: line.value for line in measure(fill(people(alike=0)))}
    assert shares.pop("photos in the gallery") == 9
    assert len(shares) == 15
    assert set(shares.values()) == {1.0}


def test_people_who_look_the_same_cost_precision(model: ModelVersion) -> None:
    shares = {line.measure: line.value for line in measure(fill(people(alike=1)))}
    assert shares["precision, by one face, strict"] == pytest.approx(3 / 7)
    assert shares["recall, by one face, strict"] == 1
    assert shares["absent people told “nobody”, strict"] == 1
