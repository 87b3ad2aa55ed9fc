"""Fetching one file of weights: resumed when cut off, checked before it gets its name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from http.client import HTTPException
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias, cast
from urllib.request import Request, urlopen

from faceengine.errors import FaceEngineError
from faceengine.packs import WeightFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

#: Called with the file, the bytes that are here and the bytes it will have.
Progress: TypeAlias = Callable[[WeightFile, int, int], None]

#: A server that says nothing for this long is taken for dead.
SILENCE_SECONDS = 20.0
#: How often a cut connection is taken up again for one address.
ATTEMPTS = 3
CHUNK_BYTES = 1 << 16


class DownloadError(FaceEngineError):
    """No address gave the file that the catalog names."""


def ignore_progress(_file: WeightFile, _done: int, _total: int) -> None:
    """For callers that show none."""


def fetch(
    file: WeightFile, urls: Sequence[str], target: Path, progress: Progress = ignore_progress
) -> None:
    """Download to `target`, trying the addresses in order.

    What arrives is kept beside the target under a name of its own and goes on from there the next
    time. The target appears complete and checked, or not at all.
    Raises: DownloadError naming each address and what was wrong with it, or the folder that cannot
    be written.
    """
    try:
        _fetch(file, urls, target, progress)
    except OSError as error:
        raise DownloadError(
            f"{target} cannot be written ({error.strerror}): give another folder in LIKENESS_DATA."
        ) from error


def _fetch(file: WeightFile, urls: Sequence[str], target: Path, progress: Progress) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{file.name}.{file.digest[:12]}.part")
    reasons = []
    with _alone_in(target.parent), part.open("ab") as opened:
        if _is_right(target, file):
            part.unlink()
            return  # another process was faster
        for url in urls:
            try:
                _fetch_from(url, file, opened, progress)
                _check(opened, part, file)
            except (OSError, HTTPException, ValueError, DownloadError) as error:
                reasons.append(f"{url}: {error}")
            else:
                part.replace(target)
                return
    raise DownloadError(f"{file.name} could not be downloaded. " + "; ".join(reasons))


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let a second process wait instead of writing into the same partial file."""
    with (folder / ".download.lock").open("ab") as lock:
        flock(lock, LOCK_EX)
        yield  # closing the file gives the lock back


def _is_right(path: Path, file: WeightFile) -> bool:
    return path.is_file() and file.digest in ("", digest_of(path, file.algorithm))


def digest_of(path: Path, algorithm: str) -> str:
    """The checksum of a file in hexadecimal."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, algorithm).hexdigest()


def _fetch_from(url: str, file: WeightFile, part: IO[bytes], progress: Progress) -> None:
    if not url.startswith(("https://", "http://")):
        raise DownloadError(
            "not an http(s) address (a folder of this machine is named in LIKENESS_MODELS instead)"
        )
    expected = file.size
    if not expected:
        _empty(part)  # nobody could tell a whole file from a part that was left here
    for _attempt in range(ATTEMPTS):
        if not expected or part.tell() < expected:
            expected = _receive(url, file, part, progress, expected)
        if part.tell() == expected:
            return
    raise DownloadError(f"the connection was cut {ATTEMPTS} times")


def _receive(url: str, file: WeightFile, part: IO[bytes], progress: Progress, expected: int) -> int:
    """Add what the server sends.

    Args: `expected` is how many bytes the whole file has, or 0 for the server to say.
    Returns: the same, known.
    """
    here = part.tell()
    headers = {"User-Agent": "likeness", "Range": f"bytes={here}-"} if here else {}
    request = Request(url, headers=headers)  # noqa: S310 - the scheme was checked
    with cast("HTTPResponse", urlopen(request, timeout=SILENCE_SECONDS)) as answer:  # noqa: S310
        expected = expected or _stated_size(answer)
        if answer.status != 206:
            _empty(part)  # the server begins anew
        while chunk := answer.read(CHUNK_BYTES):
            part.write(chunk)
            if part.tell() > expected:
                _empty(part)
                raise DownloadError(f"more than the expected {expected} bytes")
            progress(file, part.tell(), expected)
    part.flush()
    return expected


def _stated_size(answer: HTTPResponse) -> int:
    """Raises: DownloadError."""
    stated = answer.headers.get("Content-Length", "")
    if not stated.isdigit():
        raise DownloadError("the server does not say how long the file is")
    return int(stated)


def _empty(part: IO[bytes]) -> None:
    part.truncate(0)
    part.seek(0)


def _check(opened: IO[bytes], part: Path, file: WeightFile) -> None:
    if not file.digest:
        return
    found = digest_of(part, file.algorithm)
    if found != file.digest:
        _empty(opened)  # wrong bytes must not be continued
        raise DownloadError(f"expected {file.algorithm} {file.digest}, found {found}")
