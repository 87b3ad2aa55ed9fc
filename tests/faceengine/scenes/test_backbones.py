"""What is written down about the networks of Keras, compared with Keras."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import numpy as np
import pytest

from faceengine.packs import WeightFile
from faceengine.scenes.applications import APPLICATIONS
from faceengine.scenes.backbones import (
    BACKBONES,
    DEFAULT_BACKBONE,
    OFTEN_USED,
    UnknownBackboneError,
    get_backbone,
)
from faceengine.weights import WeightError, WeightStore

# one process, so that Keras is imported once
pytestmark = pytest.mark.xdist_group("keras")


@pytest.fixture(scope="module")
def applications() -> Any:
    import keras

    return keras.applications


def module_of(applications: Any, name: str) -> ModuleType:
    module = inspect.getmodule(getattr(applications, APPLICATIONS[name].application))
    assert module is not None
    return module


class AskedError(Exception):
    """What Keras would download."""


def refuse(fname: str, origin: str, file_hash: str = "", **rest: Any) -> NoReturn:
    raise AskedError(fname, origin, file_hash or "")


def test_every_network_of_keras_is_known(applications: Any) -> None:
    known = {name for name in dir(applications) if name[0].isupper()}
    assert {backbone.application for backbone in APPLICATIONS.values()} == known


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_scaling_is_that_of_keras(name: str, applications: Any) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype(np.float32)
    expected = module_of(applications, name).preprocess_input(pixels.copy())
    np.testing.assert_allclose(
        APPLICATIONS[name].scaling.apply(pixels), expected, rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_checksum_is_that_of_keras(name: str, applications: Any) -> None:
    (file,) = APPLICATIONS[name].files
    # those of ResNetV2 stand beside those of ResNet
    modules = [
        module_of(applications, one)
        for one in (name, name.removesuffix("v2"))
        if one in APPLICATIONS
    ]
    source = "".join(inspect.getsource(module) for module in modules)
    assert file.digest in source
    assert bool(file.digest) != (name in {"mobilenet", "mobilenetv2"})


@pytest.mark.parametrize(
    "name",
    ["efficientnetb0", "resnet50", "vgg16", "inceptionv3", "mobilenetv3small", "nasnetmobile"],
)
def test_keras_would_fetch_the_same_file_for_vectors_as_long(
    name: str, applications: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = APPLICATIONS[name]
    build = getattr(applications, backbone.application)
    asked_for = {"include_top": False, "pooling": "avg", "input_shape": (backbone.side,) * 2 + (3,)}
    network = build(weights=None, **asked_for)
    assert network.output_shape[-1] == backbone.dimensions
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", refuse)
    with pytest.raises(AskedError) as asked:
        build(weights="imagenet", **asked_for)
    (file,) = backbone.files
    assert asked.value.args == (file.name, *file.urls, file.digest)


def test_a_name_is_understood_as_keras_writes_it() -> None:
    assert get_backbone("InceptionV3") is BACKBONES["inceptionv3"]
    assert get_backbone("inceptionv3").key == "inceptionv3-1"


def test_an_unknown_name_is_answered_with_those_that_are_known() -> None:
    with pytest.raises(
        UnknownBackboneError, match=r"named “resnet5”.*efficientnetb0.*mobilenet-v2"
    ):
        get_backbone("resnet5")


def test_all_that_is_often_used_is_known_and_free_to_use() -> None:
    assert OFTEN_USED[0] == DEFAULT_BACKBONE
    assert all(BACKBONES[name].is_free for name in OFTEN_USED)


def test_weights_are_found_where_keras_keeps_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = WeightFile("any.h5", 0, "md5", "", keras="mobilenet")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    path = tmp_path / "models" / file.name
    store = WeightStore((), tmp_path / "cache")
    with pytest.raises(WeightError, match=f"{file.name} was not found in {path.parent}"):
        store.find(file)
    path.parent.mkdir()
    path.touch()
    assert store.find(file) == path


def test_a_missing_backbone_is_one_sentence_with_the_command_that_mends_it(tmp_path: Path) -> None:
    with pytest.raises(WeightError) as raised:
        WeightStore((), tmp_path).find(BACKBONES[DEFAULT_BACKBONE].files[0])
    assert str(raised.value).endswith("Install it with: ./run models install efficientnetb0")


def test_an_empty_file_is_not_taken_for_one_of_unknown_size(tmp_path: Path) -> None:
    (tmp_path / "empty.h5").touch()
    store = WeightStore((tmp_path,), tmp_path / "cache")
    assert not store.is_ready(BACKBONES["mobilenet"])
