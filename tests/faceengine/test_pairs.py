import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceengine.evaluation.pairs import PairCounts, count_pairs, first_rank_share


def faces(people: int, each: int, spread: float, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(people, 32)), each, axis=0)
    vectors = (centres + spread * random.normal(size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, [f"person {index // each}" for index in range(people * each)]


@pytest.fixture(scope="module")
def pairs() -> PairCounts:
    return count_pairs(*faces(people=150, each=4, spread=0.7))


def test_every_pair_is_counted_once(pairs: PairCounts) -> None:
    assert pairs.genuine.sum() == 150 * 6
    assert pairs.impostor.sum() == 600 * 599 // 2 - 150 * 6


@pytest.mark.parametrize("rate", [1e-4, 1e-3, 1e-2, 0.3])
def test_a_threshold_keeps_its_false_match_rate(rate: float) -> None:
    vectors, people = faces(people=100, each=3, spread=0.7)
    threshold = count_pairs(vectors, people).threshold(rate)
    names = np.array(people)
    upper = np.triu_indices(len(names), 1)
    impostors = (vectors @ vectors.T)[upper][names[upper[0]] != names[upper[1]]]
    assert (impostors >= threshold).mean() <= rate
    assert (impostors >= threshold - 0.01).mean() > rate


def test_a_stricter_threshold_accepts_fewer(pairs: PairCounts) -> None:
    shares = [pairs.accepted(pairs.threshold(rate)) for rate in (1e-1, 1e-3, 1e-5)]
    assert 1 >= shares[0] > shares[1] > shares[2] > 0


@given(st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_the_fitted_curve_is_right_on_average(seed: int) -> None:
    pairs = count_pairs(*faces(people=60, each=3, spread=0.8, seed=seed))
    prior = 0.1
    slope, midpoint = pairs.fit_probability(prior)
    centres = (np.arange(len(pairs.genuine)) + 0.5) / 10_000 - 1
    probability = 1 / (1 + np.exp(-slope * (centres - midpoint)))
    genuine = prior * pairs.genuine / pairs.genuine.sum()
    weights = genuine + (1 - prior) * pairs.impostor / pairs.impostor.sum()
    assert slope > 0
    assert weights @ probability == pytest.approx(prior, abs=1e-3)


def test_people_who_never_look_alike_still_give_a_curve() -> None:
    slope, midpoint = count_pairs(*faces(people=5, each=3, spread=0.05)).fit_probability()
    assert 0 < slope < 1000
    assert 0.3 < midpoint < 1


def test_the_same_person_is_the_most_similar_when_faces_hardly_vary() -> None:
    assert first_rank_share(*faces(people=20, each=2, spread=0.05)) == 1
    assert first_rank_share(*faces(people=20, each=2, spread=50)) < 0.3


def test_people_with_one_face_are_not_asked_for() -> None:
    vectors, people = faces(people=5, each=2, spread=0.05)
    alone, _ = faces(people=1, each=1, spread=0.05, seed=9)
    assert first_rank_share(np.concatenate([vectors, alone]), [*people, "alone"]) == 1
