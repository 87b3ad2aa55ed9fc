"""Folders described through tf.data, on real pictures and a real network."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from faceengine.scenes import __main__ as command
from faceengine.scenes.engine import SceneEngine
from faceengine.scenes.folders import FolderError, describe_folder
from faceengine.weights import WeightStore
from tests.faceengine.scenes.conftest import Picture

# one process, so that TensorFlow is imported once
pytestmark = [pytest.mark.assets, pytest.mark.xdist_group("keras")]


@pytest.fixture
def folder(assets: Path, tmp_path: Path) -> Path:
    """Four pictures, two of them in a folder below, and one that is none."""
    for name, place in (("crab", "a"), ("watch", "a/b")):
        (tmp_path / "pictures" / place).mkdir(parents=True)
        for path in sorted((assets / "images/caltech101_dev" / name).iterdir())[:2]:
            shutil.copy(path, tmp_path / "pictures" / place / f"{name}_{path.name}")
    (tmp_path / "pictures/a/letter.jpg").write_text("Dear Sir or Madam")
    return tmp_path / "pictures"


def test_every_picture_has_the_vector_that_the_engine_gives(
    folder: Path, weights: WeightStore, picture: Picture
) -> None:
    seen: list[tuple[int, int]] = []
    described = describe_folder(
        folder, "mobilenet-v2", weights, progress=lambda *progress: seen.append(progress)
    )
    assert [path.name[:4] for path in described.photos] == ["watc", "watc", "crab", "crab"]
    assert described.model == "mobilenet-v2-1"
    assert seen[-1] == (5, 5)
    # decoded at the same size, so that both see the same pixels
    images = [picture(str(path), 448) for path in described.photos]
    expected = SceneEngine.load("mobilenet-v2", weights).describe(images)
    assert (described.vectors * expected).sum(axis=1).min() > 0.9999


def test_what_cannot_be_read_is_answered_with_a_sentence(
    folder: Path, weights: WeightStore
) -> None:
    described = describe_folder(folder, "mobilenet-v2", weights)
    (path, why), *others = described.unreadable.items()
    assert not others
    assert path.name == "letter.jpg"
    assert why.startswith("This file is not a picture, whatever its name says. Upload a JPEG")


def test_a_folder_with_nothing_but_letters_has_no_vectors(
    tmp_path: Path, weights: WeightStore
) -> None:
    (tmp_path / "letter.jpg").write_text("Dear Sir or Madam")
    described = describe_folder(tmp_path, "mobilenet-v2", weights)
    assert described.vectors.shape == (0, 1280)
    assert len(described.unreadable) == 1


def test_shape_and_scaling_change_the_vectors_and_their_model(
    folder: Path, weights: WeightStore
) -> None:
    usual = describe_folder(folder, "mobilenet-v2", weights)
    small = describe_folder(folder, "mobilenet-v2", weights, shape=(128, 160, 3))
    raw = describe_folder(folder, "mobilenet-v2", weights, is_scaled=False)
    assert small.model == "mobilenet-v2-1~128x160"
    assert raw.model == "mobilenet-v2-1~unscaled"
    for other in (small, raw):
        assert other.vectors.shape == usual.vectors.shape
        assert (other.vectors * usual.vectors).sum(axis=1).max() < 0.99


@pytest.mark.parametrize("shape", [(224, 224, 1), (31, 224, 3), (224, 0, 3)])
def test_a_shape_that_cannot_be_is_refused_before_the_work(
    shape: tuple[int, int, int], folder: Path
) -> None:
    with pytest.raises(FolderError, match=r"three channels|too small"):
        describe_folder(folder, "mobilenet-v2", shape=shape)


def test_a_folder_without_pictures_is_said(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match=f"no pictures in {tmp_path}"):
        describe_folder(tmp_path, "mobilenet-v2")
    with pytest.raises(FolderError, match=f"no folder {tmp_path / 'none'}"):
        describe_folder(tmp_path / "none", "mobilenet-v2")


def test_the_command_writes_vectors_and_says_what_it_left_out(
    folder: Path,
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))
    target = tmp_path / "vectors.npz"
    asked = [str(folder), "--to", str(target), "--backbone", "mobilenet-v2", "--side", "96"]
    assert command.main(asked) == 1
    captured = capsys.readouterr()
    assert captured.out == f"Described 4 pictures in {target}.\n"
    assert f"Left out: {folder / 'a/letter.jpg'}: This file is not a picture" in captured.err
    with np.load(target, allow_pickle=False) as saved:
        assert saved["vectors"].shape == (4, 1280)
        assert saved["photos"][0].startswith("a/b/watch")
        assert saved["model"] == "mobilenet-v2-1~96x96"
    (folder / "a/letter.jpg").unlink()
    assert command.main(asked) == 0


def test_the_command_names_what_mends_a_missing_backbone(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("LIKENESS_MODELS", raising=False)
    assert command.main([str(folder), "--to", str(tmp_path / "vectors.npz")]) == 1
    assert capsys.readouterr().err.endswith("./run models install efficientnetb0\n")
