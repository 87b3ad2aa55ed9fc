"""A calibration follows the faces of a gallery, as far as its pairs can tell."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from faceengine.catalog import PACKS
from faceengine.packs import PRIOR, Calibration, Strictness
from faceengine.refining import Evidence, Refinement, refine

OPEN, DLIB = (PACKS[name].calibration for name in ("open", "dlib"))
assert OPEN
assert DLIB
#: The standard deviation of strangers' similarities that 5 % of them exceed as the pack says.
SPREAD = 0.096
NOBODY = np.empty(0)


def strangers(count: int, shift: float = 0.0, spread: float = 1.0) -> np.ndarray:
    """As `open` sees strangers, moved and spread."""
    drawn: np.ndarray = np.random.default_rng(0).normal(0.005, SPREAD, count) * spread + shift
    return drawn


def thresholds(calibration: Calibration) -> list[float]:
    return [calibration.threshold(word) for word in Strictness]


def refined(
    similarities: np.ndarray, mates: np.ndarray = NOBODY, others: np.ndarray = NOBODY
) -> Calibration:
    assert OPEN
    return refine(OPEN, Evidence(similarities, others, mates, same=0, pairs=0)).apply(OPEN)


def test_without_pairs_nothing_moves() -> None:
    assert OPEN
    assert refine(OPEN, Evidence(NOBODY, NOBODY, NOBODY, 0, 0)) == Refinement()
    assert thresholds(refined(NOBODY)) == thresholds(OPEN)


def test_where_strangers_look_more_alike_more_similarity_is_asked_for() -> None:
    assert OPEN
    few, many = refined(strangers(500, shift=0.05)), refined(strangers(20_000, shift=0.05))
    for here, there, before in zip(*map(thresholds, (many, few, OPEN)), strict=True):
        assert before < there < here
    assert many.normal == pytest.approx(OPEN.normal + 0.05, abs=0.015)
    assert many.midpoint > OPEN.midpoint
    assert many.merged
    assert OPEN.merged
    assert many.merged.normal - OPEN.merged.normal == pytest.approx(many.normal - OPEN.normal)


def test_thresholds_become_looser_only_where_the_pairs_can_tell_the_rate() -> None:
    assert OPEN
    # 2,999 pairs cannot tell one in a thousand; 20,000 can, but not one in ten thousand
    assert thresholds(refined(strangers(2_999, shift=-0.1))) == thresholds(OPEN)
    looser = refined(strangers(20_000, shift=-0.1))
    assert looser.wide < OPEN.wide
    assert (looser.normal, looser.strict) == (OPEN.normal, OPEN.strict)
    assert looser.probability(OPEN.normal) == pytest.approx(OPEN.probability(OPEN.normal))


def test_a_few_mirrors_and_collages_move_next_to_nothing() -> None:
    pairs = strangers(5_000)
    with_mirrors = np.append(pairs, np.full(25, 0.95))
    for one, other in zip(*map(thresholds, map(refined, (pairs, with_mirrors))), strict=True):
        assert other == pytest.approx(one, abs=0.01)


def test_strangers_of_one_photo_who_share_its_light_do_not_speak_for_all() -> None:
    assert OPEN
    alike, usual = strangers(2_000, shift=0.08), strangers(2_000)
    assert thresholds(refined(alike)) > thresholds(OPEN)
    assert thresholds(refined(alike, others=usual)) == pytest.approx(thresholds(OPEN), abs=0.01)
    # in a family others are one person too often, and the photos tell
    family = np.append(usual, np.full(500, 0.7))
    assert thresholds(refined(usual, others=family)) == thresholds(refined(usual))


def test_others_alone_say_nothing() -> None:
    assert OPEN
    assert thresholds(refined(NOBODY, others=strangers(20_000, shift=0.1))) == thresholds(OPEN)


def test_people_who_change_much_are_still_likely_at_a_lower_similarity() -> None:
    random = np.random.default_rng(1)
    usual, changed = random.normal(0.70, 0.12, 2_000), random.normal(0.48, 0.10, 2_000)
    before, after = (refined(strangers(5_000), mates) for mates in (usual, changed))
    assert after.probability(0.42) > before.probability(0.42)
    assert thresholds(after) == thresholds(before)


def test_a_match_is_less_probable_where_everybody_is_somebody_else() -> None:
    assert OPEN
    crowd = Evidence(NOBODY, NOBODY, NOBODY, same=1_000, pairs=3_000_000)
    family = Evidence(NOBODY, NOBODY, NOBODY, same=60_000, pairs=400_000)
    assert Evidence(NOBODY, NOBODY, NOBODY, 0, 0).share == PRIOR
    assert crowd.share < PRIOR < family.share < 0.15
    for evidence in (crowd, family):
        here, share = refine(OPEN, evidence).apply(OPEN), evidence.share
        for moved, usual in ((here, OPEN), (here.of_middles, OPEN.of_middles)):
            odds = odds_of(moved.probability(0.43)) / odds_of(usual.probability(0.43))
            assert odds == pytest.approx(odds_of(share) / odds_of(PRIOR))


def odds_of(probability: float) -> float:
    return probability / (1 - probability)


similarities = st.floats(-1, 1, width=32)
pairs_of_faces = st.one_of(
    st.integers(0, 400).flatmap(lambda count: arrays(np.float64, count, elements=similarities)),
    st.builds(
        strangers, st.integers(0, 4_000), shift=st.floats(-0.5, 0.5), spread=st.floats(0.01, 5)
    ).map(lambda pairs: pairs.clip(-1, 1)),
)


@given(
    calibration=st.sampled_from([OPEN, DLIB]),
    strange=pairs_of_faces,
    others=pairs_of_faces,
    mates=pairs_of_faces,
    counts=st.tuples(st.integers(0, 10**9), st.integers(0, 10**12)).map(sorted),
)
def test_whatever_the_pairs_the_numbers_keep_their_sense(
    calibration: Calibration,
    strange: np.ndarray,
    others: np.ndarray,
    mates: np.ndarray,
    counts: list[int],
) -> None:
    same, pairs = counts
    refinement = refine(calibration, Evidence(strange, others, mates, same=same, pairs=pairs))
    here = refinement.apply(calibration)
    assert here.merged
    for meaning in (here, here.merged):
        ordered = (1, *thresholds(meaning), -1)
        assert all(more >= less for more, less in pairwise(ordered))
        assert calibration.slope / 5 < meaning.slope < calibration.slope * 5
        assert math.isfinite(meaning.midpoint)
        shown = [meaning.probability(similarity) for similarity in np.linspace(-1, 1, 41)]
        assert shown == sorted(shown)
        assert 0 <= shown[0] <= shown[-1] <= 1
    assert here.strict >= calibration.strict
    assert here.normal >= calibration.normal
