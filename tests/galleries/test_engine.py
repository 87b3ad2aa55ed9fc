"""Weights are looked at once, and again when they turn out to be gone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceengine.catalog import PACKS
from faceengine.weights import WeightError, WeightStore
from galleries import engine


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    engine._verify.cache_clear()
    engine.engine_for.cache_clear()
    yield
    engine._verify.cache_clear()


@pytest.mark.assets
def test_weights_that_vanish_after_they_were_checked_are_missing(
    assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = PACKS["open"]
    here = WeightStore(search=[assets / "models"])
    for file in pack.files:
        shutil.copy(here.find(file), tmp_path / file.name)
    monkeypatch.setattr(engine, "weights", lambda: WeightStore(cache=tmp_path))
    assert engine.is_installed(pack)

    (tmp_path / pack.files[0].name).unlink()

    with pytest.raises(WeightError):
        engine.engine_for("open")
    assert not engine.is_installed(pack)
