"""Pictures to decode and eyes on the child processes that do it."""

import io
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from PIL import Image as PIL_Image

from faceengine.guard import Guard
from faceengine.pictures import Picture, PictureError, Reason
from faceengine.pipeline import Failure, Source, decode_ahead

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def draw_quarters(width: int = 96, height: int = 64) -> PIL_Image.Image:
    """Four colours, so that every turn and mirroring shows."""
    picture = PIL_Image.new("RGB", (width, height), (220, 40, 40))
    picture.paste((40, 180, 40), (width // 2, 0, width, height // 2))
    picture.paste((40, 40, 200), (0, height // 2, width // 2, height))
    picture.paste((230, 220, 60), (width // 2, height // 2, width, height))
    return picture


def save(picture: PIL_Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def make_png(width: int, height: int = 20) -> bytes:
    buffer = io.BytesIO()
    PIL_Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def make_bitmap(pixels: int) -> bytes:
    """One bit per pixel on disk, 1 byte per pixel decoded."""
    buffer = io.BytesIO()
    PIL_Image.new("1", (10_000, pixels // 10_000)).save(buffer, "PNG")
    return buffer.getvalue()


def find_child(guard: Guard) -> int:
    """The process id of the first child that runs."""
    return next(child._running.process.pid for child in guard._children if child._running)


def reason_for(guard: Guard, data: bytes) -> Reason:
    with pytest.raises(PictureError) as caught:
        guard.decode(data)
    return caught.value.reason


def wait_until(claim: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def decode_all(
    guard: Guard, photos: Iterable[Source], max_side: int = 2048
) -> list[Picture | Failure]:
    groups = decode_ahead(photos, guard, max_side)
    return [decoded.outcome for group in groups for decoded in group]
