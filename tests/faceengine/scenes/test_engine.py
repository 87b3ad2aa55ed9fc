"""The backbones whose weights are here, on real pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceengine.embedders.embedding import unit_length
from faceengine.pictures import Image
from faceengine.runtime import OnnxNetwork
from faceengine.scenes.backbone import Scaling
from faceengine.scenes.backbones import MOBILENET_EDGETPU, MOBILENET_V2, Backbone
from faceengine.scenes.engine import SceneEngine, squeeze
from faceengine.weights import WeightStore
from tests.faceengine.scenes.conftest import Picture


@pytest.fixture(scope="module", params=[MOBILENET_EDGETPU, MOBILENET_V2], ids=lambda one: one.name)
def engine(request: pytest.FixtureRequest, weights: WeightStore) -> SceneEngine:
    return SceneEngine.load(request.param, weights, threads=1)


@pytest.fixture(scope="module")
def pictures(picture: Picture, assets: Path) -> list[Image]:
    folders = sorted((assets / "images/caltech101_dev").iterdir())
    paths = [min(folder.iterdir()) for folder in folders[:6]]
    return [picture(f"caltech101_dev/{path.parent.name}/{path.name}") for path in paths]


@pytest.mark.assets
def test_vectors_have_unit_length_and_the_dimensions_that_are_promised(
    engine: SceneEngine, pictures: list[Image]
) -> None:
    vectors = engine.describe(pictures)
    assert vectors.shape == (len(pictures), engine.backbone.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.assets
def test_nothing_is_described_as_nothing(engine: SceneEngine) -> None:
    assert engine.describe([]).shape == (0, 1280)


@pytest.mark.assets
def test_a_picture_has_the_same_vector_alone_and_among_others(
    engine: SceneEngine, pictures: list[Image]
) -> None:
    together = engine.describe(pictures)
    alone = np.concatenate([engine.describe([one]) for one in pictures])
    assert (together * alone).sum(axis=1).min() > 0.9999


@pytest.mark.assets
def test_what_shows_the_same_thing_is_more_alike(
    engine: SceneEngine, assets: Path, picture: Picture
) -> None:
    folder = assets / "images/caltech101_dev"
    bikes, watches = (sorted((folder / name).iterdir())[:2] for name in ("Motorbikes", "watch"))
    vectors = engine.describe(
        [picture(str(path.relative_to(assets / "images"))) for path in (*bikes, *watches)]
    )
    bike, other_bike, watch, other_watch = vectors
    assert bike @ other_bike > bike @ watch + 0.1
    assert watch @ other_watch > other_bike @ other_watch + 0.1


@pytest.mark.assets
@pytest.mark.parametrize("backbone", [MOBILENET_EDGETPU, MOBILENET_V2], ids=lambda one: one.name)
def test_the_fast_arithmetic_is_exact_enough(
    backbone: Backbone, weights: WeightStore, pictures: list[Image]
) -> None:
    served = SceneEngine.load(backbone, weights).describe(pictures)
    network = OnnxNetwork(weights.find(backbone.files[0]), threads=1)
    squares = np.stack([squeeze(one, (224, 224)) for one in pictures]).astype(np.float32)
    batch = np.ascontiguousarray(backbone.scaling.apply(squares).transpose(0, 3, 1, 2))
    exact = unit_length(network.run(batch)[0])
    assert (served * exact).sum(axis=1).min() > 0.999


@pytest.mark.assets
def test_another_shape_or_scaling_has_a_key_of_its_own(weights: WeightStore) -> None:
    changed = SceneEngine.load("mobilenet-v2", weights, size=(128, 96), is_scaled=False)
    assert changed.key == "mobilenet-v2-1~128x96~unscaled"
    assert SceneEngine.load("MobileNet-V2", weights).key == "mobilenet-v2-1"
    (vector,) = changed.describe([np.full((10, 400, 3), 200, np.uint8)])
    assert vector.shape == (1280,)


def test_scaling_says_in_which_order_channels_come() -> None:
    pixel = np.array([[[[255, 10, 0]]]], dtype=np.float32)
    scaling = Scaling(mean=(1, 2, 3), deviation=(2, 2, 2), is_bgr=True)
    assert scaling.apply(pixel.copy()).ravel().tolist() == [-0.5, 4, 126]
    assert Scaling().apply(pixel).ravel().tolist() == [255, 10, 0]


def test_a_picture_is_squeezed_whole() -> None:
    image = np.zeros((100, 400, 3), np.uint8)
    image[:, 200:] = 255
    small = squeeze(image, (10, 20))
    assert small.shape == (10, 20, 3)
    assert (small[:, :10] == 0).all()
    assert (small[:, 10:] == 255).all()
    assert squeeze(small, (10, 20)) is small
