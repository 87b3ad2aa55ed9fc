"""`./run evaluate images FOLDER`: what colours, backbones and both together find.

FOLDER holds one folder of photos per class. Two questions are asked. Every photo should find the
others of its class before all that are not; and of each photo one part should find another part,
in another light, among those of all photos. How much content and colour count is chosen with one
half of the photos and judged with the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from faceengine.command_line import Measure, explain, weights_from_environment
from faceengine.evaluation.framings import frame_anew
from faceengine.evaluation.gathering import EvaluationError, Progress
from faceengine.evaluation.hybrids import KINDS, SCENES, compare_kinds
from faceengine.evaluation.progress import show_progress
from faceengine.evaluation.retrieval import (
    WEIGHTS,
    Appearances,
    Floats,
    Retrieval,
    recognise,
    retrieve,
)
from faceengine.files import pictures_in
from faceengine.guard import Guard
from faceengine.pictures import Image, Picture
from faceengine.pipeline import decode_ahead
from faceengine.scenes.backbones import BACKBONES, DEFAULT_BACKBONE, get_backbone
from faceengine.scenes.colours import describe_colours
from faceengine.scenes.engine import SceneEngine
from faceengine.weights import WeightError, WeightStore

IMAGES, COLOUR = "images", "colour"
#: Photos of each class that a quick look takes.
QUICK_OF_A_CLASS = 10
#: Deals the parts and lights.
SEED = 0


@dataclass(slots=True)
class Views:
    """Colours of pictures, and one vector of each backbone by its name."""

    vectors: dict[str, list[Floats]]
    colours: list[Floats] = field(default_factory=list)

    def add(self, image: Image, engines: Sequence[SceneEngine]) -> None:
        self.colours.append(describe_colours(image))
        for engine in engines:
            self.vectors[engine.backbone.name].append(engine.describe([image])[0])

    def keep(self, rows: Sequence[int]) -> None:
        self.colours = [self.colours[row] for row in rows]
        for name, vectors in self.vectors.items():
            self.vectors[name] = [vectors[row] for row in rows]

    def of(self, backbone: str | None) -> Appearances:
        """Without a backbone the content of all is the same."""
        nothing = np.zeros((len(self.colours), 1), np.float32)
        return Appearances(
            np.stack(self.vectors[backbone]) if backbone else nothing, np.stack(self.colours)
        )


@dataclass(slots=True)
class Described:
    """The photos that could be read: the whole of each, and two parts in two lights."""

    whole: Views
    one: Views
    other: Views
    photos: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def by(cls, engines: Sequence[SceneEngine]) -> Self:
        """Nothing yet."""
        whole, one, other = (Views({one.backbone.name: [] for one in engines}) for _ in range(3))
        return cls(whole, one, other)


def compare_images(
    folder: Path, names: Sequence[str], *, is_quick: bool
) -> tuple[dict[str, list[Measure]], list[str]]:
    """Measures by backbone, colour first, and what the reader has to know.

    Args: without `names` every backbone that is here is asked.
    Raises: EvaluationError, UnknownBackboneError, WeightError, GuardError.
    """
    weights = weights_from_environment()
    engines = [SceneEngine.load(name, weights) for name in names or _installed(weights)]
    photos = photos_of_classes(folder, is_quick=is_quick)
    with Guard() as guard, show_progress(IMAGES) as progress:
        described = _describe(engines, photos, guard, progress)
    if not names:
        described.notes += _say_what_lacks(weights)
    return _measure(described), described.notes


def photos_of_classes(folder: Path, *, is_quick: bool = False) -> list[Path]:
    """The photos of all classes with two or more of them.

    Raises: EvaluationError when there are not two such classes.
    """
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {folder}.")
    classes = [pictures_in(one, "*") for one in sorted(folder.iterdir()) if one.is_dir()]
    enough = [photos for photos in classes if len(photos) > 1]
    if len(enough) < 2:
        raise EvaluationError(
            f"There are not two classes in {folder}: give a folder with one folder of two photos "
            "or more a class."
        )
    most = QUICK_OF_A_CLASS if is_quick else None
    return [photo for photos in enough for photo in photos[:most]]


def _installed(weights: WeightStore) -> list[str]:
    return [name for name, backbone in BACKBONES.items() if weights.is_ready(backbone)]


def _say_what_lacks(weights: WeightStore) -> list[str]:
    default = get_backbone(DEFAULT_BACKBONE)
    try:
        weights.find(default.files[0])
    except WeightError as error:
        return [f"Without {default.name}, the usual backbone: {error}"]
    return []


def _describe(
    engines: Sequence[SceneEngine], photos: Sequence[Path], guard: Guard, progress: Progress
) -> Described:
    """Raises: EvaluationError when two classes are not left; GuardError."""
    described = Described.by(engines)
    random = np.random.default_rng(SEED)
    waiting = iter(photos)
    done = 0
    with closing(decode_ahead(photos, guard)) as groups:
        for item in (item for group in groups for item in group):
            photo, done = next(waiting), done + 1
            if isinstance(item.outcome, Picture):
                _add(described, item.outcome.image, engines, random)
                described.photos.append(photo)
            else:
                described.notes.append(f"Left out: {photo}: {explain(item.outcome)}")
            progress(done, len(photos))
    _drop_the_lonely(described)
    return described


def _add(
    described: Described,
    image: Image,
    engines: Sequence[SceneEngine],
    random: np.random.Generator,
) -> None:
    one, other = frame_anew(image, random)
    described.whole.add(image, engines)
    described.one.add(one, engines)
    described.other.add(other, engines)


def _drop_the_lonely(described: Described) -> None:
    """Photos whose class has no other that could be read. Raises: EvaluationError."""
    counts = Counter(photo.parent for photo in described.photos)
    kept = [row for row, photo in enumerate(described.photos) if counts[photo.parent] > 1]
    if len({described.photos[row].parent for row in kept}) < 2:
        raise EvaluationError("Of two classes there have to be two photos that can be read.")
    described.photos = [described.photos[row] for row in kept]
    for views in (described.whole, described.one, described.other):
        views.keep(kept)


def _measure(described: Described) -> dict[str, list[Measure]]:
    classes = [str(photo.parent) for photo in described.photos]
    (kinds,), (scenes,) = _ask(described, classes, None, [0.0])
    everyone = np.arange(len(classes))
    columns = {
        COLOUR: [
            *KINDS.tell("", kinds.of(everyone)),
            *SCENES.tell("", scenes.of(everyone)),
        ]
    }
    for name in described.whole.vectors:
        kind_of, scene_of = _ask(described, classes, name, WEIGHTS)
        columns[name] = [
            *KINDS.tell_both(kind_of),
            compare_kinds(kind_of),
            *SCENES.tell_both(scene_of),
        ]
    return columns


def _ask(
    described: Described, classes: Sequence[str], backbone: str | None, weights: Sequence[float]
) -> tuple[list[Retrieval], list[Retrieval]]:
    """Both questions, once for each weight."""
    whole, one, other = (
        views.of(backbone) for views in (described.whole, described.one, described.other)
    )
    return retrieve(classes, whole, weights), recognise(one, other, weights)
