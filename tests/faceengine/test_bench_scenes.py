"""The bench of whole pictures, with a small network on drawn pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceengine.bench import scenes
from faceengine.scenes.probes import draw_probes
from faceengine.weights import WeightStore

pytestmark = pytest.mark.xdist_group("keras")


def test_both_sides_give_the_same_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    lines = scenes.measure(
        ["mobilenetv3small"], draw_probes(4, 300), WeightStore((), tmp_path), rounds=1
    )
    rows = {line.measure: line for line in lines}
    name = "mobilenetv3small, f32, random weights"
    cosine = rows[f"{name}: least cosine to Keras"]
    assert cosine.ok
    assert rows[f"{name}: … without what all vectors share"].value == pytest.approx(1, abs=1e-3)
    alone = rows[f"{name}: a picture alone"]
    assert alone.value is not None
    assert alone.peer_value is not None
    assert alone.ratio == pytest.approx(alone.peer_value / alone.value)
    assert alone.target == 3
    assert rows["colours of a picture"].unit == "ms"


def test_an_unknown_backbone_ends_it_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    Image.fromarray(draw_probes(1, 64)[0]).save(tmp_path / "drawn.png")
    assert scenes.main(["--photos", str(tmp_path), "--backbone", "resnet5"]) == 1
    assert "no backbone named “resnet5”" in capsys.readouterr().err
