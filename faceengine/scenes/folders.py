"""All pictures of a folder described at once, as a tf.data pipeline.

For what is done with vectors outside the platform: training, statistics, other programs. Decoding,
scaling and the network overlap. TensorFlow is imported when a folder is described.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceengine.command_line import explain
from faceengine.detectors.detection import Floats
from faceengine.errors import FaceEngineError, PictureError
from faceengine.files import pictures_in
from faceengine.guard import Guard
from faceengine.pictures import Image
from faceengine.runtime import usable_cores
from faceengine.scenes.backbones import DEFAULT_BACKBONE
from faceengine.scenes.engine import SceneEngine, squeeze
from faceengine.weights import WeightStore

#: Height, width and channels.
Shape = tuple[int, int, int]
DEFAULT_SHAPE: Shape = (224, 224, 3)
#: Below this networks that halve their input five times have nothing left to look at.
SHORTEST_SIDE = 32
TOGETHER = 32

#: Called with the number of pictures done and of all.
Progress = Callable[[int, int], None]


class FolderError(FaceEngineError):
    """The folder cannot be described as asked."""


@dataclass(frozen=True, slots=True)
class DescribedFolder:
    """The pictures that could be read, one vector of unit length each; a sentence for the others.

    `vectors` has shape (pictures, dimensions). Only those with the same `model` can be compared,
    which is the backbone's key if pictures were shown to it as it was trained.
    """

    photos: list[Path]
    vectors: Floats
    unreadable: dict[Path, str]
    model: str


def ignore_progress(_done: int, _total: int) -> None:
    """For callers that show none."""


def describe_folder(
    directory: Path,
    backbone: str = DEFAULT_BACKBONE,
    weights: WeightStore | None = None,
    *,
    shape: Shape = DEFAULT_SHAPE,
    is_scaled: bool = True,
    progress: Progress = ignore_progress,
) -> DescribedFolder:
    """Describe every picture in a folder and below it.

    Args: `shape` is what pictures are squeezed to. With `is_scaled` false the network gets pixels
    of 0 to 255, whatever it was trained with.
    Raises: FolderError, UnknownBackboneError, WeightError, GuardError.
    """
    _check(shape)
    photos = photos_below(directory)
    engine = SceneEngine.load(backbone, weights, size=shape[:2], is_scaled=is_scaled)
    unreadable: dict[Path, str] = {}
    seen: list[Path] = []
    vectors = [np.empty((0, engine.backbone.dimensions), dtype=np.float32)]
    done = 0
    with Guard(processes=usable_cores()) as guard:
        for numbers, pictures, sentences in _batches(photos, guard, shape):
            is_read = sentences == b""
            vectors.append(engine.describe(list(pictures[is_read])))
            seen += [photos[number] for number in numbers[is_read]]
            for number, sentence in zip(numbers[~is_read], sentences[~is_read], strict=True):
                unreadable[photos[number]] = sentence.decode()
            done += len(numbers)
            progress(done, len(photos))
    return DescribedFolder(seen, np.concatenate(vectors), unreadable, engine.key)


def photos_below(directory: Path) -> list[Path]:
    """Raises: FolderError when there are none."""
    if not directory.is_dir():
        raise FolderError(f"There is no folder {directory}.")
    photos = pictures_in(directory, "**/*")
    if not photos:
        raise FolderError(f"There are no pictures in {directory}: give a folder that has some.")
    return photos


def _check(shape: Shape) -> None:
    """Raises: FolderError."""
    height, width, channels = shape
    if channels != 3:
        raise FolderError(f"Pictures have three channels, and {channels} were asked for.")
    if min(height, width) < SHORTEST_SIDE:
        raise FolderError(
            f"A picture of {height} by {width} pixels is too small: ask for {SHORTEST_SIDE} by "
            f"{SHORTEST_SIDE} or more."
        )


def _batches(photos: Sequence[Path], guard: Guard, shape: Shape) -> Any:
    """Numbers of the photos, their pictures, and sentences, which are empty where one was read."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or it greets on the terminal
    import tensorflow as tf

    def read(number: int) -> tuple[Image, bytes]:
        return _read(photos[number], guard, shape)

    def load(number: Any) -> tuple[Any, Any, Any]:
        picture, sentence = tf.numpy_function(read, [number], (tf.uint8, tf.string))
        return number, tf.ensure_shape(picture, shape), tf.ensure_shape(sentence, ())

    numbers = tf.data.Dataset.range(len(photos))
    pictures = numbers.map(load, num_parallel_calls=guard.processes, deterministic=True)
    return pictures.batch(TOGETHER).prefetch(1).as_numpy_iterator()


def _read(photo: Path, guard: Guard, shape: Shape) -> tuple[Image, bytes]:
    height, width, _ = shape
    try:
        # twice the size, as the decoder's own shrinking is coarser than ours
        picture = guard.decode(photo.read_bytes(), 2 * max(height, width))
    except (PictureError, OSError) as error:
        return np.zeros(shape, dtype=np.uint8), explain(error).encode()
    return squeeze(picture.image, (height, width)), b""
