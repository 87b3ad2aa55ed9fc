"""A person in a few vectors, one for each look."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.templates import MOST_LOOKS, summarise

LEAST = 0.7


def faces(*counts: int, spread: float = 0.05) -> np.ndarray:
    """So many faces of each look; looks have nothing in common."""
    random = np.random.default_rng(0)
    centres = np.repeat(np.eye(len(counts), 64), counts, axis=0)
    vectors = (centres + spread * random.normal(size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def test_faces_that_are_alike_are_one_look_nearer_to_a_new_face_than_they_are() -> None:
    *known, new = faces(9, spread=0.08)
    (look,) = summarise(np.stack(known), np.ones(8), LEAST)
    assert look @ new > max(one @ new for one in known)


@pytest.mark.parametrize("counts", [(3, 3), (1, 7), (2, 3, 4)])
def test_each_look_has_a_vector_of_its_own(counts: tuple[int, ...]) -> None:
    vectors = faces(*counts)
    looks = summarise(vectors, np.ones(len(vectors)), LEAST)
    assert len(looks) == len(counts)
    assert (vectors @ looks.T).max(axis=1).min() > 0.85


def test_there_are_never_more_looks_than_a_search_can_ask_for() -> None:
    looks = summarise(faces(*[1] * 12), np.ones(12), LEAST)
    assert len(looks) == MOST_LOOKS


def test_a_blurred_face_draws_the_middle_less_than_a_good_one() -> None:
    good, blurred = faces(1, 1)
    (look,) = summarise(np.stack([good, blurred]), np.array([0.9, 0.1]), least=0.0)
    assert look @ good > 0.9
    assert look @ blurred < 0.3


def test_a_person_of_whom_only_poor_faces_are_known_has_a_template() -> None:
    vectors = faces(2)
    (look,) = summarise(vectors, np.zeros(2), LEAST)
    assert (vectors @ look).min() > 0.9


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=20),
    st.floats(-1, 1),
)
def test_whatever_is_known_gives_a_few_unit_vectors(places: list[int], least: float) -> None:
    vectors = faces(1, 1, 1, 1, 1, 1)[places]  # the same face several times, too
    looks = summarise(vectors, np.ones(len(places)), least)
    assert 1 <= len(looks) <= min(MOST_LOOKS, len(places))
    assert np.linalg.norm(looks, axis=1) == pytest.approx(1, abs=1e-5)
