"""Groups of the same picture: nobody is left out, and nobody is there by way of another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.scenes.hashing import HASH_BITS, NEAR, distance
from faceengine.scenes.near_duplicates import Hashes, group_near, near_pairs

BITS = st.integers(0, HASH_BITS - 1)


def flip(value: int, bits: list[int]) -> int:
    for bit in bits:
        value ^= 1 << bit
    return value


@st.composite
def families(draw: st.DrawFn) -> Hashes:
    """Hashes of which many are near each other, and some are the same."""
    roots = draw(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4))
    copies = st.tuples(st.sampled_from(roots), st.lists(BITS, max_size=NEAR + 3))
    return np.array([flip(*copy) for copy in draw(st.lists(copies, max_size=30))], np.uint64)


@given(families())
def test_all_near_pairs_are_found_and_no_others(hashes: Hashes) -> None:
    unique = np.unique(hashes)
    every = {
        (one, other)
        for one in range(len(unique))
        for other in range(one + 1, len(unique))
        if distance(int(unique[one]), int(unique[other])) <= NEAR
    }

    assert {(one, other) for one, other in near_pairs(unique).tolist()} == every


@given(families())
def test_all_of_a_group_are_near_its_best(hashes: Hashes) -> None:
    groups = group_near(hashes)

    for first, *others in groups:
        assert others
        assert first == min(first, *others)
        assert all(distance(int(hashes[first]), int(hashes[other])) <= NEAR for other in others)
    grouped = [number for group in groups for number in group]
    assert len(grouped) == len(set(grouped))


@given(families())
def test_who_is_left_out_is_near_nobody_who_is_free(hashes: Hashes) -> None:
    grouped = {number for group in group_near(hashes) for number in group}
    alone = [number for number in range(len(hashes)) if number not in grouped]

    for place, one in enumerate(alone):
        for other in alone[place + 1 :]:
            assert distance(int(hashes[one]), int(hashes[other])) > NEAR


def test_no_group_is_larger_than_it_may_be() -> None:
    groups = group_near(np.zeros(10, np.uint64), most=4)

    assert groups == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_who_is_apart_stays_apart() -> None:
    hashes = np.zeros(3, np.uint64)

    assert group_near(hashes, {frozenset((0, 1))}) == [[0, 2]]
    every = {frozenset((0, 1)), frozenset((0, 2)), frozenset((1, 2))}
    assert group_near(hashes, every) == []


@pytest.mark.parametrize("count", [0, 1])
def test_few_photos_make_no_group(count: int) -> None:
    assert group_near(np.zeros(count, np.uint64)) == []
