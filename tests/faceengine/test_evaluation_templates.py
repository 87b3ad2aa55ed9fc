"""Persons by all of their faces, and how right the probabilities are."""

from pathlib import Path

import numpy as np
import pytest

from faceengine.evaluation.certainty import TARGET, measure_certainty, read_off
from faceengine.evaluation.gathering import Gathered
from faceengine.evaluation.identification import calibrate, measure_identification
from faceengine.evaluation.pairs import count_pairs
from faceengine.evaluation.templates import (
    NEAREST_FACE,
    ONE_FACE,
    count_template_pairs,
    search_by_faces,
    search_by_templates,
)


def crowd(people: int, each: int, spread: float) -> Gathered:
    random = np.random.default_rng(2)
    centres = np.repeat(random.normal(size=(people, 32)), each, axis=0)
    vectors = (centres + spread * random.normal(size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    photos = [Path(f"{face // each}/{face}.jpg") for face in range(len(vectors))]
    return Gathered(vectors, np.ones(len(vectors), np.float32), photos, [], [], 1.0)


def test_a_person_is_found_better_by_all_faces_than_by_one() -> None:
    gathered = crowd(people=100, each=5, spread=1.1)
    searches = {**search_by_faces(gathered), "templates": search_by_templates(gathered, least=0.0)}
    missed = {by: search.missed(search.threshold(0.01)) for by, search in searches.items()}
    assert missed["templates"] < missed[NEAREST_FACE] < missed[ONE_FACE]


def test_each_face_is_left_out_once_and_strangers_are_those_of_the_other_half() -> None:
    gathered = crowd(people=20, each=4, spread=0.1)
    search = search_by_templates(gathered, least=0.0)
    assert len(search.mates) == len(search.strangers) == 20 * 4
    assert search.mates.min() > search.strangers.max() > -1


def test_people_with_two_faces_have_no_template_to_be_left_out_of() -> None:
    assert not search_by_templates(crowd(people=20, each=2, spread=0.1), 0.0).mates.size
    assert not count_template_pairs(crowd(people=20, each=2, spread=0.1), 0.0).impostor.any()


def test_templates_are_compared_with_every_face_of_others() -> None:
    pairs = count_template_pairs(crowd(people=10, each=3, spread=0.1), least=0.0)
    assert pairs.genuine.sum() == 30
    assert pairs.impostor.sum() == 30 * 27


def test_a_template_asks_for_more_than_a_face() -> None:
    gathered = crowd(people=300, each=4, spread=0.7)
    measured = calibrate(gathered, count_pairs(gathered.embeddings, gathered.people))
    assert measured.merged
    assert measured.of_middles is measured.merged
    assert measured.merged.wide > measured.wide
    assert measured.merged.midpoint > measured.midpoint


def test_what_was_fitted_to_some_is_right_for_others() -> None:
    gathered = crowd(people=300, each=4, spread=0.6)
    measures = measure_certainty(gathered, count_pairs(gathered.embeddings, gathered.people))
    assert len(measures) == 4
    for measure in measures:
        assert measure.value is not None
        assert measure.value <= TARGET
        assert measure.ok


def test_a_probability_for_another_share_of_genuine_pairs_is_moved_by_its_odds() -> None:
    gathered = crowd(people=200, each=4, spread=0.8)
    calibration = read_off(count_pairs(gathered.embeddings, gathered.people), "")
    rarer = calibration.at_prior(0.001)
    usual, rare = calibration.probability(0.5), rarer.probability(0.5)
    odds = (usual / (1 - usual)) / (rare / (1 - rare))
    assert odds == pytest.approx((0.01 / 0.99) / (0.001 / 0.999))
    assert (rarer.strict, rarer.wide) == (calibration.strict, calibration.wide)


def test_few_people_tell_neither_templates_nor_certainty() -> None:
    gathered = crowd(people=12, each=3, spread=0.1)
    counts = count_pairs(gathered.embeddings, gathered.people)
    unknown = {one.measure for one in measure_identification(gathered, counts) if one.why}
    assert "FNIR at FPIR 0.01 of persons by templates" in unknown
    assert "calibration error (prior 0.01)" in unknown
