"""One table with a column for each pack."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from faceengine.command_line import Measure

PIPE_WIDTH = 240

#: What each pack measured, by its name.
Columns = Mapping[str, Sequence[Measure]]


def print_table(columns: Columns) -> None:
    """A row a measure, in the order in which they come up; reasons for gaps below."""
    by_name = {
        pack: {measure.measure: measure for measure in measures}
        for pack, measures in columns.items()
    }
    rows = dict.fromkeys(name for measures in by_name.values() for name in measures)
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("measure", no_wrap=True)
    table.add_column("unit")
    for pack in columns:
        table.add_column(pack, justify="right")
    for name in rows:
        found = [measures.get(name) for measures in by_name.values()]
        one = next(measure for measure in found if measure)
        label = f"{name} ({one.peer})" if one.peer else name
        table.add_row(label, one.unit, *(_cell(measure) for measure in found))
    # into a file or a pipe no line is wrapped
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(table)
    for pack, measures in columns.items():
        for why, names in _gaps(measures).items():
            console.print(f"{pack}: {why}: {', '.join(names)}.")


def _cell(measure: Measure | None) -> str:
    if measure is None or measure.value is None:
        return "-"
    text = _number(measure.value, measure.unit)
    if measure.peer_value is None:
        return text
    return f"{text} ({_number(measure.peer_value, measure.unit)})"


def _number(value: float, unit: str) -> str:
    if unit in {"share", "cosine"}:
        return f"{value:.4f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _gaps(measures: Sequence[Measure]) -> Mapping[str, list[str]]:
    """Names of the measures that were not taken, by the reason."""
    gaps: dict[str, list[str]] = {}
    for measure in measures:
        if measure.value is None:
            gaps.setdefault(measure.why, []).append(measure.measure)
    return gaps
