"""A linear head: right where it can be, honest about it, and able to say "none of them"."""

import numpy as np
import pytest

from faceengine.training.epochs import Audience, Epoch
from faceengine.training.errors import TrainingCancelledError
from faceengine.training.head import Head, Strangers, fit_head
from faceengine.training.regression import Examples, Floats, Regression

DIMENSIONS = 32
#: The share of strangers that may be taken for one of the classes.
ACCEPTED = 0.05
NOBODY = np.zeros((0, DIMENSIONS), np.float32)


def clouds(classes: int, each: int, *, spread: float, seed: int = 0) -> Examples:
    """Vectors around a middle for each class; classes of one seed have the same middles."""
    middles = np.random.default_rng(7).standard_normal((classes, DIMENSIONS))
    noise = np.random.default_rng(100 + seed).standard_normal((classes, each, DIMENSIONS))
    vectors = (middles[:, None] + spread * noise).reshape(-1, DIMENSIONS)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Examples(vectors.astype(np.float32), np.repeat(np.arange(classes), each))


def strangers(count: int) -> Floats:
    vectors = np.random.default_rng(1).standard_normal((count, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def fit(
    classes: int = 5, *, spread: float = 0.5, unknown: Floats = NOBODY, validation: int = 20
) -> Head:
    names = [f"class {number}" for number in range(classes)]
    return fit_head(
        names,
        clouds(classes, 20, spread=spread),
        clouds(classes, validation, spread=spread, seed=1),
        Strangers(unknown, ACCEPTED),
        Audience(),
    )


@pytest.mark.parametrize("classes", [2, 5, 40])
def test_new_examples_are_told_apart(classes: int) -> None:
    new = clouds(classes, 30, spread=0.5, seed=2)
    judged = fit(classes).judge(new.vectors)
    assert (judged.labels == new.labels).mean() > 0.95
    assert ((judged.probability > 0) & (judged.probability <= 1)).all()


def test_probabilities_are_honest_where_classes_overlap() -> None:
    new = clouds(5, 300, spread=1.6, seed=2)
    judged = fit(5, spread=1.6, validation=100).judge(new.vectors)
    right = judged.labels == new.labels
    assert right.mean() < 0.95
    assert abs(right.mean() - judged.probability.mean()) < 0.05


def test_strangers_are_none_of_them_as_often_as_was_asked_for() -> None:
    head = fit(unknown=strangers(400))
    others = np.random.default_rng(9).standard_normal((2000, DIMENSIONS)).astype(np.float32)
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert head.judge(others).is_known.mean() == pytest.approx(0.05, abs=0.04)
    assert head.judge(clouds(5, 30, spread=0.5, seed=2).vectors).is_known.mean() > 0.95


def test_without_strangers_each_class_in_turn_is_one() -> None:
    head = fit(classes=40)
    assert -1 < head.threshold < 1
    assert head.judge(strangers(400)).is_known.mean() < 0.2


@pytest.mark.parametrize("spread", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_few_classes_that_say_little_of_strangers_let_no_more_of_them_in(
    classes: int, spread: float
) -> None:
    head = fit(classes, spread=spread)
    assert head.judge(strangers(2000)).is_known.mean() < 2 * ACCEPTED
    assert head.judge(clouds(classes, 40, spread=spread, seed=2).vectors).is_known.mean() > 0.9


def test_a_class_of_one_example_does_not_count_for_how_alike_a_class_is() -> None:
    training, validation = clouds(3, 20, spread=0.5), clouds(3, 20, spread=0.5, seed=1)
    one = np.flatnonzero((training.labels > 0) | (np.arange(60) == 0))
    head = fit_head(["a", "b", "c"], training[one], validation, Strangers(NOBODY, 0.05), Audience())
    assert np.isfinite(head.threshold)
    assert head.judge(strangers(2000)).is_known.mean() < 2 * ACCEPTED


def test_without_examples_to_choose_by_nothing_is_turned_away() -> None:
    head = fit(validation=0)
    assert head.threshold == -1
    assert head.judge(strangers(50)).is_known.all()


def test_whoever_watches_sees_the_loss_fall_and_can_end_it() -> None:
    epochs: list[Epoch] = []
    training = clouds(5, 20, spread=0.8)
    nothing = training[np.zeros(0, np.int64)]
    Regression(5, 10.0, training, nothing, Audience(watch=epochs.append)).fit()
    assert [epoch.number for epoch in epochs] == list(range(1, len(epochs) + 1))
    assert epochs[-1].loss < epochs[0].loss / 5
    assert epochs[-1].validation_loss is None
    with pytest.raises(TrainingCancelledError):
        Regression(5, 10.0, training, nothing, Audience(is_wanted=lambda: False)).fit()


def test_the_regression_finds_the_point_where_nothing_pulls() -> None:
    training = clouds(3, 30, spread=1.0)
    nothing = training[np.zeros(0, np.int64)]
    regression = Regression(3, 1.0, training, nothing, Audience())
    weights, bias = regression.fit()
    best = np.column_stack([weights, bias]).ravel().astype(np.float64)
    loss, pull = regression._loss(best)
    assert np.abs(pull).max() < 1e-4
    aside = np.random.default_rng(0).standard_normal(len(best))
    aside *= 1e-2 / np.linalg.norm(aside)
    assert all(regression._loss(best + step)[0] > loss for step in (aside, -aside))


def test_the_gradient_is_that_of_the_loss() -> None:
    training = clouds(3, 10, spread=1.0)
    nothing = training[np.zeros(0, np.int64)]
    regression = Regression(3, 1.0, training, nothing, Audience())
    generator = np.random.default_rng(3)
    here = generator.standard_normal(3 * (DIMENSIONS + 1))
    aside = generator.standard_normal(len(here))
    step = 1e-2
    rise = regression._loss(here + step * aside)[0] - regression._loss(here - step * aside)[0]
    assert rise / (2 * step) == pytest.approx(float(regression._loss(here)[1] @ aside), rel=1e-2)
