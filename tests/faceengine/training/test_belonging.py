"""Whether something belongs to a class at all: as sure as examples are, and not of strangers."""

import numpy as np
import pytest
from numpy.typing import NDArray

from faceengine.embedders.embedding import unit_length
from faceengine.training.belonging import Belonging, fit_belonging
from faceengine.training.regression import Examples

CLASSES, OF_EACH, DIMENSIONS = 8, 20, 64


def examples(spread: float) -> tuple[Examples, NDArray[np.float32]]:
    """Classes about a middle each, and the middles."""
    noise = np.random.default_rng(1)
    middles = unit_length(noise.standard_normal((CLASSES, DIMENSIONS)).astype(np.float32))
    labels = np.repeat(np.arange(CLASSES), OF_EACH)
    away = spread * noise.standard_normal((len(labels), DIMENSIONS)).astype(np.float32)
    return Examples(unit_length(middles[labels] + away), labels), middles


@pytest.mark.parametrize("spread", [0.05, 0.1, 0.2])
def test_it_is_as_sure_of_new_examples_and_of_strangers_as_it_is_right(spread: float) -> None:
    known, middles = examples(spread)
    belonging = fit_belonging(known, CLASSES)
    noise = np.random.default_rng(2)
    labels = noise.integers(0, CLASSES, 500)
    away = spread * noise.standard_normal((500, DIMENSIONS)).astype(np.float32)
    new = unit_length(middles[labels] + away)
    strangers = unit_length(noise.standard_normal((500, DIMENSIONS)).astype(np.float32))
    sums = [known.vectors[known.labels == one].sum(axis=0) for one in range(CLASSES)]
    learnt = unit_length(np.stack(sums))
    own = (new * learnt[labels]).sum(axis=1)
    nearest = (strangers @ learnt.T).max(axis=1)
    sure = belonging.probability(np.concatenate([own, nearest]))
    is_right = np.repeat([True, False], 500)
    accepted = sure >= 0.5
    assert np.mean(accepted == is_right) > 0.9
    assert abs(sure[accepted].mean() - is_right[accepted].mean()) < 0.06


def test_nothing_is_certain_however_far_apart_classes_lie() -> None:
    belonging = fit_belonging(examples(0.01)[0], CLASSES)
    least, most = belonging.probability(np.array([-1.0, 1.0], np.float32))
    assert 0 <= least < 0.5 < most <= 1
    assert np.isfinite([belonging.slope, belonging.midpoint]).all()


def test_more_alike_is_never_less_likely() -> None:
    likely = Belonging(20.0, 0.5).probability(np.linspace(-1, 1, 50, dtype=np.float32))
    assert (np.diff(likely) >= 0).all()
