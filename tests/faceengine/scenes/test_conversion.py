"""Networks of Keras as they are served, against Keras itself."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from faceengine.download import digest_of
from faceengine.embedders.embedding import unit_length
from faceengine.packs import WeightFile
from faceengine.runtime import Precision
from faceengine.scenes import conversion
from faceengine.scenes.conversion import ConversionError, converted
from faceengine.scenes.engine import SceneEngine
from faceengine.scenes.loading import is_ready
from faceengine.scenes.probes import draw_probes
from faceengine.weights import WeightStore
from tests.faceengine.scenes.conftest import Published

# one process, so that the network is built and converted once
pytestmark = pytest.mark.xdist_group("keras")


@pytest.fixture(scope="module")
def converted_store(published: Published, tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    store = WeightStore((published.folder,), tmp_path_factory.mktemp("cache"))
    converted(published.backbone, published.weights, store.cache)
    return store


def test_vectors_are_those_of_keras(published: Published, converted_store: WeightStore) -> None:
    engine = SceneEngine.load(published.backbone, converted_store)
    pictures = draw_probes(6, 224)
    vectors = engine.describe(pictures)
    expected = unit_length(published.network.predict(np.stack(pictures), verbose=0))
    assert (vectors * expected).sum(axis=1).min() > 0.999
    # a network that says the same of everything would pass as well
    assert np.triu(expected @ expected.T, 1).max() < 0.99


def test_a_network_is_converted_once(published: Published, converted_store: WeightStore) -> None:
    def times() -> dict[Path, int]:
        networks = converted_store.cache.glob("mobilenetv3small.*")
        return {path: path.stat().st_mtime_ns for path in networks}

    before = times()
    SceneEngine.load(published.backbone, converted_store)
    assert times() == before
    assert {path.suffix for path in before} == {".xml", ".bin"}


def test_two_processes_convert_a_network_once(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def convert_slowly(backbone: object, source: Path, target: Path) -> str:
        asked.append(source)
        time.sleep(0.3)
        target.write_bytes(b"description")
        target.with_suffix(".bin").write_bytes(b"weights")
        return "bf16"

    monkeypatch.setattr(conversion, "_convert", convert_slowly)
    with ThreadPoolExecutor(2) as pool:
        works = [
            pool.submit(converted, published.backbone, published.weights, tmp_path)
            for _ in range(2)
        ]
    assert works[0].result() == works[1].result()
    assert works[0].result().precision is Precision.BF16
    assert asked == [published.weights]


def test_a_backbone_is_ready_when_it_can_be_loaded_at_once(
    published: Published, converted_store: WeightStore, tmp_path: Path
) -> None:
    assert is_ready(published.backbone, converted_store)
    assert not is_ready(published.backbone, WeightStore((published.folder,), tmp_path))
    assert not is_ready(published.backbone, WeightStore((), converted_store.cache))


def test_pictures_of_another_shape_are_described_too(
    published: Published, converted_store: WeightStore
) -> None:
    engine = SceneEngine.load(published.backbone, converted_store, size=(96, 160))
    (vector,) = engine.describe([np.zeros((50, 70, 3), np.uint8)])
    assert vector.shape == (576,)
    assert engine.key == "mobilenetv3small-1~96x160"


def test_an_altered_conversion_is_made_again(
    published: Published, converted_store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    (weights,) = converted_store.cache.glob("*.bin")
    content = weights.read_bytes()
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    asked: list[Path] = []

    def note(backbone: object, source: Path, target: Path) -> str:
        asked.append(source)
        target.write_bytes(b"description")
        target.with_suffix(".bin").write_bytes(b"weights")
        return "f32"

    monkeypatch.setattr(conversion, "_convert", note)
    made = converted(published.backbone, published.weights, converted_store.cache)
    assert asked == [published.weights]
    assert made.precision is Precision.F32
    assert made.description.read_bytes() == b"description"
    made.description.unlink()
    made.description.with_suffix(".bin").unlink()
    weights.write_bytes(content)


def test_weights_that_are_of_no_use_are_named_with_the_command_that_mends_it(
    published: Published, tmp_path: Path
) -> None:
    spoilt = tmp_path / published.weights.name
    spoilt.write_bytes(b"<html>not found</html>")
    file = WeightFile(spoilt.name, 0, "md5", digest_of(spoilt, "md5"), keras="mobilenetv3small")
    store = WeightStore((tmp_path,), tmp_path / "cache")
    with pytest.raises(ConversionError) as raised:
        SceneEngine.load(replace(published.backbone, files=(file,)), store)
    assert f"could not be converted from {spoilt}" in str(raised.value)
    assert str(raised.value).endswith("./run models install mobilenetv3small")
    assert not list(store.cache.glob("mobilenetv3small.*"))


def test_a_cache_that_cannot_be_written_is_said(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()

    def write(backbone: object, source: Path, target: Path) -> str:
        target.touch()
        target.with_suffix(".bin").touch()
        return "f32"

    monkeypatch.setattr(conversion, "_convert", write)
    with pytest.raises(ConversionError, match="another folder in LIKENESS_DATA"):
        converted(published.backbone, published.weights, tmp_path / "file" / "models")


def test_what_serves_does_not_import_tensorflow(
    published: Published, converted_store: WeightStore
) -> None:
    program = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from faceengine.scenes.engine import SceneEngine\n"
        "from faceengine.scenes.loading import load_backbone\n"
        "from faceengine.scenes.conversion import converted\n"
        "from faceengine.scenes.backbones import get_backbone\n"
        "from faceengine.scenes.colours import describe_colours\n"
        "from faceengine.scenes.hashing import perceptual_hash\n"
        f"converted(get_backbone('mobilenetv3small'), Path({str(published.weights)!r}), "
        f"Path({str(converted_store.cache)!r}))\n"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(conversion.__file__).parents[2])},
    )
    assert said.stdout.strip() == "[]"
