"""Calibrations measured on this installation's own photos, kept as one file a pack.

They lie in the folder `calibrations` beside the downloaded weights, that is, in
LIKENESS_DATA/models/calibrations, and go before what the catalog says of the same pack.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from faceengine.errors import FaceEngineError
from faceengine.files import write_at_once
from faceengine.packs import Calibration, Pack, Strangers

FOLDER = "calibrations"
_NUMBERS = ("strict", "normal", "wide", "slope", "midpoint")


class CalibrationError(FaceEngineError):
    """Nobody has measured a pack here, or what was measured cannot be read."""


def calibration_of(pack: Pack, cache: Path) -> Calibration | None:
    """What this installation measured, or else what the catalog says; None if nobody measured.

    Args: `cache` is the folder of downloaded weights.
    Raises: CalibrationError when the file is there and is no calibration of this pack.
    """
    return read_calibration(pack, cache) or pack.calibration


def read_calibration(pack: Pack, cache: Path) -> Calibration | None:
    """What was measured on this installation. Raises: CalibrationError."""
    path = _path(pack, cache)
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CalibrationError(_mend(path, pack, "cannot be read")) from error
    return _checked(fields, path, pack)


def save_calibration(pack: Pack, calibration: Calibration, cache: Path) -> Path:
    """Write, or replace at once, what was measured. Returns: the file.

    Raises: CalibrationError when the numbers make no sense, or the folder cannot be written.
    """
    path = _path(pack, cache)
    if not _makes_sense(calibration):
        raise CalibrationError(
            f"The measured thresholds of {pack.name} make no sense, so they were not saved: give a "
            "folder with more people, and with several photos of each."
        )
    content = json.dumps({"pack": pack.key, **asdict(calibration)}, indent=2) + "\n"
    try:
        write_at_once(path, content.encode())
    except OSError as error:
        raise CalibrationError(f"{path} cannot be written: {error.strerror}.") from error
    return path


def _path(pack: Pack, cache: Path) -> Path:
    return cache / FOLDER / f"{pack.key}.json"


def _checked(fields: object, path: Path, pack: Pack) -> Calibration:
    if not isinstance(fields, dict) or fields.get("pack") != pack.key:
        raise CalibrationError(_mend(path, pack, f"is no calibration of {pack.key}"))
    calibration = _read(fields)
    if not _makes_sense(calibration):
        raise CalibrationError(_mend(path, pack, "holds thresholds that make no sense"))
    return calibration


def _read(fields: Mapping[str, object]) -> Calibration:
    """Files of earlier versions say nothing about strangers and templates."""
    strict, normal, wide, slope, midpoint = (_number(fields.get(name)) for name in _NUMBERS)
    strangers, merged = fields.get("strangers"), fields.get("merged")
    return Calibration(
        *(strict, normal, wide, slope, midpoint),
        provenance=str(fields.get("provenance", "not said")),
        strangers=_read_strangers(strangers) if isinstance(strangers, dict) else None,
        merged=_read(merged) if isinstance(merged, dict) else None,
    )


def _read_strangers(fields: Mapping[str, object]) -> Strangers:
    return Strangers(_number(fields.get("median")), _number(fields.get("upper")))


def _number(value: object) -> float:
    """Not a number for whatever is none; then no comparison holds."""
    return float(value) if isinstance(value, int | float) else math.nan


def _makes_sense(calibration: Calibration) -> bool:
    """Stricter words ask for more, more similarity is more probable, and strangers are unlike."""
    thresholds = (1, calibration.strict, calibration.normal, calibration.wide, -1)
    is_ordered = all(more >= less for more, less in pairwise(thresholds))
    has_curve = 0 < calibration.slope < math.inf and math.isfinite(calibration.midpoint)
    strangers, merged = calibration.strangers, calibration.merged
    has_strangers = strangers is None or -1 <= strangers.median < strangers.upper <= 1
    return is_ordered and has_curve and has_strangers and (not merged or _makes_sense(merged))


def _mend(path: Path, pack: Pack, fault: str) -> str:
    return (
        f"{path} {fault}. Delete it, or measure anew: "
        f"./run evaluate identification FOLDER --pack {pack.name} --save"
    )
