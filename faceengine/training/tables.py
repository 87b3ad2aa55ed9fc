"""Tables for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def to_csv(rows: Iterable[Sequence[object]]) -> str:
    """None is an empty cell, and what begins like a formula is no longer one."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(
        [_harmless(cell) for cell in row] for row in rows
    )
    return buffer.getvalue()


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{cell}"
    return cell
