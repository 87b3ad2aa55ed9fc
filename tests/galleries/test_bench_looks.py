"""The bench of looks times what it says, among made-up photos."""

import pytest

from galleries import looks
from galleries.bench.looks import measure_looks
from galleries.models import ModelVersion

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_best_are_found_at_every_weight(
    model: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "EXACT_PHOTOS", 100)
    monkeypatch.setattr(looks, "_estimate_every", lambda: 0)

    lines = {line.measure: line for line in measure_looks(count=1000, runs=3)}

    for weight in ("0", "0.5", "1"):
        recall = lines[f"w = {weight}, all, recall of ten"].value
        assert recall is not None
        assert recall >= 0.8
        assert lines[f"w = {weight}, all, p50"].value
    assert lines["w = 0.5, 10 of one gallery, recall of ten"].value == 1
