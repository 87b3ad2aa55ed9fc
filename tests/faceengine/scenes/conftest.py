"""A network of Keras with random weights, as if it had been downloaded."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from faceengine.bench.scenes import settle
from faceengine.download import digest_of
from faceengine.packs import WeightFile
from faceengine.pictures import Image, decode
from faceengine.scenes.backbone import Backbone
from faceengine.scenes.backbones import get_backbone
from faceengine.scenes.convert import build
from faceengine.weights import WeightStore

#: Reads a picture by its path below the folder of images, and the longest side wanted.
Picture = Callable[..., Image]


@dataclass(frozen=True)
class Published:
    """A backbone that takes these weights for the published ones, and Keras's own network."""

    backbone: Backbone
    network: Any
    folder: Path

    @property
    def weights(self) -> Path:
        return self.folder / self.backbone.files[0].name


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """MobileNetV3Small, in the format in which Keras's weights lie on their server."""
    # not above: most tests need no Keras, which takes seconds
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    folder = tmp_path_factory.mktemp("keras")
    backbone = get_backbone("mobilenetv3small")
    network = build(backbone, None)
    settle(network, backbone)
    path = folder / backbone.files[0].name
    with h5py.File(path, "w") as opened, warnings.catch_warnings():
        # of NumPy, about how Keras reads its own variables
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        legacy_h5_format.save_weights_to_hdf5_group(opened, network)
    file = WeightFile(path.name, 0, "md5", digest_of(path, "md5"), keras=backbone.name)
    return Published(replace(backbone, files=(file,)), network, folder)


@pytest.fixture(scope="session")
def picture(assets: Path) -> Picture:
    def read(path: str, max_side: int = 1024) -> Image:
        return decode((assets / "images" / path).read_bytes(), max_side).image

    return read


@pytest.fixture
def store(published: Published, tmp_path: Path) -> WeightStore:
    """Finds the published weights, and has a cache of its own."""
    return WeightStore((published.folder,), tmp_path / "cache")
