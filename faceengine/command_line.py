"""What the commands of this package share: where weights are, and how measures are printed.

Only commands read the environment; the library is given arguments.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from faceengine.weights import DEFAULT_CACHE, WeightStore


def weights_from_environment() -> WeightStore:
    """LIKENESS_MODELS names folders to search, LIKENESS_DATA/models is where downloads go."""
    search = os.environ.get("LIKENESS_MODELS", "").split(os.pathsep)
    data = os.environ.get("LIKENESS_DATA")
    cache = Path(data) / "models" if data else DEFAULT_CACHE
    return WeightStore(tuple(Path(folder) for folder in search if folder), cache)


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of a report.

    `ratio` is above 1 when we are better than the peer; `why` says why there is no value.
    """

    measure: str
    value: float | None
    unit: str
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    target: float | None = None
    ok: bool | None = None
    why: str = ""


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def print_measures(measures: Sequence[Measure], *, as_json: bool) -> None:
    """One JSON array, or one line each for people."""
    if as_json:
        say(json.dumps([_without_empty_why(measure) for measure in measures], indent=2))
        return
    for measure in measures:
        say(_line(measure))


def _without_empty_why(measure: Measure) -> dict[str, object]:
    fields = asdict(measure)
    if not measure.why:
        del fields["why"]
    return fields


def _line(measure: Measure) -> str:
    if measure.value is None:
        return f"{measure.measure:<48} not measured: {measure.why}"
    line = f"{measure.measure:<48} {measure.value:>12.6g} {measure.unit}"
    if measure.peer_value is not None:
        line += f"   {measure.peer}: {measure.peer_value:.6g}"
    if measure.ratio is not None:
        line += f"   ratio {measure.ratio:.3g}"
    if measure.target is not None:
        line += f"   target {measure.target:g} {'met' if measure.ok else 'MISSED'}"
    return line
