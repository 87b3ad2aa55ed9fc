"""`python -m faceengine.training.apart_child ORDER`: train a network as a file says.

Prints a line of JSON for each epoch, and one for the outcomes or for what is wrong. Started by
`faceengine.training.apart`, which says why this is a process of its own.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any, TextIO

import numpy as np

from faceengine.scenes.backbones import get_backbone
from faceengine.training.epochs import Audience, Epoch
from faceengine.training.errors import TrainingError
from faceengine.training.scoring import Outcome
from faceengine.training.trainable import import_quietly
from faceengine.training.transfer import Pictures, Plan, train_network

STDOUT, STDERR = 1, 2


def main() -> None:
    answers = os.fdopen(os.dup(STDOUT), "w")
    os.dup2(STDERR, STDOUT)  # whatever libraries print is no answer
    Thread(target=_end_with_parent, daemon=True).start()
    order = json.loads(Path(sys.argv[1]).read_text())
    import_quietly()

    def tell(epoch: Epoch) -> None:
        _say(answers, {"epoch": asdict(epoch)})

    try:
        trained = train_network(_plan_of(order), _pictures_of(order), Audience(watch=tell))
    except TrainingError as error:
        _say(answers, {"problem": str(error)})
    else:
        _say(answers, {"outcomes": [_describe(outcome) for outcome in trained.outcomes]})


def _end_with_parent() -> None:
    """Nothing is ever written to stdin: it closes when the parent has gone."""
    sys.stdin.read()
    os._exit(1)


def _say(answers: TextIO, what: Mapping[str, Any]) -> None:
    print(json.dumps(what), file=answers, flush=True)


def _plan_of(order: Mapping[str, Any]) -> Plan:
    plan = dict(order["plan"])
    weights = plan.pop("weights")
    backbone, epochs = get_backbone(plan.pop("backbone")), tuple(plan.pop("epochs"))
    return Plan(backbone, Path(weights) if weights else None, epochs=epochs, **plan)


def _pictures_of(order: Mapping[str, Any]) -> Pictures:
    return Pictures(
        names=order["names"],
        files=[Path(file) for file in order["files"]],
        labels=np.array(order["labels"], np.int64),
        parts={part: np.array(places, np.int64) for part, places in order["parts"].items()},
    )


def _describe(outcome: Outcome) -> dict[str, Any]:
    parts = {
        part: {"confusion": one.confusion.tolist(), "calibration_error": one.calibration_error}
        for part, one in outcome.parts.items()
    }
    return {"way": outcome.way, "parts": parts, "seconds": outcome.seconds}


if __name__ == "__main__":
    main()
