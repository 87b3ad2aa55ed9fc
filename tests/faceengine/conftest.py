"""Real engines on real weights, loaded once for all tests of the engine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from faceengine.engine import FaceEngine
from faceengine.pictures import Image, decode
from faceengine.weights import WeightStore


@pytest.fixture(scope="session")
def weights(assets: Path, tmp_path_factory: pytest.TempPathFactory) -> WeightStore:
    return WeightStore((assets / "models",), tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def open_engine(weights: WeightStore) -> FaceEngine:
    return FaceEngine.load("open", weights)


@pytest.fixture(scope="session")
def dlib_engine(weights: WeightStore) -> FaceEngine:
    return FaceEngine.load("dlib", weights)


@pytest.fixture(scope="session")
def photo(assets: Path) -> Callable[..., Image]:
    """Reads a photo by its path below the folder of faces."""

    def read(path: str, max_side: int = 2048) -> Image:
        return decode((assets / "faces" / path).read_bytes(), max_side).image

    return read
