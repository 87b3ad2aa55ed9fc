"""`./run train` as its users run it, with real packs on real photos."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceengine.training.command import main
from faceengine.training.store import head_from_bytes

pytestmark = pytest.mark.assets


@pytest.fixture(autouse=True)
def weights_here(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))


def copy(source: Path, folder: Path, classes: int, each: int) -> Path:
    """The first photos of the first large classes."""
    large = [one for one in sorted(source.iterdir()) if len(list(one.iterdir())) >= each]
    for one in large[:classes]:
        (folder / one.name).mkdir(parents=True)
        for photo in sorted(one.iterdir())[:each]:
            shutil.copy(photo, folder / one.name)
    return folder


@pytest.fixture
def people(assets: Path, tmp_path: Path) -> Path:
    return copy(assets / "faces/lfw_dev", tmp_path / "people", 6, 8)


def test_people_are_told_apart_and_the_report_is_written(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = next(people.glob("*/*.jpg"))
    (people / "Broken").mkdir()
    for number in range(2):
        (people / "Broken" / f"{number}.jpg").write_bytes(b"no picture")
    (people / "Stranger").mkdir()
    shutil.copy(known, people / "Stranger")
    out = tmp_path / "out"
    assert main([str(people), "--task", "faces", "--way", "head", "--json", "--out", str(out)]) == 0
    printed = capsys.readouterr()
    rows = {row["measure"]: row["value"] for row in json.loads(printed.out)}
    assert rows["linear head: accuracy, training"] == 1.0
    assert rows["linear head: accuracy, validation"] >= 0.8
    assert "The class Stranger is left out: it has 1 photo, and 2 are needed." in printed.err
    assert "Broken/0.jpg, " in printed.err
    assert "This file is not a picture" in printed.err
    assert "Too few photos of these classes can be used: Broken." in printed.err
    names = {path.name for path in out.iterdir()}
    assert {
        "head.npz",
        "confusion-linear-head.csv",
        "confusion-linear-head.png",
        "classes-linear-head.csv",
        "curves-head.png",
    } <= names
    head = head_from_bytes((out / "head.npz").read_bytes(), "open-2")
    assert len(head.names) == 6


def test_images_are_told_apart_in_both_ways(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy(assets / "images/caltech101_dev", tmp_path / "things", 3, 12)
    quick = ["--side", "96", "--epochs", "3", "1"]
    assert main([str(folder), "--task", "images", *quick, "--json"]) == 0
    printed = capsys.readouterr()
    rows = {row["measure"]: row for row in json.loads(printed.out)}
    assert rows["linear head: accuracy, training"]["value"] == 1.0
    assert rows["linear head: training time"]["peer"] == "mobilenet-v2, fine-tuning"
    assert rows["linear head: training time"]["ratio"] > 1
    for phase in ("feature extraction", "fine-tuning"):
        assert 0 <= rows[f"mobilenet-v2, {phase}: accuracy, test"]["value"] <= 1
        assert f"{phase}, epoch 1: loss" in printed.err
    assert "EfficientNetB0 of Keras is not installed" in printed.err


def test_a_network_begins_from_nothing_where_no_weights_are(
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", "")
    folder = copy(assets / "images/caltech101_dev", tmp_path / "things", 2, 4)
    how = ["--way", "classic", "--from-nothing", "--backbone", "MobileNetV3Small"]
    size = ["--side", "75", "--epochs", "0", "1"]
    assert main([str(folder), "--task", "images", *how, *size, "--json"]) == 0
    rows = {row["measure"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert rows["mobilenetv3small from nothing, fine-tuning: training time"] > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--pack", "nonsense"], "nonsense"),
        (["--way", "classic", "--backbone", "vgg16"], "./run models install vgg16"),
        (["--way", "classic", "--backbone", "vgg17"], "There is no backbone"),
    ],
    ids=["pack", "weights", "backbone"],
)
def test_what_is_not_here_is_a_sentence(
    people: Path,
    arguments: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(people), "--task", "faces", *arguments]) == 1
    assert sentence in capsys.readouterr().err


def test_ctrl_c_leaves_nothing_half_done(people: Path, tmp_path: Path) -> None:
    out, work = tmp_path / "out", tmp_path / "work"
    work.mkdir()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "faceengine.training", str(people), "--task", "faces"),
            *("--out", str(out), "--epochs", "200", "0", "--side", "96"),
        ],
        cwd=Path(__file__).resolve().parents[3],
        env={**os.environ, "TMPDIR": str(work)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch 1:" in line:
            break
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.rstrip().endswith("Stopped.")
    assert list(work.glob("likeness-*")) == []
    assert not out.exists()
