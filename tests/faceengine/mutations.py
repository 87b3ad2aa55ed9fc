"""Damaged picture files, made anew from good ones: the same seed gives the same files."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from random import Random

#: What breaks readers of lengths, counts, sizes and offsets.
FIELDS = (
    b"\0\0", b"\xff\xff", b"\x7f\xff", b"\x80\0", b"\0\1",
    b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\xff\xff\xff\x7f",
)  # fmt: skip
HEAD = 512  # sizes, offsets and tables mostly stand here
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def mutations(originals: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Give `count` files, each of the originals in turn with one to three faults."""
    dice = Random(seed)
    for index in range(count):
        data = bytearray(originals[index % len(originals)])
        for _ in range(dice.randint(1, 3)):
            dice.choice(FAULTS)(data, dice, dice.choice(originals))
        # without this a decoder of PNG looks no further than the first fault
        yield mend_png(bytes(data)) if dice.random() < 0.7 else bytes(data)


def mend_png(data: bytes) -> bytes:
    """Write the right checksum behind each chunk of a PNG file; others stay as they are."""
    if not data.startswith(PNG_SIGNATURE):
        return data
    mended, start = bytearray(data), len(PNG_SIGNATURE)
    while start + 12 <= len(data):
        end = start + 8 + int.from_bytes(data[start : start + 4])
        if end + 4 > len(data):
            break
        mended[end : end + 4] = zlib.crc32(data[start + 4 : end]).to_bytes(4)
        start = end + 4
    return bytes(mended)


def flip_bits(data: bytearray, dice: Random, other: bytes) -> None:
    for _ in range(dice.randint(1, 16)):
        if data:
            data[_position(data, dice)] ^= 1 << dice.randrange(8)


def cut_short(data: bytearray, dice: Random, other: bytes) -> None:
    del data[dice.randint(len(data) // 8, len(data)) :]


def cut_out(data: bytearray, dice: Random, other: bytes) -> None:
    start = _position(data, dice)
    del data[start : start + dice.randint(1, 200)]


def repeat(data: bytearray, dice: Random, other: bytes) -> None:
    start = _position(data, dice)
    data[start:start] = data[start : start + dice.randint(1, 400)] * dice.randint(1, 20)


def splice(data: bytearray, dice: Random, other: bytes) -> None:
    start, length = _position(data, dice), dice.randint(4, 400)
    chosen = _position(other, dice)
    data[start : start + length] = other[chosen : chosen + length]


def overwrite_a_field(data: bytearray, dice: Random, other: bytes) -> None:
    start, value = _position(data, dice), dice.choice(FIELDS)
    data[start : start + len(value)] = value


def swap_the_head(data: bytearray, dice: Random, other: bytes) -> None:
    length = dice.choice((4, 8, 16, 64))
    data[:length] = other[:length]


Fault = Callable[[bytearray, Random, bytes], None]
#: Overwritten fields stand here three times: they go deepest into a decoder.
FAULTS: tuple[Fault, ...] = (
    *(flip_bits, cut_short, cut_out, repeat, splice, swap_the_head),
    *(overwrite_a_field,) * 3,
)


def _position(data: bytes | bytearray, dice: Random) -> int:
    """A place in the file, every second time in its head."""
    end = min(len(data), HEAD) if dice.random() < 0.5 else len(data)
    return dice.randrange(end) if end else 0
