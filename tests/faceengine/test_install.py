"""Downloads of the real files of the pack `open` from a real server on this machine."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from faceengine import models
from faceengine.catalog import PACKS
from faceengine.download import DownloadError, fetch
from faceengine.packs import WeightFile
from faceengine.weights import WeightStore
from tests.faceengine.mirror import Mirror, running

pytestmark = pytest.mark.assets

OPEN = PACKS["open"]
YUNET = OPEN.detector.file("onnx")


@pytest.fixture(scope="module")
def served(assets: Path) -> dict[str, bytes]:
    store = WeightStore((assets / "models",))
    return {file.name: store.find(file).read_bytes() for file in OPEN.files}


@pytest.fixture
def mirror(served: dict[str, bytes]) -> Iterator[Mirror]:
    with running(Mirror(dict(served))) as started:
        yield started


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore((), tmp_path / "cache")


def files_in(store: WeightStore) -> set[str]:
    return {path.name for path in store.cache.iterdir() if not path.name.startswith(".")}


def test_a_pack_is_installed_from_a_mirror_and_ready(store: WeightStore, mirror: Mirror) -> None:
    assert not store.is_ready(OPEN)
    store.install(OPEN, mirror=mirror.url)
    assert store.is_ready(OPEN)
    assert files_in(store) == set(mirror.files)
    assert not list(store.cache.glob(".*.part"))


def test_what_is_here_is_not_fetched_again(store: WeightStore, mirror: Mirror) -> None:
    store.install(OPEN, mirror=mirror.url)
    (store.cache / YUNET.name).unlink()
    mirror.requests.clear()
    store.install(OPEN, mirror=mirror.url)
    assert mirror.requests == [(YUNET.name, "")]


def test_progress_runs_up_to_the_size_of_each_file(store: WeightStore, mirror: Mirror) -> None:
    seen: dict[str, list[int]] = {}

    def note(file: WeightFile, done: int, total: int) -> None:
        assert total == file.size
        seen.setdefault(file.name, []).append(done)

    store.install(OPEN, note, mirror.url)
    for file in OPEN.files:
        assert seen[file.name] == sorted(seen[file.name])
        assert seen[file.name][-1] == file.size


def test_an_altered_byte_is_refused_and_leaves_nothing(store: WeightStore, mirror: Mirror) -> None:
    mirror.alters = True
    with pytest.raises(DownloadError, match=f"{YUNET.name}.*expected sha256 {YUNET.digest}, found"):
        store.install(OPEN, mirror=mirror.url)
    assert files_in(store) == set()
    mirror.alters = False
    store.install(OPEN, mirror=mirror.url)
    assert store.is_ready(OPEN)


def test_a_cut_connection_is_taken_up_where_it_broke(store: WeightStore, mirror: Mirror) -> None:
    mirror.cuts = 2
    store.install(OPEN, mirror=mirror.url)
    assert store.is_ready(OPEN)
    half = YUNET.size // 2
    assert mirror.requests[:2] == [(YUNET.name, ""), (YUNET.name, f"bytes={half}-")]


def test_a_server_without_ranges_begins_anew(store: WeightStore, mirror: Mirror) -> None:
    mirror.cuts, mirror.understands_ranges = 1, False
    store.install(OPEN, mirror=mirror.url)
    assert store.is_ready(OPEN)


def test_a_download_goes_on_in_a_later_run(store: WeightStore, mirror: Mirror) -> None:
    mirror.cuts = 3
    with pytest.raises(DownloadError, match="cut"):
        store.install(OPEN, mirror=mirror.url)
    mirror.requests.clear()
    store.install(OPEN, mirror=mirror.url)
    assert store.is_ready(OPEN)
    assert mirror.requests[0][1].startswith("bytes=")


def test_a_missing_file_is_said_with_its_address(store: WeightStore, mirror: Mirror) -> None:
    del mirror.files[YUNET.name]
    with pytest.raises(DownloadError, match=f"{mirror.url}{YUNET.name}.*404"):
        store.install(OPEN, mirror=mirror.url)


def test_the_next_address_is_tried_when_one_fails(tmp_path: Path, mirror: Mirror) -> None:
    target = tmp_path / YUNET.name
    fetch(YUNET, (f"{mirror.url}elsewhere", f"{mirror.url}{YUNET.name}"), target)
    assert target.stat().st_size == YUNET.size


def test_a_larger_file_is_refused_before_it_fills_the_disk(
    store: WeightStore, mirror: Mirror
) -> None:
    mirror.files[YUNET.name] *= 30
    with pytest.raises(DownloadError, match=f"more than the expected {YUNET.size} bytes"):
        store.install(OPEN, mirror=mirror.url)
    assert sum(path.stat().st_size for path in store.cache.iterdir()) == 0


def test_only_web_addresses_are_opened(tmp_path: Path, assets: Path) -> None:
    local = (assets / "models" / "det_yunet_n_dynamic.onnx").as_uri()
    with pytest.raises(DownloadError, match="not an http"):
        fetch(YUNET, (local,), tmp_path / YUNET.name)


def test_two_installations_at_once_share_the_work(store: WeightStore, mirror: Mirror) -> None:
    def install(_number: int) -> None:
        store.install(OPEN, mirror=mirror.url)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(install, range(4)))
    assert store.is_ready(OPEN)
    assert sorted(name for name, _ in mirror.requests) == sorted(mirror.files)


@pytest.fixture
def run_models(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path))
    monkeypatch.setenv("LIKENESS_MODELS", "")

    def run(*arguments: str) -> tuple[int, str]:
        code = models.main(arguments)
        written = capsys.readouterr()
        return code, written.out + written.err

    return run


def test_the_command_installs_lists_and_verifies(
    run_models: Callable[..., tuple[int, str]], mirror: Mirror, tmp_path: Path
) -> None:
    assert run_models("verify", "open")[0] == 1
    code, text = run_models("install", "open", "--mirror", mirror.url)
    assert (code, f"{YUNET.name}: 322,906 bytes" in text) == (0, True)
    assert run_models("verify", "open")[0] == 0
    assert re.search(r"(?m)^open +ready +yes +256 +2\.9 +any +Apache-2\.0$", run_models("list")[1])
    (tmp_path / "models" / YUNET.name).write_bytes(b"something else")
    for arguments in (["verify", "open"], ["verify"]):
        code, text = run_models(*arguments)
        assert (code, "altered" in text, YUNET.digest in text) == (1, True, True)
    assert re.search(r"(?m)^open +altered", run_models("list")[1])


def test_what_is_not_here_does_not_spoil_the_check_of_what_is(
    run_models: Callable[..., tuple[int, str]],
) -> None:
    code, text = run_models("verify")
    assert (code, "missing  arcfaceresnet100-8.onnx" in text) == (0, True)
    assert run_models("verify", "arcface-r100")[0] == 1


def test_what_deepface_keeps_is_checked_where_a_checksum_is_known(
    run_models: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    altered = tmp_path / ".deepface/weights/face_recognition_sface_2021dec.onnx"
    altered.parent.mkdir(parents=True)
    altered.write_bytes(b"something else")
    code, text = run_models("verify")
    assert code == 1
    assert re.search(rf"(?m)^altered +{altered.name} +{altered}$", text)


def test_the_list_tells_what_may_be_used_in_a_business(
    run_models: Callable[..., tuple[int, str]],
) -> None:
    _, text = run_models("list")
    assert re.search(r"(?m)^edgeface +not installed +\w+ +512 +9\.5 +research .*unsettled", text)
    assert re.search(r"(?m)^dlib +ready +yes +128 .* any +CC0", text)
    assert re.search(r"(?m)^deepface:VGG-Face +not installed +no +4096 +research", text)


def test_the_list_is_whole_though_a_calibration_is_spoilt(
    run_models: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    spoilt = tmp_path / "models/calibrations/open-2.json"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_text("nonsense")
    code, text = run_models("list")
    assert code == 0
    assert re.search(r"(?m)^open +not installed +spoilt", text)
    assert re.search(r"(?m)^dlib +ready +yes", text)


def test_a_folder_that_cannot_be_written_is_said(
    run_models: Callable[..., tuple[int, str]], mirror: Mirror, tmp_path: Path
) -> None:
    (tmp_path / "models").touch()
    code, text = run_models("install", "open", "--mirror", mirror.url)
    assert code == 1
    assert f"{tmp_path / 'models' / YUNET.name} cannot be written" in text
    assert "LIKENESS_DATA" in text


@pytest.mark.parametrize("mirror", ["/srv/weights", "http://[weights/"])
def test_a_mirror_that_is_no_address_is_said(
    run_models: Callable[..., tuple[int, str]], mirror: str
) -> None:
    code, text = run_models("install", "opencv", "--mirror", mirror)
    assert code == 1
    assert f"could not be downloaded. {mirror}" in text


def test_a_pack_is_not_ready_while_deepface_lacks_its_detector(
    run_models: Callable[..., tuple[int, str]],
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEEPFACE_HOME", str(tmp_path))
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    code, text = run_models("install", "edgeface-xs@centerface")
    assert code == 1
    assert "centerface.onnx, which DeepFace's detector centerface reads, was not found" in text
    assert "is ready" not in text


def test_a_file_without_a_home_is_asked_for(
    run_models: Callable[..., tuple[int, str]], mirror: Mirror, assets: Path
) -> None:
    code, text = run_models("install", "yunet+edgeface-xs", "--mirror", mirror.url)
    assert (code, "could not be downloaded" in text) == (1, True)
    run_models("install", "open", "--mirror", mirror.url)
    code, text = run_models("install", "edgeface")
    assert code == 1
    assert "face_edgeface_xs_512.onnx" in text
    assert "no public home" in text
    assert "LIKENESS_MODELS" in text
    assert "Mind the licence" in text


def test_the_command_finds_weights_in_the_named_folders(
    run_models: Callable[..., tuple[int, str]], assets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", f"/nowhere:{assets / 'models'}")
    assert run_models("verify")[0] == 0


def test_the_command_says_why_an_installation_failed(
    run_models: Callable[..., tuple[int, str]],
) -> None:
    assert run_models("install", "nose")[0] == 1
    assert "There is no model pack named “nose”. Known packs: " in run_models("install", "nose")[1]
    code, text = run_models("install", "open", "--mirror", "http://127.0.0.1:9/")
    assert code == 1
    assert f"{YUNET.name} could not be downloaded" in text
