from pathlib import Path

import numpy as np
import pytest

from faceengine.evaluation.gathering import Gathered
from faceengine.evaluation.pairs import PairCounts, count_pairs
from faceengine.evaluation.rejection import STEPS, measure_rejection, reject_worst

EACH = 4


def gathered(qualities: np.ndarray, spoilt: np.ndarray) -> Gathered:
    """150 people with four faces each, of which the spoilt ones are hardly like their owner."""
    random = np.random.default_rng(0)
    people = len(spoilt) // EACH
    vectors = np.repeat(random.normal(size=(people, 32)), EACH, axis=0)
    vectors += (0.3 + 2.5 * spoilt)[:, None] * random.normal(size=vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Gathered(
        embeddings=vectors.astype(np.float32),
        qualities=qualities.astype(np.float32),
        photos=[Path(f"person {index // EACH}/{index}.jpg") for index in range(len(spoilt))],
        faceless=[],
        unreadable=[],
        seconds=1.0,
    )


@pytest.fixture(scope="module")
def spoilt() -> np.ndarray:
    return np.random.default_rng(7).random(600) < 0.2


def counts_of(faces: Gathered) -> PairCounts:
    return count_pairs(faces.embeddings, faces.people)


def test_a_quality_that_knows_the_bad_faces_removes_the_errors(spoilt: np.ndarray) -> None:
    faces = gathered(1.0 - spoilt, spoilt)
    curve, stricter = reject_worst(faces, counts_of(faces))
    assert stricter.misses[0] > curve.misses[0]
    assert curve.false_match_rate == 1e-3
    assert curve.misses[0] > 0.2
    assert curve.misses[STEPS.index(0.1)] < curve.misses[0]
    assert curve.misses[STEPS.index(0.25)] < 0.01


def test_a_quality_that_is_chance_changes_little(spoilt: np.ndarray) -> None:
    faces = gathered(np.random.default_rng(8).random(len(spoilt)), spoilt)
    curve, _ = reject_worst(faces, counts_of(faces))
    assert curve.misses[STEPS.index(0.2)] == pytest.approx(curve.misses[0], abs=0.08)


def test_faces_of_one_quality_go_in_no_order_of_names() -> None:
    spoilt = np.arange(600) < 300  # the first half of the people, as a folder lists them
    faces = gathered(np.ones(600), spoilt)
    curve, _ = reject_worst(faces, counts_of(faces))
    assert curve.misses[STEPS.index(0.5)] == pytest.approx(curve.misses[0], abs=0.1)


def test_a_pair_goes_with_the_worse_of_its_faces(spoilt: np.ndarray) -> None:
    faces = gathered(np.linspace(0, 1, 600), spoilt)  # the first people are the worst
    curve, _ = reject_worst(faces, counts_of(faces))
    assert curve.pairs[0] == 150 * 6
    assert curve.pairs[STEPS.index(0.2)] == 120 * 6


def test_the_report_sets_rejection_against_all_faces(spoilt: np.ndarray) -> None:
    faces = gathered(1.0 - spoilt, spoilt)
    counts = counts_of(faces)
    rows = {row.measure: row for row in measure_rejection(reject_worst(faces, counts), counts)}
    everyone = rows["FNMR at FMR 1e-03"].value
    better = rows["FNMR at FMR 1e-03, worst 10% gone"]
    assert better.peer_value == everyone
    assert better.ratio is not None
    assert better.ratio > 1


def test_too_few_pairs_are_said_and_not_guessed_from() -> None:
    faces = gathered(np.ones(40), np.zeros(40, dtype=bool))
    counts = counts_of(faces)
    rows = measure_rejection(reject_worst(faces, counts), counts)
    assert [row.value for row in rows] == [None, None]
    assert rows[0].why == "720 impostor pairs are too few for this rate"
