from pathlib import Path

import numpy as np
import pytest

from faceengine.bench import grouping
from faceengine.bench.crowd import Spread, draw_crowd, group_crowd, spread_of
from faceengine.evaluation.gathering import Gathered
from faceengine.packs import Calibration

CALIBRATION = Calibration(0.6, 0.5, 0.4, 10.0, 0.45, "a test")


def crowd_of(people: int, each: int) -> Gathered:
    random = np.random.default_rng(1)
    centres = np.repeat(random.normal(size=(people, 64)), each, axis=0)
    vectors = (centres + 0.5 * random.normal(size=centres.shape)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    photos = [Path(f"person {n // each}") / f"{n}.jpg" for n in range(people * each)]
    return Gathered(vectors, np.ones(len(photos), np.float32), photos, [], [], 0.0)


def test_a_crowd_is_spread_as_the_people_it_is_drawn_after() -> None:
    gathered = crowd_of(people=300, each=6)
    drawn, people = draw_crowd(spread_of(gathered.embeddings, gathered.people), 3000)
    assert np.linalg.norm(drawn, axis=1) == pytest.approx(1, abs=1e-5)
    again, _ = draw_crowd(spread_of(gathered.embeddings, gathered.people), 3000)
    assert (drawn == again).all()

    def means(vectors: np.ndarray, names: np.ndarray) -> tuple[float, float]:
        similarities, same = vectors @ vectors.T, names[:, None] == names
        np.fill_diagonal(same, val=False)
        others = names[:, None] != names
        return float(similarities[same].mean()), float(similarities[others].std())

    known = means(gathered.embeddings, np.array(gathered.people))
    assert means(drawn, people) == pytest.approx(known, abs=0.04)


def test_a_crowd_is_grouped_into_its_people() -> None:
    gathered = crowd_of(people=100, each=4)
    run = group_crowd(spread_of(gathered.embeddings, gathered.people), 800, 0.4, 0.5)
    assert run.agreement > 0.97
    assert run.seconds > 0
    assert run.peak_megabytes > 10


def test_a_crowd_of_one_is_one() -> None:
    still = Spread(
        np.ones(8, np.float32), np.eye(8, dtype=np.float32), np.zeros((8, 8), np.float32)
    )
    drawn, people = draw_crowd(still, 1)
    assert (drawn.shape, people.tolist()) == ((1, 8), [0])


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "find_spec", lambda _: None)
    lines = grouping.compare("open", crowd_of(people=30, each=4), CALIBRATION)
    assert [line.peer for line in lines] == ["Chinese Whispers", "Chinese Whispers", "HDBSCAN"]
    quality, speed, missing = lines
    assert quality.ok
    assert quality.value == pytest.approx(1)
    assert (speed.target, speed.ok) == (None, None)
    assert missing.why == "HDBSCAN is not installed: ./run bench installs it (scikit-learn)."


def test_more_faces_than_the_peers_can_hold_are_judged_without_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping, "MOST_WHISPERED", 50)
    (line,) = grouping.compare("open", crowd_of(people=30, each=4), CALIBRATION)
    assert (line.peer, line.ok) == ("", True)
