"""Installing backbones from a real server on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from faceengine import models
from faceengine.download import DownloadError, fetch
from faceengine.packs import WeightFile
from faceengine.scenes.backbones import BACKBONES, MOBILENET_V2, OFTEN_USED
from faceengine.weights import WeightState, WeightStore
from tests.faceengine.mirror import Mirror, running
from tests.faceengine.scenes.conftest import Published

CONTENT = bytes(range(256)) * 2000
NAME = "weights_notop.h5"
#: Keras states checksums, but no sizes.
CHECKED = WeightFile(NAME, 0, "md5", hashlib.md5(CONTENT).hexdigest(), keras="vgg16")
UNCHECKED = replace(CHECKED, digest="")


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with running(Mirror({NAME: CONTENT})) as started:
        yield started


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands put weights; nothing is here yet."""
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("LIKENESS_MODELS", raising=False)
    return tmp_path / "models"


@pytest.mark.parametrize("file", [CHECKED, UNCHECKED])
def test_a_file_of_unknown_size_comes_whole(
    file: WeightFile, mirror: Mirror, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    target = tmp_path / NAME
    fetch(file, (mirror.url + NAME,), target, lambda _, done, total: seen.append((done, total)))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_a_cut_connection_is_taken_up_though_the_size_is_unknown(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.cuts = 1
    fetch(CHECKED, (mirror.url + NAME,), tmp_path / NAME)
    assert (tmp_path / NAME).read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert mirror.requests == [(NAME, ""), (NAME, f"bytes={half}-")]


def test_what_an_earlier_run_left_of_a_file_of_unknown_size_is_not_trusted(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.cuts = 3
    with pytest.raises(DownloadError, match="cut"):
        fetch(UNCHECKED, (mirror.url + NAME,), tmp_path / NAME)
    assert not (tmp_path / NAME).exists()
    mirror.requests.clear()
    fetch(UNCHECKED, (mirror.url + NAME,), tmp_path / NAME)
    assert mirror.requests == [(NAME, "")]
    assert (tmp_path / NAME).read_bytes() == CONTENT


def test_an_altered_file_is_refused_though_its_size_is_unknown(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.alters = True
    with pytest.raises(DownloadError, match=f"expected md5 {CHECKED.digest}, found"):
        fetch(CHECKED, (mirror.url + NAME,), tmp_path / NAME)
    assert not (tmp_path / NAME).exists()


@pytest.mark.xdist_group("keras")
def test_a_network_of_keras_is_fetched_and_converted_at_once(
    published: Published,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = published.backbone.name
    monkeypatch.setattr(models, "BACKBONES", {**BACKBONES, name: published.backbone})
    assert not WeightStore((), here).is_ready(published.backbone)
    with running(Mirror({published.weights.name: published.weights.read_bytes()})) as mirror:
        assert models.main(["install", "MobileNetV3Small", "--mirror", mirror.url]) == 0
    assert capsys.readouterr().out == f"The backbone {name} is ready.\n"
    assert {path.suffix for path in here.iterdir() if path.is_file()} >= {".h5", ".xml", ".bin"}
    assert models.main(["verify", name]) == 0
    assert capsys.readouterr().out.startswith("ready    weights_mobilenet_v3_small")


def test_the_list_has_the_backbones_and_names_the_others(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.main(["list"]) == 0
    *rows, others = capsys.readouterr().out.splitlines()
    states = {row.split()[0]: row for row in rows}
    assert all("not installed" in states[name] for name in OFTEN_USED)
    assert states["vgg16"].split()[-2:] == ["any", "CC-BY-4.0"]
    assert others.startswith("For whole pictures also: efficientnetb1,")
    assert others.endswith("convnextxlarge.")


def test_a_backbone_without_a_public_home_is_asked_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.main(["install", MOBILENET_V2.name]) == 1
    assert "has no public home. Put it into a folder" in capsys.readouterr().err


def test_an_unknown_name_is_answered_with_packs_and_backbones(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.main(["install", "efficientnet"]) == 1
    said = capsys.readouterr().err
    assert "no model pack named “efficientnet”" in said
    assert "For whole pictures: efficientnetb0," in said


@pytest.mark.assets
def test_a_backbone_is_found_in_a_named_folder(
    assets: Path, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    assert models.main(["verify", MOBILENET_V2.name]) == 0
    assert capsys.readouterr().out.startswith(WeightState.READY.value)
