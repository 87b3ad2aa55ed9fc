"""Networks of Keras in OpenVINO's own format: the same numbers without TensorFlow.

TensorFlow takes seconds to import and hundreds of megabytes to keep, so a network is converted
once, by a process of its own, and what serves reads the result.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import TemporaryDirectory

from faceengine.download import digest_of
from faceengine.files import write_at_once
from faceengine.runtime import Precision
from faceengine.scenes.backbone import Backbone
from faceengine.weights import WeightError

#: To be raised whenever the conversion changes, so that no old one is used.
REVISION = 1
_PROJECT = Path(__file__).resolve().parents[2]


class ConversionError(WeightError):
    """A network of Keras could not be brought into the form that is served."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A network in OpenVINO's format: its weights (.bin) lie beside the description (.xml)."""

    description: Path
    precision: Precision


def converted(backbone: Backbone, source: Path, cache: Path) -> Converted:
    """The network of a backbone of Keras, made at first use; that takes a quarter of a minute.

    Raises: ConversionError.
    """
    stem = _stem(backbone, source)
    known = _find(stem, cache)
    if known is not None:
        return known
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / ".conversion.lock").open("ab") as lock, TemporaryDirectory() as folder:
            flock(lock, LOCK_EX)  # each of several workers would need memory for TensorFlow
            return _find(stem, cache) or _make(backbone, source, cache / stem, Path(folder))
    except OSError as error:
        raise ConversionError(
            f"The networks of Keras are converted at first use, and {cache} cannot be written "
            f"({error.strerror}): give another folder in LIKENESS_DATA."
        ) from error


def is_converted(backbone: Backbone, source: Path, cache: Path) -> bool:
    return _find(_stem(backbone, source), cache) is not None


def _stem(backbone: Backbone, source: Path) -> str:
    return f"{backbone.name}.{digest_of(source, 'sha256')[:12]}.{REVISION}"


def _find(stem: str, cache: Path) -> Converted | None:
    """The name holds the arithmetic to use, the source's checksum and that of the files themselves,
    so that they are checked without a list."""
    for known in cache.glob(f"{stem}.*.xml"):
        precision = known.name.split(".")[-3]
        if known.with_suffix(".bin").is_file() and _name(stem, precision, known) == known.name:
            return Converted(known, Precision(precision))
    return None


def _make(backbone: Backbone, source: Path, stem: Path, folder: Path) -> Converted:
    made = folder / "network.xml"
    precision = _convert(backbone, source, made)
    target = stem.with_name(_name(stem.name, precision, made))
    # the description comes last: where it is, the weights are
    for suffix in (".bin", ".xml"):
        write_at_once(target.with_suffix(suffix), made.with_suffix(suffix).read_bytes())
    return Converted(target, Precision(precision))


def _name(stem: str, precision: str, network: Path) -> str:
    digests = [digest_of(network.with_suffix(suffix), "sha256") for suffix in (".xml", ".bin")]
    return f"{stem}.{precision}.{''.join(digest[:8] for digest in digests)}.xml"


def _convert(backbone: Backbone, source: Path, target: Path) -> str:
    """Returns: the arithmetic with which it is to be served."""
    asked = ["-P", "-m", "faceengine.scenes.convert", backbone.name, str(source), str(target)]
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, *asked],
        env=os.environ | {"PYTHONPATH": str(_PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise ConversionError(
            f"{backbone.title} could not be converted from {source} "
            f"({said[-1] if said else f'exit status {done.returncode}'}). Delete the file and "
            f"fetch it again with: ./run models install {backbone.name}"
        )
    return done.stdout.split()[-1]
