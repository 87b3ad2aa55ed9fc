"""The classic way in a process of its own: watched, cancelled, killed, and gone when it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceengine.scenes.backbones import get_backbone
from faceengine.training import apart
from faceengine.training.apart import train_apart
from faceengine.training.epochs import Audience, Epoch
from faceengine.training.errors import TrainingCancelledError, TrainingError
from faceengine.training.transfer import EXTRACTION, FINE_TUNING, Pictures, Plan

SMALL = get_backbone("mobilenetv3small")
LONG = Plan(SMALL, None, side=75, epochs=(500, 0), batch=4)


def children() -> list[int]:
    """Processes that train for this one."""
    tasks = Path("/proc/self/task").glob("*/children")
    numbers = [int(text) for task in tasks for text in task.read_text().split()]
    return [one for one in numbers if b"apart_child" in Path(f"/proc/{one}/cmdline").read_bytes()]


def is_running(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_says_what_it_does_and_what_came_of_it(pictures: Pictures) -> None:
    epochs: list[Epoch] = []
    plan = Plan(SMALL, None, side=75, epochs=(2, 1), batch=4)
    outcomes = train_apart(plan, pictures, Audience(watch=epochs.append))
    assert [epoch.phase for epoch in epochs] == [EXTRACTION, EXTRACTION, FINE_TUNING]
    assert [outcome.way for outcome in outcomes] == [
        f"mobilenetv3small from nothing, {phase}" for phase in (EXTRACTION, FINE_TUNING)
    ]
    for outcome in outcomes:
        assert [scores.examples for scores in outcome.parts.values()] == [12, 3, 3]
        assert outcome.test.names == pictures.names
        assert outcome.seconds > 0
    assert not children()


def test_the_process_that_asks_stays_without_tensorflow(pictures: Pictures) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from faceengine.scenes.backbones import get_backbone\n"
        "from faceengine.training.apart import train_apart\n"
        "from faceengine.training.epochs import Audience\n"
        "from faceengine.training.transfer import Pictures, Plan\n"
        "files = [Path(name) for name in sys.argv[1:]]\n"
        "labels = np.arange(len(files)) % 3\n"
        "parts = {'training': np.arange(12), 'validation': np.arange(12, 15),\n"
        "         'test': np.arange(15, 18)}\n"
        "plan = Plan(get_backbone('mobilenetv3small'), None, side=75, epochs=(1, 0))\n"
        "train_apart(plan, Pictures('abc', files, labels, parts), Audience())\n"
        "sys.exit('tensorflow' in sys.modules)\n"
    )
    files = [str(file) for file in pictures.files]
    subprocess.run([sys.executable, "-c", code, *files], check=True)


def test_a_training_that_nobody_waits_for_is_ended(pictures: Pictures) -> None:
    epochs: list[Epoch] = []
    seen: list[int] = []

    def is_wanted() -> bool:
        seen.extend(children())
        return not epochs

    with pytest.raises(TrainingCancelledError):
        train_apart(LONG, pictures, Audience(epochs.append, is_wanted))
    assert seen
    assert not any(is_running(process) for process in seen)


def test_a_killed_process_is_a_sentence(pictures: Pictures) -> None:
    def kill(_: Epoch) -> None:
        for process in children():
            os.kill(process, signal.SIGKILL)

    with pytest.raises(TrainingError, match="memory"):
        train_apart(LONG, pictures, Audience(watch=kill))


def test_weights_of_another_network_are_a_sentence(pictures: Pictures, tmp_path: Path) -> None:
    weights = tmp_path / "wrong.weights.h5"
    weights.write_bytes(b"no weights")
    plan = Plan(SMALL, weights, side=75, epochs=(1, 0))
    with pytest.raises(TrainingError, match="no weights of"):
        train_apart(plan, pictures, Audience())


def test_it_does_not_outlive_a_worker_that_is_killed(pictures: Pictures, tmp_path: Path) -> None:
    order = tmp_path / "order.json"
    order.write_text(json.dumps(apart._to_json(LONG, pictures)))
    with apart._running(order, tmp_path / "complaints") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert "epoch" in process.stdout.readline()
        process.stdin.close()
        assert process.wait(timeout=60) == 1
