"""`./run evaluate images FOLDER`: what colours, backbones and both together find.

FOLDER holds one folder of photos per class. Every photo is asked with, and should find the others
of its class before all that are not. How much content and colour count is chosen with one half of
the photos and judged with the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceengine.command_line import Measure, explain, weights_from_environment
from faceengine.evaluation.gathering import EvaluationError, Progress
from faceengine.evaluation.progress import show_progress
from faceengine.evaluation.retrieval import FIRST, WEIGHTS, Retrieval, retrieve
from faceengine.files import PICTURE_SUFFIXES
from faceengine.guard import Guard
from faceengine.pictures import Picture
from faceengine.pipeline import decode_ahead
from faceengine.scenes.backbones import BACKBONES, DEFAULT_BACKBONE, get_backbone
from faceengine.scenes.colours import describe_colours
from faceengine.scenes.engine import SceneEngine
from faceengine.weights import WeightError, WeightStore

IMAGES, COLOUR = "images", "colour"
#: Photos of each class that a quick look takes.
QUICK_OF_A_CLASS = 10
#: By how much content has to be better than colour.
LEAST_GAIN = 0.25


@dataclass(slots=True)
class Described:
    """The photos that could be read, with their colours and one vector of each backbone."""

    photos: list[Path] = field(default_factory=list)
    colours: list[NDArray[np.float32]] = field(default_factory=list)
    vectors: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


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
    classes = [
        sorted(path for path in one.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
        for one in sorted(folder.iterdir())
        if one.is_dir()
    ]
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
    described = Described(vectors={engine.backbone.name: [] for engine in engines})
    waiting = iter(photos)
    done = 0
    with closing(decode_ahead(photos, guard)) as groups:
        for item in (item for group in groups for item in group):
            photo, done = next(waiting), done + 1
            if isinstance(item.outcome, Picture):
                _add(described, photo, item.outcome, engines)
            else:
                described.notes.append(f"Left out: {photo}: {explain(item.outcome)}")
            progress(done, len(photos))
    _drop_the_lonely(described)
    return described


def _add(
    described: Described, photo: Path, picture: Picture, engines: Sequence[SceneEngine]
) -> None:
    described.photos.append(photo)
    described.colours.append(describe_colours(picture.image))
    for engine in engines:
        described.vectors[engine.backbone.name].append(engine.describe([picture.image])[0])


def _drop_the_lonely(described: Described) -> None:
    """Photos whose class has no other that could be read. Raises: EvaluationError."""
    counts = Counter(photo.parent for photo in described.photos)
    kept = [row for row, photo in enumerate(described.photos) if counts[photo.parent] > 1]
    if len({described.photos[row].parent for row in kept}) < 2:
        raise EvaluationError("Of two classes there have to be two photos that can be read.")
    described.photos = [described.photos[row] for row in kept]
    described.colours = [described.colours[row] for row in kept]
    described.vectors = {
        name: [vectors[row] for row in kept] for name, vectors in described.vectors.items()
    }


def _measure(described: Described) -> dict[str, list[Measure]]:
    classes = [str(photo.parent) for photo in described.photos]
    colours = np.stack(described.colours)
    nothing = np.zeros((len(classes), 1), dtype=np.float32)
    (by_colour,) = retrieve(classes, nothing, colours, [0.0])
    everyone = np.arange(len(classes))
    columns = {COLOUR: _two_lines("", *by_colour.of(everyone))}
    for name, vectors in described.vectors.items():
        answers = retrieve(classes, np.stack(vectors), colours, WEIGHTS)
        columns[name] = _compare(answers, everyone)
    return columns


def _compare(answers: Sequence[Retrieval], everyone: NDArray[np.intp]) -> list[Measure]:
    """Content alone against colour alone, and both together against the better of them."""
    choosing, judging = everyone[::2], everyone[1::2]
    chosen = max(range(len(WEIGHTS)), key=lambda at: answers[at].of(choosing)[0])
    colour, content, hybrid = answers[0], answers[-1], answers[chosen]
    gain = content.of(everyone)[0] - colour.of(everyone)[0]
    equal = answers[WEIGHTS.index(0.5)]
    return [
        *_two_lines("", *content.of(everyone)),
        *_two_lines(", both at equal weights", *equal.of(everyone)),
        Measure("mAP above colour", gain, "share", target=LEAST_GAIN, ok=gain >= LEAST_GAIN),
        Measure("weight of content, chosen with one half", WEIGHTS[chosen], "weight"),
        *_two_lines(", colour, other half", *colour.of(judging)),
        *_two_lines(", content, other half", *content.of(judging)),
        *(
            _against_better(name, *values)
            for name, *values in zip(
                ("mAP, both, other half", f"precision@{FIRST}, both, other half"),
                hybrid.of(judging),
                colour.of(judging),
                content.of(judging),
                strict=True,
            )
        ),
    ]


def _two_lines(of_what: str, mean_precision: float, precision: float) -> list[Measure]:
    return [
        Measure(f"mAP{of_what}", mean_precision, "share"),
        Measure(f"precision@{FIRST}{of_what}", precision, "share"),
    ]


def _against_better(name: str, hybrid: float, colour: float, content: float) -> Measure:
    better = max(colour, content)
    ratio = hybrid / better
    return Measure(name, hybrid, "share", "the better", better, ratio, target=1.0, ok=ratio >= 1)
