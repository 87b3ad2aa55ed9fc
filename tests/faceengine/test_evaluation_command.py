"""Evaluations as their users run them, with real packs on real photos."""

import json
import shutil
from pathlib import Path

import pytest

from faceengine.calibrations import calibration_of
from faceengine.engine import FaceEngine
from faceengine.evaluation import command, gathering, identification
from faceengine.evaluation.gathering import photos_of_people

pytestmark = pytest.mark.assets


@pytest.fixture
def weights_here(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_MODELS", str(assets / "models"))
    monkeypatch.setenv("LIKENESS_DATA", str(tmp_path / "data"))


@pytest.fixture
def loaded(
    weights_here: None,
    open_engine: FaceEngine,
    dlib_engine: FaceEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Takes the engines that other tests have loaded already."""
    engines = {"open": open_engine, "dlib": dlib_engine}
    monkeypatch.setattr(FaceEngine, "load", lambda name, weights: engines[name])


@pytest.fixture
def without_work(weights_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading or running an engine is an error."""
    monkeypatch.delattr(FaceEngine, "load")
    monkeypatch.delattr(FaceEngine, "find_faces_in")


@pytest.fixture
def people(assets: Path, tmp_path: Path) -> Path:
    """Twelve people with three photos each."""
    folder = tmp_path / "people"
    everyone = sorted((assets / "faces/lfw_dev").iterdir())
    several = [person for person in everyone if len(list(person.iterdir())) > 2]
    for person in several[:12]:
        (folder / person.name).mkdir(parents=True)
        for photo in sorted(person.iterdir())[:3]:
            shutil.copy(photo, folder / person.name)
    return folder


def measured(capsys: pytest.CaptureFixture[str]) -> dict[str, float | None]:
    return {row["measure"]: row["value"] for row in json.loads(capsys.readouterr().out)}


@pytest.mark.usefixtures("weights_here")
def test_one_look_at_the_photos_answers_all_questions(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plots = tmp_path / "new" / "plots"
    assert command.main(["all", str(people), "--json", "--plots", str(plots)]) == 0
    found = measured(capsys)
    assert found["open: faces found"] == 1
    assert found["open: genuine pairs"] == 36
    assert found["open: most similar is the same person"] == 1
    assert found["open: mean average precision"] == 1
    assert found["open: BCubed F"] == found["open: pairwise F"] == 1
    assert found["open: groups"] == 12
    assert found["open: accepted at FMR 1e-03"] is None  # 594 impostor pairs cannot tell
    assert found["open: FNIR at FPIR 0.01"] is None
    for name in ("roc.png", "scores.png"):
        assert (plots / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("loaded")
def test_a_measure_that_cannot_be_taken_says_why(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["identification", str(people), "--json"]) == 0
    rows = {row["measure"]: row for row in json.loads(capsys.readouterr().out)}
    why = rows["open: accepted at FMR 1e-06"]["why"]
    assert why == "594 impostor pairs are too few for this rate"
    assert "why" not in rows["open: faces found"]


@pytest.mark.usefixtures("loaded")
def test_packs_stand_side_by_side(people: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for person in sorted(people.iterdir())[3:]:
        shutil.rmtree(person)
    packs = ["--pack", "open,dlib", "--pack", "yunet+retail-0095"]  # which is another name of open
    assert command.main(["grouping", str(people), *packs]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["measure", "unit", "open", "dlib"]
    (f,) = (row for row in rows if row.startswith("BCubed F"))
    ours, whispers, *of_dlib = f.split()[-4:]
    assert (ours, whispers) == ("1.0000", "(1.0000)")
    assert all(0.5 < float(cell.strip("()")) <= 1 for cell in of_dlib)
    text = "\n".join(rows)
    assert "Share of genuine pairs accepted over the false-match rate" in text
    assert "dlib: pairs of two people" in text


@pytest.mark.usefixtures("loaded")
def test_a_photo_that_cannot_be_read_is_named_and_the_rest_goes_on(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = min(people.iterdir()) / "words.jpg"
    words.write_text("no picture")
    assert command.main(["quality", str(people), "--json"]) == 0
    captured = capsys.readouterr()
    assert f"Left out: {words}: This file is not a picture" in captured.err
    found = {row["measure"]: row["value"] for row in json.loads(captured.out)}
    assert found["open: photos that cannot be read"] == 1
    assert found["open: faces found"] == 1


@pytest.mark.usefixtures("loaded")
def test_pairs_are_verified_and_a_lost_photo_is_an_error(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = [sorted(person.iterdir()) for person in sorted(people.iterdir())]
    lines = ["a,b,same"]
    for one, other in zip(photos, [*photos[1:], photos[0]], strict=True):
        lines.append(f"{one[0].relative_to(people)},{one[1].relative_to(people)},1")
        lines.append(f"{one[0].relative_to(people)},{other[1].relative_to(people)},0")
    photos[0][1].unlink()  # in one pair of each kind
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join(lines))
    asked = ["verification", "--images", str(people), "--pairs", str(file), "--json"]
    assert command.main(asked) == 0
    captured = capsys.readouterr()
    assert f"Left out: {photos[0][1]}: No such file" in captured.err
    found = {row["measure"]: row["value"] for row in json.loads(captured.out)}
    assert found["open: pairs without a face"] == 2
    assert found["open: accuracy"] == pytest.approx(0.95)  # in two folds one of four
    assert found["open: accuracy, standard deviation of folds"] > 0


@pytest.mark.usefixtures("loaded")
def test_what_cannot_be_answered_says_what_to_give(
    assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "faces"
    assert command.main(["identification", str(folder)]) == 1
    assert f"There is no folder {folder}." in capsys.readouterr().err
    (folder / "obama").mkdir(parents=True)
    assert command.main(["identification", str(folder)]) == 1
    assert "a folder with one folder of photos a person" in capsys.readouterr().err
    shutil.copy(assets / "faces/photos_misc/obama.jpg", folder / "obama")
    assert command.main(["identification", str(folder)]) == 1
    assert "two people or more" in capsys.readouterr().err


@pytest.mark.usefixtures("loaded")
def test_a_folder_without_a_single_picture_names_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "faces" / "ann" / "words.jpg"
    words.parent.mkdir(parents=True)
    words.write_text("no picture")
    assert command.main(["identification", str(tmp_path / "faces")]) == 1
    assert f"The first is {words}: This file is not a picture" in capsys.readouterr().err


@pytest.mark.usefixtures("weights_here")
def test_a_pack_that_is_not_there_ends_before_the_work(
    people: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["identification", str(people), "--pack", "open,opne"]) == 1
    captured = capsys.readouterr()
    assert "no model pack named “opne”" in captured.err
    assert captured.out == ""


@pytest.mark.usefixtures("without_work")
@pytest.mark.parametrize("place", ["file", "file/plots"])
def test_plots_that_cannot_be_written_end_it_before_the_work(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (tmp_path / "file").touch()
    asked = ["identification", str(people), "--plots", str(tmp_path / place)]
    assert command.main(asked) == 1
    assert "The plots cannot be written to" in capsys.readouterr().err


@pytest.mark.usefixtures("without_work")
def test_a_spoilt_calibration_ends_it_before_the_work(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = tmp_path / "data/models/calibrations/open-2.json"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_text("nonsense")
    assert command.main(["grouping", str(people)]) == 1
    assert f"{spoilt} cannot be read. Delete it" in capsys.readouterr().err


@pytest.mark.usefixtures("without_work")
def test_too_few_pairs_end_it_before_the_work(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pairs.txt"
    file.touch()
    assert command.main(["verification", "--images", str(people), "--pairs", str(file)]) == 1
    assert "Give 10 pairs or more of the same person" in capsys.readouterr().err


def test_a_quick_look_takes_fewer_photos(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "QUICK_PICTURES", 7)
    assert len(photos_of_people(people)) == 36
    assert len(photos_of_people(people, is_quick=True)) == 7


@pytest.mark.usefixtures("loaded")
def test_too_few_photos_make_no_calibration(
    people: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["identification", str(people), "--save"]) == 1
    assert "36 faces of 12 people are too few for a calibration" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


@pytest.mark.usefixtures("loaded")
def test_what_was_measured_is_used_from_then_on(
    people: Path,
    tmp_path: Path,
    open_engine: FaceEngine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # thresholds of twelve people are of no use to anyone; here they only have to come back
    monkeypatch.setattr(command, "check_for_calibration", lambda people: None)
    monkeypatch.setattr(identification, "check_for_calibration", lambda people: None)
    spoilt = tmp_path / "data/models/calibrations" / f"{open_engine.pack.key}.json"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_text("nonsense")
    assert command.main(["identification", str(people), "--save", "--json"]) == 0
    saved = measured(capsys)
    calibration = calibration_of(open_engine.pack, tmp_path / "data/models")
    assert calibration is not None
    assert calibration.slope == saved["open: probability slope (prior 0.01)"]
    assert "36 pictures of 12 people, all 36 genuine and 594 impostor" in calibration.provenance
    assert command.main(["grouping", str(people), "--json"]) == 0
    assert measured(capsys)["open: mean similarity that keeps a group"] == calibration.normal
