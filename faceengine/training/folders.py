"""Reading a folder that holds one folder of photos per class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faceengine.files import pictures_in
from faceengine.training.errors import TrainingError

#: With fewer photos a class cannot be trained and judged.
FEWEST_PHOTOS = 2
#: So many classes are named where something is said of them; the others are counted.
NAMED = 5
#: Of a quick look: classes, and photos of each.
QUICK_CLASSES, QUICK_PHOTOS = 12, 12


@dataclass(frozen=True, slots=True)
class Labelled:
    """The photos of a folder's classes, by the name of the class.

    `strangers` are photos of classes too small to be trained: they belong to none of the others.
    """

    classes: dict[str, list[Path]]
    strangers: list[Path]
    notes: list[str]

    @property
    def photos(self) -> list[Path]:
        return [photo for photos in self.classes.values() for photo in photos]

    @property
    def labels(self) -> list[str]:
        """Of each photo, in the same order."""
        return [name for name, photos in self.classes.items() for _ in photos]


def read_labelled(folder: Path, fewest: int = FEWEST_PHOTOS, *, is_quick: bool = False) -> Labelled:
    """The classes of a folder with at least `fewest` photos, by name.

    Raises: TrainingError with what to do about the folder.
    """
    if not folder.is_dir():
        raise TrainingError(f"There is no folder {folder}.")
    found = _photos_by_class(folder)
    _refuse_equal_names(found)
    large = {name: photos for name, photos in found.items() if len(photos) >= fewest}
    small = {name: photos for name, photos in found.items() if name not in large}
    _refuse_too_few(folder, large, small, fewest)
    if is_quick:
        large = _largest(large)
    return Labelled(
        classes=large,
        strangers=[photo for photos in small.values() for photo in photos],
        notes=_explain_small(small, fewest),
    )


def name_some(names: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _photos_by_class(folder: Path) -> dict[str, list[Path]]:
    found: defaultdict[str, list[Path]] = defaultdict(list)
    for path in pictures_in(folder, "*/*"):
        found[path.parent.name].append(path)
    return dict(found)


def _refuse_equal_names(found: dict[str, list[Path]]) -> None:
    """Some disks keep such folders as one, and nobody could tell the answers apart."""
    counted = Counter(name.casefold() for name in found)
    equal = [name for name in found if counted[name.casefold()] > 1]
    if equal:
        raise TrainingError(
            f"Some classes have the same name but for capital letters: {name_some(equal)}. "
            "Rename one of them, or put their photos into one folder."
        )


def _refuse_too_few(
    folder: Path, large: dict[str, list[Path]], small: dict[str, list[Path]], fewest: int
) -> None:
    if len(large) > 1:
        return
    if not large and not small:
        raise TrainingError(
            f"No photos in {folder}: give a folder with one folder of photos for each class."
        )
    if len(large) == 1 and not small:
        raise TrainingError(
            f"There is only one class in {folder}, {next(iter(large))}: "
            "add a folder of photos for at least one other."
        )
    sizes = [f"{name} ({len(photos)})" for name, photos in small.items()]
    raise TrainingError(
        f"A classifier needs two classes with at least {fewest} photos each. "
        f"Too few have: {name_some(sizes)}. Add photos to them."
    )


def _explain_small(small: dict[str, list[Path]], fewest: int) -> list[str]:
    if not small:
        return []
    if len(small) == 1:
        ((name, photos),) = small.items()
        count = "1 photo" if len(photos) == 1 else f"{len(photos)} photos"
        return [f"The class {name} is left out: it has {count}, and {fewest} are needed."]
    names = name_some(list(small))
    return [f"{len(small):,} classes have fewer than {fewest} photos and are left out: {names}."]


def _largest(classes: dict[str, list[Path]]) -> dict[str, list[Path]]:
    largest = sorted(classes, key=lambda name: (-len(classes[name]), name))[:QUICK_CLASSES]
    return {name: classes[name][:QUICK_PHOTOS] for name in sorted(largest)}
