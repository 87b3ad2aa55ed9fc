"""Examples of classes in three parts, whatever they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceengine.scenes.hashing import NEAR
from faceengine.training.errors import TrainingError
from faceengine.training.folders import FEWEST_PHOTOS, Labelled, name_some
from faceengine.training.looks import Looks
from faceengine.training.regression import Examples, Floats
from faceengine.training.splitting import (
    Split,
    group_events,
    group_looks,
    split_examples,
)

#: The share of strangers that may be taken for somebody. Vectors of faces are made to tell
#: strangers apart; those of whole pictures are not, and would turn away three of four they know.
OF_FACES, OF_IMAGES = 0.01, 0.1


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that both ways learn from, and are judged by.

    `strangers` are vectors of none of the classes; `pictures` are files, or none where only
    vectors are known. `notes` are sentences about what was left out.
    """

    names: tuple[str, ...]
    examples: Examples
    split: Split
    strangers: Floats
    pictures: Sequence[Path]
    notes: list[str]
    false_acceptance: float = OF_FACES


def material_of(labelled: Labelled, looks: Looks, seed: int) -> Material:
    """Deal what could be used of a folder's photos into parts.

    A class of which only one photo could be used is nobody's class any more.
    Raises: TrainingError when fewer than two are left.
    """
    class_of = dict(zip(labelled.photos, labelled.labels, strict=True))
    found = [class_of.get(photo, "") for photo in looks.photos]
    counts = {name: found.count(name) for name in labelled.classes}
    names = tuple(name for name, count in counts.items() if count >= FEWEST_PHOTOS)
    lost = [name for name in counts if name not in names]
    if len(names) < 2:
        raise TrainingError(
            f"Fewer than two classes have {FEWEST_PHOTOS} photos that can be used. "
            + " ".join(looks.notes)
        )
    numbers = {name: number for number, name in enumerate(names)}
    labels = np.array([numbers.get(name, -1) for name in found], np.int64)
    chosen = np.flatnonzero(labels >= 0)
    split = split_examples(
        labels[chosen],
        group_looks(looks.hashes[chosen], NEAR),
        group_events(labels[chosen], [looks.taken[place] for place in chosen]),
        seed,
    )
    return Material(
        names=names,
        examples=Examples(looks.vectors[chosen], labels[chosen]),
        split=split,
        strangers=looks.vectors[labels < 0],
        pictures=[looks.pictures[place] for place in chosen],
        notes=[*labelled.notes, *looks.notes, *_explain(lost, split, names)],
    )


def _explain(lost: Sequence[str], split: Split, names: Sequence[str]) -> list[str]:
    notes = []
    if lost:
        notes.append(f"Too few photos of these classes can be used: {name_some(lost)}.")
    if split.relaxed:
        relaxed = name_some([names[label] for label in split.relaxed])
        notes.append(
            f"All dated photos of these classes are of one event, so that their parts are more "
            f"alike than new photos will be: {relaxed}."
        )
    return notes


def halves(vectors: Floats) -> tuple[Floats, Floats]:
    """Every second one, and the others."""
    is_even: NDArray[np.bool_] = np.arange(len(vectors)) % 2 == 0
    return vectors[is_even], vectors[~is_even]
