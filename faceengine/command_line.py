"""What the commands of this package share: where weights are, and how measures are printed.

Only commands read the environment; the library is given arguments.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from faceengine.weights import DEFAULT_CACHE, WeightStore

#: What a shell expects of a command that Ctrl-C ended, and of one whose reader went away.
INTERRUPTED, UNREAD = 130, 141


def run(main: Callable[[], int]) -> NoReturn:
    """End the process with the status that `main` returns, without a traceback for its user.

    Ctrl-C and a reader that has seen enough, as `| head` has, are no errors.
    """
    try:
        status = main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        status = INTERRUPTED
    except BrokenPipeError:
        # or what is left in the buffer would be written, and fail, once more at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = UNREAD
    sys.exit(status)


def explain(error: Exception) -> str:
    """What went wrong in words: the system's own errors without number and name."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}."
    return str(error)


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
