import numpy as np
import pytest

from faceengine import blocks
from faceengine.grouping import cut, group_faces, join_alike, link_neighbours


def crowd(people: int, each: int, spread: float, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(people, 64)), each, axis=0)
    vectors = (centres + spread * random.normal(size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def as_sets(groups: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(groups == number).tolist()) for number in np.unique(groups)}


def test_people_who_differ_become_groups_of_their_own() -> None:
    groups = group_faces(crowd(people=30, each=4, spread=0.5), floor=0.4, threshold=0.5)
    assert as_sets(groups) == {frozenset(range(4 * one, 4 * one + 4)) for one in range(30)}
    assert sorted(set(groups.tolist())) == list(range(30))


def test_faces_without_a_like_stay_alone() -> None:
    assert group_faces(np.eye(5, dtype=np.float32), floor=0.3, threshold=0.4).tolist() == [
        0,
        1,
        2,
        3,
        4,
    ]
    assert group_faces(np.ones((1, 1), np.float32), floor=0.3, threshold=0.4).tolist() == [0]
    assert group_faces(np.empty((0, 8), np.float32), floor=0.3, threshold=0.4).tolist() == []


def test_one_lookalike_does_not_join_two_people() -> None:
    ann, bob = np.repeat([[1.0, 0.0], [0.0, 1.0]], 5, axis=0).reshape(2, 5, 2)
    between = np.array([[1.0, 1.0]]) / np.sqrt(2)  # at .71 to both
    vectors = np.concatenate([ann, bob, between]).astype(np.float32)
    groups = group_faces(vectors, floor=0.4, threshold=0.6)
    assert groups[0] != groups[5]
    assert len(set(groups[:5].tolist())) == len(set(groups[5:10].tolist())) == 1


def test_someone_with_hundreds_of_faces_stays_one() -> None:
    someone = crowd(people=1, each=500, spread=0.9)
    vectors = np.concatenate([someone, crowd(people=20, each=4, spread=0.5, seed=1)])
    floor, threshold = 0.3, 0.4
    parts = cut(link_neighbours(vectors, floor), len(vectors), floor, threshold)
    assert len(set(parts[:500].tolist())) > 1  # 40 links a face are too few to hold them
    groups = group_faces(vectors, floor, threshold)
    assert np.bincount(groups[:500]).max() >= 495
    assert not set(groups[:500].tolist()) & set(groups[500:].tolist())
    assert len(set(groups[500:].tolist())) == 20


def test_groups_are_joined_by_the_mean_of_all_their_pairs() -> None:
    angles = np.radians([0, 10, 40, 50, 120, 130, 300])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    apart = np.array([0, 0, 1, 1, 2, 2, 3])
    mean = float((vectors[:2] @ vectors[2:4].T).mean())
    joined = join_alike(vectors, apart, mean - 0.001)
    assert as_sets(joined) == {frozenset({0, 1, 2, 3}), frozenset({4, 5}), frozenset({6})}
    assert as_sets(join_alike(vectors, apart, mean + 0.001)) == as_sets(apart)


def test_one_threshold_for_both_groups_what_is_linked() -> None:
    groups = group_faces(crowd(people=30, each=4, spread=0.5), floor=0.5, threshold=0.5)
    assert as_sets(groups) == {frozenset(range(4 * one, 4 * one + 4)) for one in range(30)}


def test_a_chain_of_likes_is_no_group() -> None:
    angles = np.radians(np.arange(0, 181, 20))
    chain = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    groups = group_faces(chain, floor=0.5, threshold=0.8)
    assert groups[0] != groups[-1]


def test_the_same_faces_give_the_same_groups_again() -> None:
    vectors = crowd(people=60, each=5, spread=1.4)
    first, second = (group_faces(vectors, floor=0.2, threshold=0.35) for _ in range(2))
    assert (first == second).all()


def test_the_order_of_faces_hardly_matters() -> None:
    vectors = crowd(people=40, each=4, spread=0.6)
    order = np.random.default_rng(5).permutation(len(vectors))
    groups = np.empty(len(vectors), np.int64)
    groups[order] = group_faces(vectors[order], floor=0.4, threshold=0.5)
    assert as_sets(groups) == as_sets(group_faces(vectors, floor=0.4, threshold=0.5))


@pytest.mark.parametrize("block", [1, 300, 4_000_000])
def test_links_are_the_nearest_neighbours(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    vectors = crowd(people=12, each=4, spread=0.8)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -1)
    expected = set()
    for one, row in enumerate(similarities):
        for other in np.argsort(row)[-3:]:
            if row[other] > 0.3:
                expected.add((min(one, other), max(one, other)))
    links = link_neighbours(vectors, floor=0.3, neighbours=3)
    assert set(zip(links.one.tolist(), links.other.tolist(), strict=True)) == expected
    assert len(links.one) == len(expected)
    assert links.similarity == pytest.approx(similarities[links.one, links.other], abs=1e-6)
