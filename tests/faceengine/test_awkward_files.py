"""Real files that broke other programs: each is read, or refused for the right reason."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from faceengine.guard import Guard
from faceengine.pictures import Picture, PictureError, Reason, decode, refuse_by_head
from tests.faceengine.decoders import decode_all, make_png

pytestmark = pytest.mark.assets


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    with Guard(processes=2, timeout_seconds=20) as guard:
        yield guard


@pytest.mark.parametrize(
    "name", ["formats/flower.jpg", "heic/arrow.heic", "cmyk_and_profiles/icc_profile_big.jpg"]
)
def test_a_child_gives_the_same_picture_as_decoding_here(
    guard: Guard, assets: Path, name: str
) -> None:
    data = (assets / "awkward" / name).read_bytes()
    there, here = guard.decode(data, 500), decode(data, 500)
    assert np.array_equal(there.image, here.image)
    for field in ("width", "height", "media_type", "taken_at", "camera"):
        assert getattr(there, field) == getattr(here, field)


# what the folders promise; the files named differ from their folder
EXPECTED = {
    "animated": None,
    "bad_exif": None,
    "bombs": Reason.TOO_LARGE,
    "bombs/decompression_bomb.ico": Reason.UNSUPPORTED,
    "bombs/decompression_bomb_extents.gif": None,  # the bomb is its second frame
    "bombs/png_decompression_dos.png": Reason.DAMAGED,  # one pixel, and megabytes of text
    "cmyk_and_profiles": None,
    "colour_modes": None,
    "exif_orientation": None,
    "formats": None,
    "formats/hopper.ico": Reason.UNSUPPORTED,
    "formats/pil123rgba.qoi": Reason.UNSUPPORTED,
    "formats/test-card-lossless.jp2": Reason.UNSUPPORTED,
    "fuzz": None,
    "fuzz/oom-0d0085eb7f66ea55d9119206235cd29e089b9140.ico": Reason.UNSUPPORTED,
    "fuzz/oom-ff076e7064c13ec1f8e2c5bbbfb7a77a08db2361.ico": Reason.UNSUPPORTED,
    "fuzz/oss-fuzz-36829.jpeg": Reason.DAMAGED,
    "fuzz/zero-loop-count.gif": Reason.DAMAGED,
    "heic": None,
    "heic/corrupted.heic": Reason.DAMAGED,
    "heic/corrupted.hif": Reason.DAMAGED,
    "heic/empty.heic": Reason.EMPTY,
    "sixteen_bit": None,
    "sixteen_bit/hopper_16bit.pgm": Reason.UNSUPPORTED,
    "truncated_corrupt": Reason.DAMAGED,
    "truncated_corrupt/compreface_empty.png": Reason.NOT_A_PICTURE,  # it says "test"
    "truncated_corrupt/hopper_zero_comment_subblocks.gif": None,
    "truncated_corrupt/no_palette.gif": None,
    "truncated_corrupt/not_enough_data.jp2": Reason.UNSUPPORTED,
    "truncated_corrupt/palette_negative.png": None,
    "truncated_corrupt/photoshop-200dpi-broken.jpg": None,
    "truncated_corrupt/sugarshack_bad_mpo_header.jpg": None,
    "truncated_corrupt/total-pages-zero.tif": None,
    "truncated_corrupt/truncated_app14.jpg": None,
    "truncated_corrupt/ukbench09268_corrupt.jpg": Reason.NOT_A_PICTURE,  # no header at all
    "truncated_corrupt/zero_height.j2k": Reason.UNSUPPORTED,
    "wrong_extension": None,
}


def test_every_awkward_file_is_read_or_refused_for_the_right_reason(
    guard: Guard, assets: Path
) -> None:
    folder = assets / "awkward"
    index = json.loads((folder / "index.json").read_text())
    names = [entry["file"] for entry in index]
    answers = decode_all(guard, [folder / name for name in names], max_side=640)
    assert len(names) > 100
    for name, answer in zip(names, answers, strict=True):
        expected = EXPECTED[name] if name in EXPECTED else EXPECTED[name.split("/")[0]]
        reason = answer.reason if isinstance(answer, PictureError) else None
        assert reason is expected, name


def test_pictures_have_the_size_that_pillow_sees_in_the_header(guard: Guard, assets: Path) -> None:
    folder = assets / "awkward"
    entries = [
        entry
        for entry in json.loads((folder / "index.json").read_text())
        if entry["pil"] == "ok" and entry["fmt"] in ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
    ]
    answers = decode_all(guard, [folder / entry["file"] for entry in entries])
    pictures = {
        entry["file"]: (sorted(entry["wh"]), sorted((answer.width, answer.height)))
        for entry, answer in zip(entries, answers, strict=True)
        if isinstance(answer, Picture)
    }
    assert len(pictures) > 70
    assert {name for name, (header, decoded) in pictures.items() if header != decoded} == set()


def test_bombs_are_refused_at_once(guard: Guard, assets: Path) -> None:
    bombs = [path.read_bytes() for path in sorted((assets / "awkward/bombs").iterdir())]
    guard.decode(make_png(10))
    start = time.monotonic()
    decode_all(guard, bombs)
    assert time.monotonic() - start < 2


def test_the_glance_at_the_first_bytes_refuses_nothing_that_can_be_read(
    guard: Guard, assets: Path
) -> None:
    files = [path.read_bytes() for path in sorted((assets / "awkward").glob("*/*"))]
    answers = decode_all(guard, files, max_side=64)
    glances = [refuse_by_head(data[:256]) for data in files]
    for answer, glance in zip(answers, glances, strict=True):
        if glance is not None:
            assert isinstance(answer, PictureError)
            assert answer.reason is glance
    assert len([glance for glance in glances if glance]) > 5
