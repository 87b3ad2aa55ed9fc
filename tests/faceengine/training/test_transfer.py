"""The classic way on small pictures: both phases, what they leave alone, and how they end."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceengine.scenes.backbones import MOBILENET_EDGETPU, MOBILENET_V2, get_backbone
from faceengine.training import transfer
from faceengine.training.epochs import Audience, Epoch
from faceengine.training.errors import TrainingCancelledError, TrainingError
from faceengine.training.store import load_network, network_to_files
from faceengine.training.trainable import build_trainable, preprocessing_of
from faceengine.training.transfer import EXTRACTION, FINE_TUNING, Pictures, Plan, train_network

# Keras asks its own variables for what NumPy 2 calls out of date
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SMALL = get_backbone("mobilenetv3small")


def test_both_phases_are_trained_watched_and_judged(pictures: Pictures, tmp_path: Path) -> None:
    epochs: list[Epoch] = []
    plan = Plan(SMALL, None, side=75, epochs=(2, 1), batch=4)
    trained = train_network(plan, pictures, Audience(watch=epochs.append))
    assert [epoch.phase for epoch in epochs] == [EXTRACTION, EXTRACTION, FINE_TUNING]
    assert trained.epochs == epochs
    assert all(epoch.validation_loss is not None for epoch in epochs)
    assert [outcome.way for outcome in trained.outcomes] == [
        f"mobilenetv3small from nothing, {phase}" for phase in (EXTRACTION, FINE_TUNING)
    ]
    for outcome in trained.outcomes:
        assert [scores.examples for scores in outcome.parts.values()] == [12, 3, 3]
    files = network_to_files(trained, plan, pictures.names)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    again = load_network(tmp_path)
    one = np.zeros((1, 75, 75, 3), np.float32)
    assert np.allclose(again(one), trained.model(one), atol=1e-5)


def test_a_training_that_nobody_waits_for_ends_within_a_batch(pictures: Pictures) -> None:
    asked: list[bool] = []

    def is_wanted() -> bool:
        asked.append(True)
        return len(asked) < 2

    plan = Plan(SMALL, None, side=75, epochs=(50, 0), batch=4)
    with pytest.raises(TrainingCancelledError):
        train_network(plan, pictures, Audience(is_wanted=is_wanted))
    assert len(asked) == 2


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network.keras").write_bytes(b"no network")
    with pytest.raises(TrainingError):
        load_network(tmp_path)


def test_a_backbone_that_keras_lacks_cannot_be_trained_on() -> None:
    with pytest.raises(TrainingError, match="cannot be trained on"):
        build_trainable(MOBILENET_EDGETPU, None, 96)


def test_pictures_that_are_too_small_for_a_network_are_refused() -> None:
    with pytest.raises(TrainingError, match="at least 75 pixels"):
        build_trainable(SMALL, None, 32)


@pytest.fixture(scope="module")
def coral(assets: Path) -> Path:
    return assets / "models/image_mobilenet_v2_1280.onnx"


@pytest.mark.assets
def test_weights_taken_over_from_onnx_see_what_they_saw_there(coral: Path) -> None:
    import onnxruntime

    pictures = np.random.default_rng(0).integers(0, 256, (4, 224, 224, 3)).astype(np.float32)
    model = build_trainable(MOBILENET_V2, coral, 224)
    prepared = preprocessing_of(MOBILENET_V2)(pictures.copy())
    ours = model(prepared).numpy().mean(axis=(1, 2))
    session = onnxruntime.InferenceSession(str(coral))
    (theirs,) = session.run(
        ["embedding"], {session.get_inputs()[0].name: _channels_first(pictures)}
    )
    assert np.allclose(ours, theirs.reshape(4, -1), atol=1e-3)


def _channels_first(pictures: Any) -> Any:
    return ((pictures - 127.5) / 127.5).transpose(0, 3, 1, 2)


@pytest.mark.assets
def test_fine_tuning_changes_layers_and_leaves_what_normalises_them(
    coral: Path, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "LOW_RATE", 1e-4)
    plan = Plan(MOBILENET_V2, coral, side=96, epochs=(0, 1), batch=4)
    trained = train_network(plan, pictures, Audience())
    (base,) = (layer for layer in trained.model.layers if hasattr(layer, "layers"))
    before = build_trainable(MOBILENET_V2, coral, 96)
    moved = {"Conv2D": False, "BatchNormalization": False}
    for layer, known in zip(base.layers, before.layers, strict=True):
        kind = type(layer).__name__
        if kind in moved:
            pairs = zip(layer.get_weights(), known.get_weights(), strict=True)
            moved[kind] |= any(not np.array_equal(one, other) for one, other in pairs)
    assert moved == {"Conv2D": True, "BatchNormalization": False}


@pytest.mark.assets
def test_weights_of_another_network_are_a_sentence(assets: Path) -> None:
    other = assets / "models/image_mobilenet_edgetpu_1280.onnx"
    with pytest.raises(TrainingError, match="has no weights of MobileNetV2 of Coral"):
        build_trainable(MOBILENET_V2, other, 96)
