"""The commands as their users run them."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from faceengine import __main__ as on_photos
from faceengine.bench import engine as bench
from faceengine.catalog import PACKS
from faceengine.command_line import Measure, print_measures
from faceengine.guard import Guard, GuardError
from faceengine.pictures import Picture
from faceengine.weights import WeightStore

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def weights_here(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_photos_become_json_in_a_process_of_their_own(assets: Path) -> None:
    photo = assets / "faces/photos_misc/two_people.jpg"
    command = [sys.executable, "-m", "faceengine", "--embeddings", "--pack", "dlib", str(photo)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)
    (record,) = json.loads(ran.stdout)
    assert record["photo"] == str(photo)
    assert record["model"] == "dlib-2"
    assert len(record["faces"]) == 2
    for face in record["faces"]:
        assert face["dimensions"] == len(face["embedding"]) == 128
        assert face["landmarks"].keys() >= {"left_eye", "nose", "right_mouth"}
        assert 0 < face["box"]["left"] < 1


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_a_bad_photo_is_said_beside_the_good_ones(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "letter.jpg"
    bad.write_text("Dear Sir or Madam")
    good = assets / "faces/photos_misc/obama.jpg"
    assert on_photos.main([str(bad), str(tmp_path / "none.jpg"), str(good)]) == 1
    records = json.loads(capsys.readouterr().out)
    assert "not a picture" in records[0]["error"]
    assert records[1] == {
        "photo": str(tmp_path / "none.jpg"),
        "error": "No such file or directory.",
    }
    assert records[2]["model"] == "open-2"
    assert "embedding" not in records[2]["faces"][0]


@pytest.mark.assets
@pytest.mark.usefixtures("weights_here")
def test_a_decoder_that_does_not_start_is_said_once(
    assets: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def decode(guard: Guard, data: bytes, max_side: int) -> Picture:
        raise GuardError("No decoder starts here.")

    monkeypatch.setattr(Guard, "decode", decode)
    photos = [str(assets / f"faces/photos_misc/{name}.jpg") for name in ("obama", "biden")]
    assert on_photos.main(photos) == 1
    assert capsys.readouterr() == ("", "No decoder starts here.\n")


@pytest.mark.assets
def test_an_altered_file_is_said_and_no_other_pack_takes_its_place(
    assets: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home = tmp_path / "data/models"
    home.mkdir(parents=True)
    for file in PACKS["open"].embedder.files:
        (home / file.name).symlink_to(WeightStore((assets / "models",)).find(file))
    (home / "yunet_n_dynamic.onnx").write_bytes(b"altered")
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("LIKENESS_MODELS", raising=False)
    assert on_photos.main([str(assets / "faces/photos_misc/obama.jpg")]) == 1
    captured = capsys.readouterr()
    assert "yunet_n_dynamic.onnx is not the file that was published" in captured.err
    assert captured.out == ""


def start(main: str) -> subprocess.Popen[str]:
    """A command whose `main` does this, run as the engine's commands are."""
    use = "import signal, sys\nfrom faceengine.command_line import run, say\n"
    return subprocess.Popen(
        [sys.executable, "-c", f"{use}def main():\n {main}\nrun(main)"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_a_command_in_a_word() -> None:
    with start("say('begun'); sys.stdout.flush(); signal.pause()") as command:
        assert command.stdout is not None
        command.stdout.readline()
        command.send_signal(signal.SIGINT)
        _, said = command.communicate(timeout=60)
    assert (command.returncode, said) == (130, "\nStopped.\n")


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    with start("while True: say('a measure')") as command:
        assert command.stdout is not None
        assert command.stderr is not None
        assert command.stdout.readline() == "a measure\n"
        command.stdout.close()
        assert command.stderr.read() == ""
    assert command.returncode == 141


def test_the_bench_without_photos_says_how_to_name_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))
    assert bench.main(["--photos", str(tmp_path)]) == 1
    assert "--photos FOLDER" in capsys.readouterr().err


def test_measures_are_one_json_array_with_fixed_names(capsys: pytest.CaptureFixture[str]) -> None:
    taken = Measure("speed", 2.0, "ms", "dlib", 50.0, 25.0, 25.0, ok=True)
    missed = Measure("memory", None, "MB", why="no such counter here")
    print_measures([taken, missed], as_json=True)
    first, second = json.loads(capsys.readouterr().out)
    names = ["measure", "value", "unit", "peer", "peer_value", "ratio", "target", "ok"]
    assert list(first) == names
    assert (second["value"], second["why"]) == (None, "no such counter here")


def test_measures_are_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_measures(
        [
            Measure("speed", 2.0, "ms", "dlib", 50.0, 25.0, 30.0, ok=False),
            Measure("memory", None, "MB", why="no such counter here"),
        ],
        as_json=False,
    )
    speed, memory = capsys.readouterr().out.splitlines()
    assert "dlib: 50" in speed
    assert "target 30 MISSED" in speed
    assert "not measured: no such counter here" in memory
