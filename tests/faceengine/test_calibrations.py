"""What an installation measured is kept, checked when it is read, and goes before the catalog."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceengine.calibrations import (
    CalibrationError,
    calibration_of,
    read_calibration,
    save_calibration,
)
from faceengine.catalog import PACKS, get_pack
from faceengine.packs import Calibration, Strangers

PACK = PACKS["open"]
NEW_FIELDS = {"strangers", "merged"}
MEASURED = Calibration(0.5, 0.4, 0.3, 30.0, 0.4, "12 pictures of 3 people")


def test_what_was_saved_is_read_and_goes_before_the_catalog(tmp_path: Path) -> None:
    assert calibration_of(PACK, tmp_path) is PACK.calibration
    path = save_calibration(PACK, MEASURED, tmp_path)
    assert path == tmp_path / "calibrations" / f"{PACK.key}.json"
    assert calibration_of(PACK, tmp_path) == MEASURED
    save_calibration(PACK, replace(MEASURED, strict=0.6), tmp_path)
    assert calibration_of(PACK, tmp_path) == replace(MEASURED, strict=0.6)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o644


def test_strangers_and_templates_are_kept_and_what_an_earlier_version_wrote_is_read(
    tmp_path: Path,
) -> None:
    templates = replace(MEASURED, strict=0.6, provenance="9 faces")
    whole = replace(MEASURED, strangers=Strangers(0.01, 0.15), merged=templates)
    path = save_calibration(PACK, whole, tmp_path)
    assert calibration_of(PACK, tmp_path) == whole
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({name: fields[name] for name in fields.keys() - NEW_FIELDS}))
    assert calibration_of(PACK, tmp_path) == MEASURED


@pytest.mark.parametrize("similarity", [-1.0, 1.0])
def test_no_slope_is_too_steep_for_a_probability(similarity: float) -> None:
    steep = replace(MEASURED, slope=1e6)
    assert steep.probability(similarity) == (similarity > 0)


def test_a_pack_that_nobody_measured_has_none(tmp_path: Path) -> None:
    pack = get_pack("deepface:VGG-Face@retinaface")
    assert calibration_of(pack, tmp_path) is None
    save_calibration(pack, MEASURED, tmp_path)
    assert calibration_of(pack, tmp_path) == MEASURED


def test_the_measurement_of_another_version_does_not_count(tmp_path: Path) -> None:
    save_calibration(replace(PACK, version="0"), MEASURED, tmp_path)
    assert read_calibration(PACK, tmp_path) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        b"\xff\xfe",
        {"pack": "dlib-1"},
        {"strict": None},
        {"strict": "0.5"},
        {"strict": 0.35},
        {"strict": 1.5},
        {"wide": float("nan")},
        {"slope": -1},
        {"slope": float("inf")},
        {"midpoint": float("nan")},
        {"strangers": {"median": 0.1}},
        {"strangers": {"median": 0.2, "upper": 0.1}},
        {"merged": {"strict": 0.5}},
    ],
)
def test_a_damaged_file_is_named_with_its_remedy(tmp_path: Path, content: object) -> None:
    path = save_calibration(PACK, MEASURED, tmp_path)
    if isinstance(content, dict):
        path.write_text(json.dumps({**json.loads(path.read_text()), **content}))
    else:
        path.write_bytes(content if isinstance(content, bytes) else str(content).encode())
    with pytest.raises(CalibrationError) as raised:
        calibration_of(PACK, tmp_path)
    assert str(path) in str(raised.value)
    assert "--pack open --save" in str(raised.value)


@pytest.mark.parametrize(
    "senseless",
    [
        replace(MEASURED, strict=0.2),
        replace(MEASURED, slope=0.0),
        replace(MEASURED, midpoint=float("inf")),
    ],
)
def test_thresholds_without_sense_are_not_saved(tmp_path: Path, senseless: Calibration) -> None:
    with pytest.raises(CalibrationError, match="more people"):
        save_calibration(PACK, senseless, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "calibrations").write_text("in the way")
    with pytest.raises(CalibrationError, match="cannot be written"):
        save_calibration(PACK, MEASURED, tmp_path)


similarity = st.floats(-1, 1)


@given(
    thresholds=st.lists(similarity, min_size=3, max_size=3).map(sorted),
    slope=st.floats(1e-6, 1e6),
    midpoint=similarity,
)
def test_every_number_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    thresholds: list[float],
    slope: float,
    midpoint: float,
) -> None:
    wide, normal, strict = thresholds
    measured = Calibration(strict, normal, wide, slope, midpoint, "a test")
    folder = tmp_path_factory.getbasetemp()
    save_calibration(PACK, measured, folder)
    assert read_calibration(PACK, folder) == measured
