"""Files that list pairs of photos: LFW's own format, and CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path

from faceengine.evaluation.gathering import EvaluationError
from faceengine.files import PICTURE_SUFFIXES

FOLDS = 10
#: With --quick, this many pairs of either kind from each fold.
QUICK_PAIRS = 15
_ANSWERS = {"1": True, "yes": True, "true": True, "0": False, "no": False, "false": False}
_COLUMNS = (("a", "b", "same"), ("file_x", "file_y", "decision"))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos, whether they show one person, and the part of the cross-validation."""

    one: Path
    other: Path
    _: KW_ONLY
    is_genuine: bool
    fold: int


def read_pairs(file: Path, images: Path, *, is_quick: bool = False) -> list[Pair]:
    """The pairs of a file; photos are looked for below the folder `images`.

    LFW's format has a first line of "folds<tab>pairs of either kind in a fold", then
    "name<tab>n1<tab>n2" for one person and "name1<tab>n1<tab>name2<tab>n2" for two; photo 1 of
    "Ann_Lee" is Ann_Lee/Ann_Lee_0001.jpg. CSV has the columns a, b and same (or file_x, file_y and
    Decision) and may have fold; a and b are paths, same is 1 or 0. Where a file names no folds, or
    a single one, its pairs are dealt into ten in turn, each kind for itself.

    Raises: EvaluationError naming the line that cannot be understood.
    """
    if not images.is_dir():
        raise EvaluationError(f"There is no folder {images}.")
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()  # spreadsheets write a mark
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{file} cannot be read as a list of pairs: {error}") from error
    has_commas = bool(lines) and "," in lines[0]
    pairs = list(_from_csv(lines, images, file) if has_commas else _from_lfw(lines, images, file))
    if len({pair.fold for pair in pairs}) < 2:
        pairs = _deal(pairs)
    return _first_of_each(pairs) if is_quick else pairs


def _from_lfw(lines: Sequence[str], images: Path, file: Path) -> Iterator[Pair]:
    head = lines[0].split() if lines else []
    is_head = all(word.isdecimal() for word in head)
    each = int(head[1]) if is_head and len(head) == 2 else 0
    index = 0
    for number, line in enumerate(lines[1:] if is_head else lines, start=2 if is_head else 1):
        if words := line.split():
            try:
                one, other = _two_photos(words, images)
            except ValueError as error:
                raise EvaluationError(
                    f"{file}, line {number}: expected “name n1 n2” or “name1 n1 name2 n2”, or "
                    "CSV with commas."
                ) from error
            fold = index // (2 * each) if each else 0
            yield Pair(one, other, is_genuine=len(words) == 3, fold=fold)
            index += 1


def _two_photos(words: Sequence[str], images: Path) -> tuple[Path, Path]:
    """Raises: ValueError."""
    name, one, *rest = words
    other_name = rest[0] if len(rest) == 2 else name
    if len(rest) not in {1, 2}:
        raise ValueError(words)
    return _photo(images, name, int(one)), _photo(images, other_name, int(rest[-1]))


def _photo(images: Path, name: str, number: int) -> Path:
    usual = images / name / f"{name}_{number:04d}.jpg"
    others = (usual.with_suffix(suffix) for suffix in sorted(PICTURE_SUFFIXES))
    return next((path for path in (usual, *others) if path.exists()), usual)


def _from_csv(lines: Sequence[str], images: Path, file: Path) -> Iterator[Pair]:
    rows = csv.DictReader([lines[0].lower(), *lines[1:]])
    known = next((names for names in _COLUMNS if set(names) <= set(rows.fieldnames or ())), None)
    if known is None:
        raise EvaluationError(f"{file}: expected the columns a, b and same, found {lines[0]}.")
    has_folds = "fold" in (rows.fieldnames or ())
    for row in rows:
        try:
            one, other, same = (row[name].strip() for name in known)
            yield Pair(
                images / one,
                images / other,
                is_genuine=_ANSWERS[same.lower()],
                fold=int(row["fold"]) if has_folds else 0,
            )
        except (AttributeError, KeyError, ValueError) as error:
            raise EvaluationError(
                f"{file}, line {rows.line_num}: expected two paths and 1 or 0 (yes or no)."
            ) from error


def _deal(pairs: Sequence[Pair]) -> list[Pair]:
    seen: Counter[bool] = Counter()
    dealt = []
    for pair in pairs:
        dealt.append(replace(pair, fold=seen[pair.is_genuine] % FOLDS))
        seen[pair.is_genuine] += 1
    return dealt


def _first_of_each(pairs: Sequence[Pair]) -> list[Pair]:
    seen: Counter[tuple[int, bool]] = Counter()
    kept = []
    for pair in pairs:
        seen[pair.fold, pair.is_genuine] += 1
        if seen[pair.fold, pair.is_genuine] <= QUICK_PAIRS:
            kept.append(pair)
    return kept
