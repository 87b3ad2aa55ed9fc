"""How well whole pictures are found, counted by hand and on real ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from faceengine.evaluation import command
from faceengine.evaluation.framings import PARTS, frame_anew
from faceengine.evaluation.images import photos_of_classes
from faceengine.evaluation.retrieval import Appearances, recognise, retrieve
from faceengine.pictures import Image


def test_average_precision_is_what_one_counts_by_hand() -> None:
    angles = np.radians([0, 10, 15, 40, 60])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    classes = ["crab", "watch", "crab", "crab", "watch"]
    colours = np.full((5, 1), 1, dtype=np.float32)
    (found,) = retrieve(classes, Appearances(vectors, colours), [1.0])
    # the first crab is asked with: watch, crab, crab, watch come
    assert found.average_precisions[0] == pytest.approx((1 / 2 + 2 / 3) / 2)
    # the last watch is asked with: crab, crab, watch, crab come
    assert found.average_precisions[4] == pytest.approx(1 / 3)
    assert found.precisions[4] == pytest.approx(1 / 4)
    means = found.of(np.array([0, 4]))
    assert means == pytest.approx(((7 / 12 + 1 / 3) / 2, (2 / 4 + 1 / 4) / 2))


def test_a_picture_does_not_find_itself_among_its_copies() -> None:
    vectors = np.tile(np.array([[1, 0]], dtype=np.float32), (4, 1))
    pictures = Appearances(vectors, np.ones((4, 1), np.float32))
    (found,) = retrieve(list("aabb"), pictures, [1.0])
    assert (found.precisions == np.float32(1 / 3)).all()


def test_the_weight_decides_between_content_and_colour() -> None:
    content = np.eye(4, dtype=np.float32)[[0, 0, 1, 1]]
    colours = np.eye(4, dtype=np.float32)[[0, 1, 0, 1]]
    by_colour, by_content = retrieve(list("aabb"), Appearances(content, colours), [0.0, 1.0])
    assert by_content.of(np.arange(4))[0] == 1
    assert by_colour.of(np.arange(4))[0] < 0.5


def test_a_picture_is_recognised_by_the_place_of_the_one_that_is_right() -> None:
    angles = np.radians([0, 20, 90])
    others = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    asked = others[[1, 1, 1]]  # all three look like the second
    colours = np.ones((3, 1), np.float32)
    (found,) = recognise(Appearances(asked, colours), Appearances(others, colours), [1.0])
    assert found.average_precisions == pytest.approx([1 / 2, 1, 1 / 3])
    assert found.precisions.tolist() == [0, 1, 0]


def test_pictures_that_are_all_alike_recognise_none() -> None:
    same = Appearances(np.ones((4, 1), np.float32), np.ones((4, 1), np.float32))
    (found,) = recognise(same, same, [0.5])
    assert found.of(np.arange(4)) == (0.25, 0)


def test_colours_recognise_what_content_does_not_tell_apart() -> None:
    same, different = np.ones((4, 1), np.float32), np.eye(4, dtype=np.float32)
    pictures = Appearances(same, different)
    by_colour, by_both, by_content = recognise(pictures, pictures, [0.0, 0.95, 1.0])
    everyone = np.arange(4)
    assert by_colour.of(everyone) == by_both.of(everyone) == (1, 1)
    assert by_content.of(everyone) == (0.25, 0)


def ramp() -> Image:
    """Each row has a grey of its own."""
    return np.repeat(np.arange(200, dtype=np.uint8), 100 * 3).reshape(200, 100, 3)


@pytest.mark.parametrize("seed", range(8))
def test_both_are_parts_of_the_picture_of_the_sizes_that_are_said(seed: int) -> None:
    one, other = frame_anew(ramp(), np.random.default_rng(seed))
    for part in (one, other):
        for side, whole in zip(part.shape[:2], (200, 100), strict=True):
            assert PARTS[0] * whole - 1 <= side <= PARTS[1] * whole + 1
    greys = one.mean(axis=(1, 2))
    assert float(np.polyfit(np.arange(len(greys)), greys, 1)[0]) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("seed", range(8))
def test_only_the_second_is_in_another_light(seed: int) -> None:
    grey = np.full((60, 80, 3), 100, np.uint8)
    one, other = frame_anew(grey, np.random.default_rng(seed))
    assert one.mean() == pytest.approx(100, abs=1)
    assert 5 < abs(other.mean() - 100) < 40


def test_the_same_seed_frames_in_the_same_way() -> None:
    first, again, another = (frame_anew(ramp(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))
    assert first[0].shape != another[0].shape


def test_a_picture_of_one_pixel_has_parts() -> None:
    one, other = frame_anew(np.zeros((1, 1, 3), np.uint8), np.random.default_rng(0))
    assert one.shape == other.shape == (1, 1, 3)


@pytest.fixture
def classes(assets: Path, tmp_path: Path) -> Path:
    """Six classes of eight pictures."""
    everything = sorted((assets / "images/caltech101_dev").iterdir())
    for folder in everything[:6]:
        (tmp_path / "classes" / folder.name).mkdir(parents=True)
        for photo in sorted(folder.iterdir())[:8]:
            shutil.copy(photo, tmp_path / "classes" / folder.name)
    return tmp_path / "classes"


@pytest.fixture
def weights_here(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_every_backbone_that_is_here_is_asked_and_the_usual_one_is_missed(
    classes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (classes / "Leopards/letter.jpg").write_text("Dear Sir or Madam")
    assert command.main(["images", str(classes), "--json"]) == 0
    captured = capsys.readouterr()
    rows = {row["measure"]: row for row in json.loads(captured.out)}
    assert {name.split(":")[0] for name in rows} == {"colour", "mobilenet-edgetpu", "mobilenet-v2"}
    for name in ("mobilenet-edgetpu", "mobilenet-v2"):
        assert rows[f"{name}: mAP above colour"]["ok"]
        for question in ("", "framed anew: "):
            both = rows[f"{name}: {question}mAP, both, other half"]
            assert both["ratio"] == pytest.approx(both["value"] / both["peer_value"])
            assert rows[f"{name}: {question}mAP, w = 0.95"]["value"] > 0.5
        # another part of the same photo is found by what it shows, and less surely by its colours
        found = rows[f"{name}: framed anew: first answer right"]["value"]
        assert rows["colour: framed anew: first answer right"]["value"] < found
    assert "Left out: " in captured.err
    assert "letter.jpg: This file is not a picture" in captured.err
    assert "Install it with: ./run models install efficientnetb0" in captured.err


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_a_table_has_a_column_for_colour_and_one_for_each_backbone(
    classes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["images", str(classes), "--backbone", "mobilenet-v2", "--quick"]
    assert command.main(asked) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["measure", "unit", "colour", "mobilenet-v2"]
    first = next(row for row in rows if row.startswith("mAP "))
    colour, content = (float(cell) for cell in first.split()[-2:])
    assert 0 < colour < content < 1


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_classes_of_which_nothing_is_left_are_said(
    classes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for photo in classes.glob("*/*"):
        photo.write_text("Dear Sir or Madam")
    assert command.main(["images", str(classes), "--backbone", "mobilenet-v2"]) == 1
    assert "two photos that can be read" in capsys.readouterr().err


def test_what_is_no_folder_of_classes_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "crab").mkdir()
    for number in range(3):
        (tmp_path / "crab" / f"{number}.jpg").touch()
    assert command.main(["images", str(tmp_path / "none")]) == 1
    assert f"There is no folder {tmp_path / 'none'}." in capsys.readouterr().err
    assert command.main(["images", str(tmp_path)]) == 1
    assert "There are not two classes" in capsys.readouterr().err


def test_a_class_of_one_photo_is_passed_over_and_a_quick_look_takes_fewer(tmp_path: Path) -> None:
    for name, count in (("a", 1), ("b", 2), ("c", 30)):
        (tmp_path / name).mkdir()
        for number in range(count):
            (tmp_path / name / f"{number:02d}.jpg").touch()
    assert len(photos_of_classes(tmp_path)) == 32
    assert len(photos_of_classes(tmp_path, is_quick=True)) == 12
