import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.evaluation.grouping import agree_by_face, agree_by_pair, whisper

labels = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ABCD")), min_size=2, max_size=12)


def test_agreement_is_what_one_counts_by_hand() -> None:
    # Ann is split in two groups, one of them with Bob in it
    groups, people = np.array([0, 0, 1, 1]), ["Ann", "Ann", "Ann", "Bob"]
    by_face, by_pair = agree_by_face(groups, people), agree_by_pair(groups, people)
    assert by_face.precision == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)
    assert by_face.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert by_face.f == pytest.approx(2 * 0.75 * (2 / 3) / (0.75 + 2 / 3))
    assert (by_pair.precision, by_pair.recall) == (1 / 2, 1 / 3)


@given(labels)
def test_agreement_is_that_of_the_definitions(labelled: list[tuple[int, str]]) -> None:
    groups, people = np.array([group for group, _ in labelled]), [name for _, name in labelled]
    precisions, recalls = [], []
    for group, name in labelled:
        both = sum(one == group and owner == name for one, owner in labelled)
        precisions.append(both / sum(one == group for one, _ in labelled))
        recalls.append(both / people.count(name))
    by_face = agree_by_face(groups, people)
    assert by_face.precision == pytest.approx(np.mean(precisions))
    assert by_face.recall == pytest.approx(np.mean(recalls))
    pairs = list(itertools.combinations(labelled, 2))
    right = sum(one == other for one, other in pairs)
    grouped = sum(one[0] == other[0] for one, other in pairs)
    owned = sum(one[1] == other[1] for one, other in pairs)
    by_pair = agree_by_pair(groups, people)
    assert by_pair.precision == (right / grouped if grouped else 1)
    assert by_pair.recall == (right / owned if owned else 1)


def test_all_in_one_group_costs_precision_and_all_alone_costs_recall() -> None:
    people = ["Ann", "Ann", "Bob", "Bob"]
    together, alone = np.zeros(4, np.int64), np.arange(4)
    assert agree_by_face(together, people).recall == agree_by_face(alone, people).precision == 1
    assert agree_by_face(together, people).precision == 1 / 2
    assert agree_by_pair(alone, people).f == 0


def test_whispers_take_a_cosine_similarity() -> None:
    angles = np.radians([0, 10, 80, 90])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    groups = whisper(vectors, threshold=float(np.cos(np.radians(11))))
    assert groups[0] == groups[1] != groups[2] == groups[3]
    assert len(set(whisper(vectors, float(np.cos(np.radians(9)))).tolist())) == 4
