"""A question in words: "of Anna and face 2 together, without Bob"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from search.asking import Asked
from search.combining import Combination
from search.probes import ProbeFace


def of_whom(asked: Asked) -> str:
    """The end of "12 photos …"."""
    wanted = [*_faces(asked.faces), *map(str, asked.persons)]
    whom = f"{_join(wanted, 'and')} together" if is_together(asked) else _join(wanted, "or")
    unwanted = [*_numbers(asked.without_faces), *map(str, asked.without_persons)]
    return f"of {whom}, without {_join(unwanted, 'or')}" if unwanted else f"of {whom}"


def is_together(asked: Asked) -> bool:
    """Whether several must be in one photo; alone, everybody is."""
    count = len(asked.faces) + len(asked.persons)
    return asked.combination == Combination.TOGETHER and count > 1


def _faces(faces: Sequence[ProbeFace]) -> Iterable[str]:
    return ["this person"] if len(faces) == 1 else _numbers(faces)


def _numbers(faces: Iterable[ProbeFace]) -> Iterable[str]:
    return (f"face {face.number + 1}" for face in faces)


def _join(names: Sequence[str], word: str) -> str:
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last
