"""The bench of identities times what it says, in a gallery of made-up people."""

import pytest

from galleries.bench.people import measure_people
from galleries.models import ModelVersion

pytestmark = pytest.mark.django_db(transaction=True)


def test_new_faces_find_whom_they_show_and_decisions_move_as_many_as_they_say(
    model: ModelVersion,
) -> None:
    lines = {line.measure: line for line in measure_people(count=400, moved=60, runs=4)}
    assert lines["… that got a person, of a known person"].value == 1
    assert lines["… that got a person, of nobody"].value == 0
    deciding = [name for name in lines if name.endswith(" 67 faces")]
    assert len(deciding) == 7
    assert all(line.value for line in lines.values() if line.unit == "ms")
