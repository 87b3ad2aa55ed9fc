"""Finding, checking and installing files of model weights. Nothing unchecked is ever loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from faceengine.catalog import PACKS
from faceengine.download import Progress, digest_of, fetch, ignore_progress
from faceengine.errors import FaceEngineError
from faceengine.packs import Pack, WeightFile

#: Where weights go when the caller names no other place.
DEFAULT_CACHE = Path(__file__).resolve().parents[1] / "var" / "models"


class WeightError(FaceEngineError):
    """A file of weights is missing or is not the one the catalog names."""


class WeightState(StrEnum):
    READY = "ready"
    MISSING = "missing"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """`path` is the file itself, the altered one if there is no right one, or None."""

    file: WeightFile
    state: WeightState
    path: Path | None
    found_digest: str


@dataclass(frozen=True, slots=True)
class WeightStore:
    """Looks for weights in `search`, then in installed packages, then in `cache`.

    Folders in `search` are read with everything below them. A file counts by its content: it is
    also found under another name, as long as its size and checksum are right.
    """

    search: Sequence[Path] = ()
    cache: Path = DEFAULT_CACHE

    def find(self, file: WeightFile) -> Path:
        """Raises: WeightError with the command that mends it."""
        status = self._look_for(file)
        if status.state is not WeightState.READY or status.path is None:
            raise WeightError(_explain(status))
        return status.path

    def status(self, pack: Pack) -> list[WeightStatus]:
        return [self._look_for(file) for file in pack.files]

    def is_ready(self, pack: Pack) -> bool:
        return all(status.state is WeightState.READY for status in self.status(pack))

    def install(self, pack: Pack, progress: Progress = ignore_progress, mirror: str = "") -> None:
        """Download the files of the pack that are missing or altered into the cache.

        Args: `mirror` is the address of a folder that serves the files under their catalog names,
        asked instead of the public homes.
        Raises: WeightError, DownloadError.
        """
        for status in self.status(pack):
            if status.state is WeightState.READY:
                continue
            file = status.file
            urls = (f"{mirror.rstrip('/')}/{file.name}",) if mirror and file.urls else file.urls
            if not urls:
                raise WeightError(_explain(status))
            fetch(file, urls, self.cache / file.name, progress)

    def _look_for(self, file: WeightFile) -> WeightStatus:
        altered: WeightStatus | None = None
        for path in self._candidates(file):
            digest = digest_of(path, file.algorithm)
            if digest == file.digest:
                return WeightStatus(file, WeightState.READY, path, digest)
            if path.name == file.name:
                altered = altered or WeightStatus(file, WeightState.ALTERED, path, digest)
        return altered or WeightStatus(file, WeightState.MISSING, None, "")

    def _candidates(self, file: WeightFile) -> Iterator[Path]:
        for folder in self.search:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and (path.name == file.name or path.stat().st_size == file.size):
                    yield path
        packaged = _package_files(file) if file.package else []
        places = [*packaged, self.cache / file.name]
        yield from (path for path in places if path.is_file())


def _package_files(file: WeightFile) -> list[Path]:
    # find_spec, not import: face_recognition_models needs pkg_resources, which setuptools dropped
    spec = find_spec(file.package)
    folders = spec.submodule_search_locations if spec else None
    return [Path(folder) / "models" / file.name for folder in folders or ()]


def _explain(status: WeightStatus) -> str:
    file = status.file
    mend = _command_that_mends(file)
    expected = f"{file.algorithm} {file.digest}"
    if status.state is WeightState.ALTERED:
        return (
            f"{status.path} is not the file that was published: expected {expected}, "
            f"found {status.found_digest}. Mend it with: {mend}"
        )
    return f"{file.name} (expected {expected}) was not found. Install it with: {mend}"


def _command_that_mends(file: WeightFile) -> str:
    if file.package:
        return f"pip install --force-reinstall {file.package.replace('_', '-')}"
    names = [pack.name for pack in PACKS.values() if file in pack.files]
    return f"./run models install {' '.join(names)}"
