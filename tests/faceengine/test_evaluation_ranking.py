import numpy as np
import pytest

from faceengine.evaluation.ranking import rank_faces, search_openly


def at_angles(*degrees: float) -> np.ndarray:
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def crowd(people: int, each: int, spread: float) -> tuple[np.ndarray, list[str]]:
    random = np.random.default_rng(1)
    centres = np.repeat(random.normal(size=(people, 64)), each, axis=0)
    vectors = (centres + spread * random.normal(size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, [f"person {index // each}" for index in range(people * each)]


def test_ranking_is_what_one_counts_by_hand() -> None:
    # Ann at 0 sees Bob, then Ann at 30; Ann at 30 sees Bob, then Ann at 0; Bob is alone
    ranking = rank_faces(at_angles(0, 20, 30), ["Ann", "Bob", "Ann"])
    assert ranking.first == 0
    assert ranking.mean == pytest.approx(1 / 2)
    # Ann at 0 and at 10 see Ann, Bob, Ann: precisions 1/1 and 2/3; at 40 Bob first: 1/2 and 2/3
    ranking = rank_faces(at_angles(0, 10, 25, 40), ["Ann", "Ann", "Bob", "Ann"])
    assert ranking.first == pytest.approx(2 / 3)
    assert ranking.mean == pytest.approx(((1 + 2 / 3) / 2 * 2 + (1 / 2 + 2 / 3) / 2) / 3)


def test_a_stranger_who_is_as_similar_counts_against() -> None:
    ranking = rank_faces(at_angles(0, 10, 10), ["Ann", "Ann", "Bob"])
    assert ranking.mean == pytest.approx(1 / 2)


def test_people_with_one_face_are_not_asked_for() -> None:
    ranking = rank_faces(at_angles(0, 5, 90, 95, 200), ["Ann", "Ann", "Bob", "Bob", "alone"])
    assert (ranking.first, ranking.mean) == (1, 1)


def test_faces_that_hardly_vary_are_found_and_noise_is_not() -> None:
    good, bad = (rank_faces(*crowd(people=40, each=3, spread=spread)) for spread in (0.05, 50))
    assert good.first == good.mean == 1
    assert bad.first < 0.3
    assert bad.mean < 0.3


def test_every_photo_is_searched_where_its_owner_is_unknown() -> None:
    vectors, people = crowd(people=60, each=3, spread=0.3)
    search = search_openly(vectors, people)
    assert len(search.mates) == 60 * 2
    assert len(search.strangers) == 60 * 3
    assert search.mates.mean() > search.strangers.mean()


def test_strangers_are_kept_out_at_the_rate_that_was_asked_for() -> None:
    search = search_openly(*crowd(people=100, each=3, spread=1.0))
    for rate in (0.01, 0.1, 0.5):
        threshold = search.threshold(rate)
        share = (search.strangers > threshold).mean()
        assert share <= rate
        assert (search.strangers >= threshold).mean() > rate
    assert search.missed(search.threshold(0.01)) > search.missed(search.threshold(0.5))


def test_too_few_strangers_tell_nothing() -> None:
    search = search_openly(*crowd(people=99, each=3, spread=0.3))
    assert not search.can_tell(0.01)
    assert search.can_tell(0.02)
    assert not search_openly(*crowd(people=400, each=1, spread=0.3)).can_tell(0.01)


def test_who_is_enrolled_does_not_depend_on_the_order_of_photos() -> None:
    vectors, people = crowd(people=30, each=1, spread=0.3)
    turned = search_openly(vectors[::-1].copy(), people[::-1])
    expected = search_openly(vectors, people)
    assert np.sort(turned.strangers) == pytest.approx(np.sort(expected.strangers), abs=1e-5)
