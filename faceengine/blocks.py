"""Matrices of all similarities, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator

#: Similarities held at once, 64 MB of them: products of fewer rows take up to twice as long.
BLOCK = 16_000_000


def blocks(count: int) -> Iterator[slice]:
    """Rows of a (count, count) matrix in parts that fit into BLOCK numbers."""
    height = max(1, BLOCK // max(1, count))
    for start in range(0, count, height):
        yield slice(start, min(start + height, count))
