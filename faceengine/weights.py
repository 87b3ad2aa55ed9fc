"""Finding, checking and installing files of model weights. Nothing unchecked is ever loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from faceengine.catalog import PACKS
from faceengine.download import Progress, digest_of, fetch, ignore_progress
from faceengine.errors import FaceEngineError
from faceengine.keras_home import keras_weights
from faceengine.packs import WeightFile
from faceengine.scenes.backbones import BACKBONES

#: Where weights go when the caller names no other place.
DEFAULT_CACHE = Path(__file__).resolve().parents[1] / "var" / "models"


class Installable(Protocol):
    """A pack of models for faces, or a backbone for whole pictures."""

    @property
    def name(self) -> str: ...

    @property
    def files(self) -> tuple[WeightFile, ...]: ...


class WeightError(FaceEngineError):
    """A file of weights is missing or is not the one the catalog names."""


class WeightState(StrEnum):
    READY = "ready"
    MISSING = "missing"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """`path` is the file itself, the altered one if there is no right one, or None.

    `found_digest` is empty where there is no file, or none that can be read.
    """

    file: WeightFile
    state: WeightState
    path: Path | None
    found_digest: str


@dataclass(frozen=True, slots=True)
class WeightStore:
    """Looks for weights in `search`, then in installed packages, then in `cache`.

    Folders in `search` are read with everything below them. A file counts by its content: it is
    also found under another name, as long as its size and checksum are right. What DeepFace keeps
    is looked for in its own folder only, and counts by its name where nobody states a checksum.
    Keras's own folder comes after `search`.
    """

    search: Sequence[Path] = ()
    cache: Path = DEFAULT_CACHE

    def find(self, file: WeightFile) -> Path:
        """Raises: WeightError with the command that mends it."""
        status = self.look_for(file)
        if status.state is not WeightState.READY or status.path is None:
            raise WeightError(_explain(status))
        return status.path

    def status(self, pack: Installable) -> list[WeightStatus]:
        return [self.look_for(file) for file in pack.files]

    def is_ready(self, pack: Installable) -> bool:
        return all(status.state is WeightState.READY for status in self.status(pack))

    def install(
        self, pack: Installable, progress: Progress = ignore_progress, mirror: str = ""
    ) -> None:
        """Download the files of the pack that are missing or altered into the cache.

        Args: `mirror` is the address of a folder that serves the files under their catalog names,
        asked instead of the public homes.
        Raises: WeightError, DownloadError.
        """
        for status in self.status(pack):
            if status.state is WeightState.READY:
                continue
            if status.file.deepface:
                self._install_by_deepface(status)
                continue
            file = status.file
            has_mirror = bool(mirror) and not file.package
            urls = (f"{mirror.rstrip('/')}/{file.name}",) if has_mirror else file.urls
            if not urls:
                raise WeightError(_explain(status))
            fetch(file, urls, self.cache / file.name, progress)

    def _install_by_deepface(self, status: WeightStatus) -> None:
        from faceengine.deepface_home import fetch_by_deepface

        if status.path is not None:
            status.path.unlink()  # altered: DeepFace would keep whatever has the name
        fetch_by_deepface(status.file)
        self.find(status.file)

    def look_for(self, file: WeightFile) -> WeightStatus:
        """Whether a file is here, and where."""
        altered: WeightStatus | None = None
        for path in self._candidates(file):
            if not file.digest:
                return WeightStatus(file, WeightState.READY, path, "")
            digest = _digest_of(path, file.algorithm)
            if digest == file.digest:
                return WeightStatus(file, WeightState.READY, path, digest)
            if path.name == file.name:
                altered = altered or WeightStatus(file, WeightState.ALTERED, path, digest)
        return altered or WeightStatus(file, WeightState.MISSING, None, "")

    def _candidates(self, file: WeightFile) -> Iterator[Path]:
        if file.deepface:
            yield from (path for path in _deepface_files(file) if path.is_file())
            return
        for folder in self.search:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and _may_be(path, file):
                    yield path
        packaged = _package_files(file) if file.package else []
        of_keras = [keras_weights() / file.name] if file.keras else []
        places = [*packaged, *of_keras, self.cache / file.name]
        yield from (path for path in places if path.is_file())


def _may_be(path: Path, file: WeightFile) -> bool:
    """By its name, or by its size where that is known."""
    return path.name == file.name or (bool(file.size) and path.stat().st_size == file.size)


def _digest_of(path: Path, algorithm: str) -> str:
    """Empty for a file that this user may not read, which is as much worth as an altered one."""
    try:
        return digest_of(path, algorithm)
    except OSError:
        return ""


def _package_files(file: WeightFile) -> list[Path]:
    # find_spec, not import: face_recognition_models needs pkg_resources, which setuptools dropped
    spec = find_spec(file.package)
    folders = spec.submodule_search_locations if spec else None
    return [Path(folder) / "models" / file.name for folder in folders or ()]


def _deepface_files(file: WeightFile) -> list[Path]:
    # DeepFace finds its weights nowhere else, and downloads what it does not find
    from faceengine.deepface_home import deepface_weights

    return [deepface_weights() / file.name]


def _explain(status: WeightStatus) -> str:
    file = status.file
    expected = f"{file.algorithm} {file.digest}"
    if status.state is WeightState.ALTERED and not status.found_digest:
        return (
            f"{status.path} cannot be read (expected {expected}). Let this user read it, or mend "
            f"it with: {_command_that_mends(file)}"
        )
    if status.state is WeightState.ALTERED:
        return (
            f"{status.path} is not the file that was published: expected {expected}, "
            f"found {status.found_digest}. Mend it with: {_command_that_mends(file)}"
        )
    if file.deepface:
        (place,) = _deepface_files(file)
        return (
            f"{place.name} was not found in {place.parent}. "
            f"Install it with: {_command_that_mends(file)}"
        )
    if file.keras:
        return (
            f"{file.name} was not found in {keras_weights()} or in a folder of LIKENESS_MODELS. "
            f"Install it with: {_command_that_mends(file)}"
        )
    if not (file.urls or file.package):
        return (
            f"{file.name} (expected {expected}) was not found, and has no public home. Put it "
            "into a folder and name the folder in LIKENESS_MODELS."
        )
    return (
        f"{file.name} (expected {expected}) was not found. "
        f"Install it with: {_command_that_mends(file)}"
    )


def _command_that_mends(file: WeightFile) -> str:
    if file.package:
        return f"pip install --force-reinstall {file.package.replace('_', '-')}"
    if file.deepface or file.keras:
        return f"./run models install {file.keras or f'deepface:{file.deepface}'}"
    # any pack with the file will do: those that share it find it afterwards
    known: list[Installable] = [*PACKS.values(), *BACKBONES.values()]
    name = next(pack.name for pack in known if file in pack.files)
    return f"./run models install {name}"
