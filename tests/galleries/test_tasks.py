"""The doorbell: a drain ends in time, and rings again for what is left."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from config.supervision import STOP_SECONDS
from galleries import tasks
from galleries.models import Analysis, Photo


@pytest.mark.usefixtures("drawing_engine")
def test_a_drain_whose_time_is_up_leaves_the_rest_to_the_next_one(
    add_drawing: Callable[..., Photo], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIKENESS_BATCH = 1
    rings: list[bool] = []
    monkeypatch.setattr(tasks, "ring_doorbell", lambda: rings.append(True))
    monkeypatch.setattr(tasks, "DRAIN_SECONDS", 0)
    for _ in range(2):
        add_drawing("red")

    tasks.drain()

    assert Analysis.objects.unfinished().count() == 1
    assert rings == [True]


def test_a_worker_that_is_asked_to_stop_has_time_for_the_drain_in_its_hands() -> None:
    assert tasks.DRAIN_SECONDS <= STOP_SECONDS / 2
