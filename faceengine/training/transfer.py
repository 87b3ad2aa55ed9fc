"""The classic way: a network for ImageNet learns other classes.

First only a new last layer is trained on what the network sees (feature extraction), then all
layers at a low rate (fine-tuning).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceengine.scenes.backbones import Backbone
from faceengine.training.epochs import Audience, Epoch
from faceengine.training.scoring import Numbers, Outcome, score
from faceengine.training.trainable import build_trainable, preprocessing_of

EXTRACTION, FINE_TUNING = "feature extraction", "fine-tuning"
#: Of Adam: for the new layer, and for all layers at once.
LEARNING_RATE, LOW_RATE = 1e-3, 1e-5
#: How slowly normalisations learn from nothing: with .999, as some networks have it, they know
#: nothing yet when the first epochs are judged.
MOMENTUM = 0.9
#: Epochs without a better validation loss before a phase ends.
PATIENCE = 3
#: Among so many the next one is drawn; one takes 0.6 MB at 224 pixels a side.
KEPT_PICTURES = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train, on pictures of `side` pixels a side.

    `weights` is the file of the backbone; None trains it from nothing. `epochs` are the most of
    feature extraction and of fine-tuning, `batch` pictures are learnt from together.
    """

    backbone: Backbone
    weights: Path | None
    side: int
    epochs: tuple[int, int] = (10, 10)
    batch: int = 32
    seed: int = 0

    @property
    def way(self) -> str:
        return self.backbone.name + ("" if self.weights else " from nothing")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Files of RGB JPEGs with the number of the class of each, and the indices of each part."""

    names: Sequence[str]
    files: Sequence[Path]
    labels: Numbers
    parts: Mapping[str, Numbers]


@dataclass(frozen=True, slots=True)
class Transferred:
    """`model` is a keras.Model; `outcomes` come one a phase."""

    model: Any
    outcomes: list[Outcome]
    epochs: list[Epoch]


def train_network(plan: Plan, pictures: Pictures, audience: Audience) -> Transferred:
    """Train both phases, and judge all parts after each.

    Raises: TrainingError for weights of another network; TrainingCancelledError as soon as nobody
    waits any more, which is asked after every batch.
    """
    from tensorflow import keras

    keras.utils.set_random_seed(plan.seed)
    model, base = _build(plan, len(pictures.names))
    singles = {part: _singles(plan, pictures, part) for part in pictures.parts}
    batches = {part: _batched(plan, data) for part, data in singles.items()}
    outcomes: list[Outcome] = []
    epochs: list[Epoch] = []
    seconds = 0.0
    for phase, rate, most in zip(
        (EXTRACTION, FINE_TUNING), (LEARNING_RATE, LOW_RATE), plan.epochs, strict=True
    ):
        if not most:
            continue
        _set_trainable(base, plan, phase)
        # what was never trained has nothing to lose by large steps
        optimizer = keras.optimizers.Adam(rate if plan.weights else LEARNING_RATE)
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
        started = time.perf_counter()
        data = _Data(_mixed(plan, singles["training"]), batches["validation"])
        epochs += _fit(model, phase, most, data, audience)
        seconds += time.perf_counter() - started
        outcomes.append(_judge(f"{plan.way}, {phase}", model, pictures, batches, seconds))
    return Transferred(model, outcomes, epochs)


def _build(plan: Plan, classes: int) -> tuple[Any, Any]:
    """Input, backbone, global average pooling and softmax; and the backbone alone."""
    from tensorflow import keras

    base = build_trainable(plan.backbone, plan.weights, plan.side)
    if not plan.weights:
        for layer in _normalisations(base):
            layer.momentum = MOMENTUM
    inputs = keras.Input((plan.side, plan.side, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(base(inputs))
    outputs = keras.layers.Dense(classes, activation="softmax", dtype="float32")(pooled)
    return keras.Model(inputs, outputs), base


def _set_trainable(base: Any, plan: Plan, phase: str) -> None:
    """Nothing, or all layers; normalisations go on as they learnt from ImageNet, if they did.

    A few photos would spoil their statistics. To call the network with `training=False` is not
    enough: Keras 3 overrides that where the model around it is trained.
    """
    base.trainable = phase == FINE_TUNING
    if plan.weights:
        for layer in _normalisations(base):
            layer.trainable = False


def _normalisations(base: Any) -> list[Any]:
    from tensorflow import keras

    return [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]


def _singles(plan: Plan, pictures: Pictures, part: str) -> Any:
    """Pictures and one-hot classes of a part as a `tf.data` pipeline, in order."""
    import tensorflow as tf

    prepare, classes = preprocessing_of(plan.backbone), len(pictures.names)
    chosen = pictures.parts[part]
    files = [str(pictures.files[place]) for place in chosen]

    def read(file: Any, label: Any) -> tuple[Any, Any]:
        picture = tf.io.decode_jpeg(tf.io.read_file(file), channels=3)
        picture = tf.image.resize(picture, (plan.side, plan.side), antialias=True)
        return prepare(picture), tf.one_hot(label, classes)

    data = tf.data.Dataset.from_tensor_slices(
        (tf.constant(files, tf.string), tf.constant(pictures.labels[chosen], tf.int64))
    )
    return data.map(read, tf.data.AUTOTUNE)


def _mixed(plan: Plan, singles: Any) -> Any:
    """In new order each time, half of the pictures mirrored."""
    import tensorflow as tf

    def mirror(picture: Any, label: Any) -> tuple[Any, Any]:
        return tf.image.random_flip_left_right(picture), label

    shuffled = singles.shuffle(KEPT_PICTURES, plan.seed, reshuffle_each_iteration=True)
    return _batched(plan, shuffled.map(mirror, tf.data.AUTOTUNE))


def _batched(plan: Plan, singles: Any) -> Any:
    import tensorflow as tf

    return singles.batch(plan.batch).prefetch(tf.data.AUTOTUNE)


@dataclass(frozen=True, slots=True)
class _Data:
    training: Any
    validation: Any


def _fit(
    model: Any,
    phase: str,
    most: int,
    data: _Data,
    audience: Audience,
) -> list[Epoch]:
    """Raises: TrainingCancelledError."""
    from tensorflow import keras

    has_validation = len(data.validation) > 0
    epochs: list[Epoch] = []

    def tell(number: int, logs: Mapping[str, float]) -> None:
        figures = (logs.get(name) for name in ("val_loss", "val_accuracy"))
        epochs.append(Epoch(phase, number + 1, logs["loss"], logs["accuracy"], *figures))
        audience.watch(epochs[-1])

    def look_up(*_: object, **__: object) -> None:
        audience.check()

    stop = keras.callbacks.EarlyStopping(
        "val_loss" if has_validation else "loss", patience=PATIENCE, restore_best_weights=True
    )
    model.fit(
        data.training,
        validation_data=data.validation if has_validation else None,
        epochs=most,
        shuffle=False,  # the pipeline does
        verbose=0,
        callbacks=[
            stop,
            keras.callbacks.LambdaCallback(on_epoch_end=tell, on_train_batch_end=look_up),
        ],
    )
    return epochs


def _judge(
    way: str, model: Any, pictures: Pictures, batches: Mapping[str, Any], seconds: float
) -> Outcome:
    scores = {}
    for part, chosen in pictures.parts.items():
        shares = np.zeros((0, len(pictures.names)), np.float32)
        if len(chosen):
            shares = model.predict(batches[part], verbose=0)
        answers, sure = shares.argmax(axis=1), shares.max(axis=1, initial=0.0)
        scores[part] = score(pictures.names, pictures.labels[chosen], answers, sure)
    return Outcome(way, scores, seconds)
