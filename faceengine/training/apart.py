"""The classic way in a process of its own, so that its memory comes back when it ends.

TensorFlow keeps some gigabytes of whatever it has used, for as long as its process lives.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import numpy as np

from faceengine.training.epochs import Audience, Epoch
from faceengine.training.errors import TrainingError
from faceengine.training.scoring import Outcome, Scores
from faceengine.training.transfer import Pictures, Plan

#: How often the audience is asked whether anybody waits.
SECONDS_BETWEEN_LOOKS = 0.5
KILLED = (
    "The classic way was ended from outside, which the system does when memory runs out. "
    "Train without it, or on a machine with more memory."
)
_PROJECT = Path(__file__).resolve().parents[2]


def train_apart(plan: Plan, pictures: Pictures, audience: Audience) -> list[Outcome]:
    """As `transfer.train_network`, without the network; one outcome a phase.

    Raises: TrainingError, also when the process is killed; TrainingCancelledError.
    """
    with TemporaryDirectory(prefix="likeness-") as folder:
        order, complaints = Path(folder) / "order.json", Path(folder) / "complaints"
        order.write_text(json.dumps(_to_json(plan, pictures)))
        with _running(order, complaints) as process:
            for said in _listen(process, audience):
                if "epoch" in said:
                    audience.watch(Epoch(**said["epoch"]))
                elif "problem" in said:
                    raise TrainingError(said["problem"])
                else:
                    return [_to_outcome(one, pictures.names) for one in said["outcomes"]]
            raise TrainingError(_why(process.wait(), complaints))


def _to_json(plan: Plan, pictures: Pictures) -> dict[str, Any]:
    return {
        "plan": {
            "backbone": plan.backbone.name,
            "weights": str(plan.weights) if plan.weights else None,
            "side": plan.side,
            "epochs": plan.epochs,
            "batch": plan.batch,
            "seed": plan.seed,
        },
        "names": list(pictures.names),
        "files": [str(file) for file in pictures.files],
        "labels": pictures.labels.tolist(),
        "parts": {part: places.tolist() for part, places in pictures.parts.items()},
    }


@contextmanager
def _running(order: Path, complaints: Path) -> Iterator[subprocess.Popen[str]]:
    """The process; it ends with this block, and by itself when ours is killed."""
    asked = ["-P", "-m", "faceengine.training.apart_child", str(order)]
    with (
        complaints.open("wb") as heard,
        subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, *asked],
            env=os.environ | {"PYTHONPATH": str(_PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,  # which closes when we are gone
            stdout=subprocess.PIPE,
            stderr=heard,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def _listen(process: subprocess.Popen[str], audience: Audience) -> Iterator[dict[str, Any]]:
    """What it says, until it ends. Raises: TrainingCancelledError."""
    lines: Queue[str] = Queue()
    Thread(target=_read, args=(process, lines.put), daemon=True).start()
    while True:
        audience.check()
        try:
            line = lines.get(timeout=SECONDS_BETWEEN_LOOKS)
        except Empty:
            continue
        if not line:
            return
        yield json.loads(line)


def _read(process: subprocess.Popen[str], put: Callable[[str], None]) -> None:
    """All lines, and an empty one at the end."""
    if process.stdout:
        for line in process.stdout:
            put(line)
    put("")


def _why(status: int, complaints: Path) -> str:
    """What a user can do about a process that ended before it was done."""
    if status < 0:
        return KILLED
    said = complaints.read_text(errors="replace").strip().splitlines()
    reason = said[-1] if said else f"exit status {status}"
    return f"The classic way broke off ({reason}). Train without it."


def _to_outcome(said: Mapping[str, Any], names: Sequence[str]) -> Outcome:
    parts = {
        part: Scores(names, np.array(one["confusion"], np.int64), one["calibration_error"])
        for part, one in said["parts"].items()
    }
    return Outcome(said["way"], parts, said["seconds"])
