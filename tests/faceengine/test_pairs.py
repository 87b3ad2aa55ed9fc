from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceengine import blocks
from faceengine.evaluation.pairs import BINS, PairCounts, count_pairs
from faceengine.packs import Calibration


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


def test_an_overconfident_curve_is_wrong_by_as_much_as_it_says_too_much() -> None:
    # of the hits half are genuine: 100 strangers of 100,000 lie above the wide threshold
    genuine, impostor = np.full(100, 0.5), np.append(np.full(99_900, 0.0), np.full(100, 0.5))
    counts = PairCounts.of(genuine, impostor)
    prior = 100 / 100_100
    honest = Calibration(0.6, 0.6, 0.4, slope=10.0, midpoint=0.50005, provenance="")
    assert counts.calibration_error(honest, prior) == pytest.approx(0, abs=1e-3)
    for slope in (1e3, 1e9):
        sure = replace(honest, slope=slope, midpoint=0.4)
        assert counts.calibration_error(sure, prior) == pytest.approx(0.5, abs=1e-3)
        unsure = replace(honest, slope=slope, midpoint=0.6)
        assert counts.calibration_error(unsure, prior) == pytest.approx(0.5, abs=1e-3)


def test_the_curve_is_fitted_to_what_a_search_finds() -> None:
    vectors, people = faces(people=200, each=3, spread=0.8)
    counts = count_pairs(vectors, people)
    assert counts.has_hits
    wide = counts.threshold(1e-3)
    slope, midpoint = counts.fit_probability()
    # the bulk of the strangers, whom no search finds, draws the curve nowhere
    bulk = int((wide + 1) * BINS / 2) - 100
    unlike = counts.impostor.copy()
    unlike[0], unlike[1:bulk] = unlike[:bulk].sum(), 0
    moved = replace(counts, impostor=unlike)
    assert moved.fit_probability() == pytest.approx((slope, midpoint))


@pytest.mark.parametrize("block", [1, 200, 4_000_000])
def test_pairs_counted_in_blocks_are_those_counted_one_by_one(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    vectors, people = faces(people=9, each=5, spread=0.7)
    shuffled = np.random.default_rng(3).permutation(len(people))
    vectors, people = vectors[shuffled], [people[index] for index in shuffled]
    genuine: list[float] = []
    impostor: list[float] = []
    for one in range(len(people)):
        for other in range(one + 1, len(people)):
            same = people[one] == people[other]
            (genuine if same else impostor).append(float(vectors[one] @ vectors[other]))
    counted = count_pairs(vectors, people)
    for counts, similarities in ((counted.genuine, genuine), (counted.impostor, impostor)):
        # a similarity beside the edge of a bin may be rounded over it
        places = np.repeat(np.arange(BINS), counts) / (BINS / 2) - 1
        assert places == pytest.approx(sorted(similarities), abs=2.1e-4)


def test_errors_are_equal_where_the_kinds_overlap_evenly() -> None:
    genuine, impostor = np.linspace(0.2, 0.6, 401), np.linspace(0.0, 0.4, 401)
    assert PairCounts.of(genuine, impostor).equal_error_rate() == pytest.approx(0.25, abs=0.01)
    assert PairCounts.of(genuine + 0.5, impostor - 0.5).equal_error_rate() == 0
    assert PairCounts.of(impostor, genuine).equal_error_rate() == pytest.approx(0.75, abs=0.01)


def test_a_rate_needs_pairs_enough_to_be_told() -> None:
    pairs = PairCounts.of(np.ones(5), np.zeros(3_000))
    assert pairs.can_tell(1e-3)
    assert not pairs.can_tell(9e-4)


def test_the_curve_falls_from_everyone_to_no_one(pairs: PairCounts) -> None:
    for shares in pairs.curve():
        assert (shares[0], shares[-1]) == (1, 0)
        assert (np.diff(shares) <= 0).all()
