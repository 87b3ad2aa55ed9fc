"""Promises of faceengine.pipeline: in order, a few ahead, and a bad photo is only its own loss."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from faceengine.engine import FaceEngine
from faceengine.guard import Guard
from faceengine.pictures import Image, Picture, PictureError, Reason
from faceengine.pipeline import AHEAD, TOGETHER, Decoded, Scanned, decode_ahead, scan
from tests.faceengine.decoders import make_png


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with Guard(processes=2, timeout_seconds=20) as guard:
        yield guard


def width_of(item: Decoded) -> int:
    assert isinstance(item.outcome, Picture)
    return item.outcome.width


def test_all_photos_come_back_in_their_order(guard: Guard) -> None:
    groups = list(decode_ahead([make_png(width) for width in range(20, 60)], guard))
    assert [width_of(item) for group in groups for item in group] == list(range(20, 60))
    assert max(len(group) for group in groups) <= TOGETHER


def test_photos_are_asked_for_only_a_few_ahead(guard: Guard) -> None:
    asked = 0

    def photos() -> Iterator[bytes]:
        nonlocal asked
        for width in range(20, 60):
            asked += 1
            yield make_png(width)

    given = 0
    for group in decode_ahead(photos(), guard):
        given += len(group)
        assert asked <= given + AHEAD


def test_few_large_files_are_in_memory_at_once(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceengine.pipeline.AHEAD_BYTES", 1)
    groups = list(decode_ahead([make_png(width) for width in range(20, 30)], guard))
    assert [len(group) for group in groups] == [1] * 10


def test_whoever_stops_early_leaves_no_work_behind(guard: Guard) -> None:
    photos = iter([make_png(width) for width in range(20, 60)])
    with closing(decode_ahead(photos, guard)) as groups:
        taken = len(next(groups))
    assert len(list(photos)) >= 40 - taken - AHEAD
    assert guard.decode(make_png(7)).width == 7


@pytest.mark.assets
def test_a_photo_that_cannot_be_read_is_answered_in_its_place(
    open_engine: FaceEngine, guard: Guard, assets: Path, tmp_path: Path
) -> None:
    two_people = assets / "faces/photos_misc/obama_and_biden.jpg"
    words, missing = tmp_path / "words.jpg", tmp_path / "missing.jpg"
    words.write_text("no picture")
    first, second, third, last = scan(open_engine, [words, two_people, missing, b""], guard)
    assert isinstance(first, PictureError)
    assert first.reason is Reason.NOT_A_PICTURE
    assert isinstance(second, Scanned)
    assert len(second.faces) >= 2
    assert isinstance(third, FileNotFoundError)
    assert isinstance(last, PictureError)


@pytest.mark.assets
def test_a_scan_finds_what_one_photo_after_the_other_has(
    open_engine: FaceEngine, guard: Guard, assets: Path, photo: Callable[..., Image]
) -> None:
    paths = sorted((assets / "faces/photos_compreface").glob("*.jpg"))[:6]
    for path, answer in zip(paths, scan(open_engine, paths, guard), strict=True):
        assert isinstance(answer, Scanned)
        alone = open_engine.find_faces(photo(f"photos_compreface/{path.name}"))
        assert [face.box for face in answer.faces] == [face.box for face in alone]
        for face, other in zip(answer.faces, alone, strict=True):
            assert face.embedding @ other.embedding == pytest.approx(1, abs=1e-3)
