import hashlib
import re
from pathlib import Path
from typing import IO, Any

import pytest

from faceengine.catalog import PACKS
from faceengine.engine import FaceEngine
from faceengine.packs import WeightFile
from faceengine.weights import WeightError, WeightState, WeightStore

CONTENT = b"weights"
FILE = WeightFile("net.onnx", len(CONTENT), "sha256", hashlib.sha256(CONTENT).hexdigest())
YUNET = PACKS["open"].detector.file("onnx")


def test_a_file_is_found_by_name_in_any_folder_below(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / FILE.name
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    assert WeightStore((tmp_path,)).find(FILE) == path


def test_a_file_is_found_by_content_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"WEIGHTS")
    (tmp_path / "renamed.onnx").write_bytes(CONTENT)
    assert WeightStore((tmp_path,)).find(FILE) == tmp_path / "renamed.onnx"


def test_named_folders_are_searched_before_the_cache(tmp_path: Path) -> None:
    named, cache = tmp_path / "named", tmp_path / "cache"
    for folder in (named, cache):
        folder.mkdir()
        (folder / FILE.name).write_bytes(CONTENT)
    assert WeightStore((named,), cache).find(FILE) == named / FILE.name


def test_an_altered_file_does_not_hide_a_right_one(tmp_path: Path) -> None:
    named, cache = tmp_path / "named", tmp_path / "cache"
    for folder, content in ((named, b"altered"), (cache, CONTENT)):
        folder.mkdir()
        (folder / FILE.name).write_bytes(content)
    assert WeightStore((named,), cache).find(FILE) == cache / FILE.name


def test_an_altered_file_is_named_with_both_hashes_and_the_command(tmp_path: Path) -> None:
    path = tmp_path / YUNET.name
    path.write_bytes(CONTENT)
    with pytest.raises(WeightError) as raised:
        WeightStore((), tmp_path).find(YUNET)
    for part in (str(path), YUNET.digest, FILE.digest, "./run models install open"):
        assert part in str(raised.value)


def test_a_file_that_may_not_be_read_is_named_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked, cache = tmp_path / "locked", tmp_path / "cache"
    for folder in (locked, cache):
        folder.mkdir()
    (locked / YUNET.name).write_bytes(CONTENT)
    opened = Path.open

    def refuse(path: Path, mode: str = "r") -> IO[Any]:  # permissions would not bind root
        if path.parent == locked:
            raise PermissionError(13, "Permission denied")
        return opened(path, mode)

    (cache / FILE.name).write_bytes(CONTENT)
    monkeypatch.setattr(Path, "open", refuse)
    store = WeightStore((locked,), cache)
    with pytest.raises(WeightError, match=f"{locked / YUNET.name} cannot be read.*install open"):
        store.find(YUNET)
    (locked / YUNET.name).rename(locked / FILE.name)
    assert store.find(FILE) == cache / FILE.name


def test_a_missing_file_is_named_with_its_hash_and_the_command(tmp_path: Path) -> None:
    expected = f"{YUNET.name}.*{YUNET.digest}.*{re.escape('./run models install open')}"
    with pytest.raises(WeightError, match=expected):
        FaceEngine.load("open", WeightStore((), tmp_path))


def test_folders_that_do_not_exist_are_passed_over(tmp_path: Path) -> None:
    store = WeightStore((tmp_path / "none",), tmp_path / "neither")
    (status,) = (status for status in store.status(PACKS["open"]) if status.file is YUNET)
    assert (status.state, status.path) == (WeightState.MISSING, None)


def test_dlibs_weights_come_with_an_installed_package(tmp_path: Path) -> None:
    store = WeightStore((), tmp_path)
    assert store.is_ready(PACKS["dlib"])
    assert not store.is_ready(PACKS["open"])


def test_a_lost_package_file_is_mended_with_pip(tmp_path: Path) -> None:
    lost = WeightFile("no.dat", 1, "sha256", "0" * 64, package="face_recognition_models")
    with pytest.raises(WeightError, match="pip install --force-reinstall face-recognition-models"):
        WeightStore((), tmp_path).find(lost)


def test_nothing_of_a_package_is_looked_for_when_it_is_not_installed(tmp_path: Path) -> None:
    lost = WeightFile("no.dat", 1, "sha256", "0" * 64, package="no_such_package_of_weights")
    with pytest.raises(WeightError, match="pip install"):
        WeightStore((), tmp_path).find(lost)
