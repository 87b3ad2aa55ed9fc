"""Files of heads: the same when read again, and harmless whoever wrote them."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from faceengine.training import store
from faceengine.training.errors import TrainingError
from faceengine.training.head import Head
from faceengine.training.store import head_from_bytes, head_to_bytes


@pytest.fixture
def head() -> Head:
    rows = np.arange(12, dtype=np.float32).reshape(3, 4)
    return Head(("a", "b", "ü"), rows, rows[:, 0], rows + 1, 0.5, 0.25, "by hand")


def test_a_head_is_the_same_when_it_is_read_again(head: Head) -> None:
    again = head_from_bytes(head_to_bytes(head, "open-2"), "open-2")
    for name in ("weights", "bias", "middles"):
        assert np.array_equal(getattr(head, name), getattr(again, name))
    assert (again.names, again.temperature, again.threshold) == (head.names, 0.5, 0.25)
    assert again.method == "by hand"


def test_a_head_for_other_vectors_is_refused(head: Head) -> None:
    with pytest.raises(TrainingError, match="judges vectors of open-2, not of dlib-1"):
        head_from_bytes(head_to_bytes(head, "open-2"), "dlib-1")


class Trap:
    """Pickled, it makes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


def test_nothing_in_a_file_is_run(head: Head, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = np.array([Trap(sprung)], dtype=object)
    buffer = io.BytesIO()
    note = json.dumps({"format": store.FORMAT, "made_of": "open-2", "names": ["a"]})
    words = np.frombuffer(note.encode(), np.uint8)
    np.savez(buffer, note=words, weights=trap, bias=trap, middles=trap)
    for content in (buffer.getvalue(), pickle.dumps(Trap(sprung))):
        with pytest.raises(TrainingError, match="damaged"):
            head_from_bytes(content, "open-2")
    assert not sprung.exists()


def test_damaged_files_are_a_sentence(head: Head) -> None:
    good = head_to_bytes(head, "open-2")
    for cut in range(0, len(good), 37):
        with pytest.raises(TrainingError):
            head_from_bytes(good[:cut], "open-2")


def test_a_file_that_unpacks_to_too_much_is_refused_before(
    head: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_BYTES", 100)
    with pytest.raises(TrainingError, match="damaged"):
        head_from_bytes(head_to_bytes(head, "open-2"), "open-2")


def test_arrays_that_do_not_go_together_are_refused(head: Head) -> None:
    good = io.BytesIO(head_to_bytes(head, "open-2"))
    short = io.BytesIO()
    np.save(short, np.zeros(2, np.float32))
    changed = io.BytesIO()
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = short.getvalue() if name == "bias.npy" else source.read(name)
            target.writestr(name, content)
    with pytest.raises(TrainingError, match="damaged"):
        head_from_bytes(changed.getvalue(), "open-2")
