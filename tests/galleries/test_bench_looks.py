"""The bench of looks times what it says, among photos that are made up or mixed from real ones."""

from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from faceengine.evaluation.gathering import EvaluationError
from faceengine.weights import WeightError
from galleries import looks
from galleries.bench.looks import Pictures, World, measure_looks
from galleries.models import ModelVersion
from tests.drawings import draw

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def classes(tmp_path: Path) -> Path:
    """A folder of two classes with two pictures each."""
    for name, colours in {"fire": ("red", "yellow"), "water": ("blue", "green")}.items():
        (tmp_path / name).mkdir()
        for colour in colours:
            (tmp_path / name / f"{colour}.png").write_bytes(draw(colour))
    return tmp_path


def test_the_best_are_found_at_every_weight(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "EXACT_PHOTOS", 100)
    monkeypatch.setattr(looks, "_estimate_every", lambda: 0)

    measures = measure_looks(Pictures.made_up(), count=1000, runs=3)

    lines = {line.measure: line for line in measures}
    for weight in ("0", "0.5", "0.95", "1"):
        recall = lines[f"w = {weight}, all, recall of ten"].value
        assert recall is not None
        assert recall >= 0.8
        assert lines[f"w = {weight}, all, p50"].value
    assert lines["w = 0.5, 10 of one gallery, recall of ten"].value == 1


def test_photos_are_made_after_pictures(drawing_scenes: set[str], classes: Path) -> None:
    pictures = Pictures.of_folder(classes)

    contents, colours = World(pictures, photos=40).draw(6)

    assert pictures.classes == ["fire", "fire", "water", "water"]
    assert pictures.model.is_default
    assert np.linalg.norm(contents, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert colours.sum(axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    # what is in none of the pictures is in no photo
    assert not colours[:, ~pictures.colours.any(axis=0)].any()


def test_a_folder_without_classes_says_what_is_wanted(
    drawing_scenes: set[str], tmp_path: Path
) -> None:
    with pytest.raises(EvaluationError, match="two classes"):
        Pictures.of_folder(tmp_path)


def test_missing_weights_say_what_to_do(
    drawing_scenes: set[str], classes: Path, settings: Settings
) -> None:
    drawing_scenes.clear()

    with pytest.raises(WeightError, match="name another backbone in LIKENESS_SCENES"):
        Pictures.of_folder(classes)
