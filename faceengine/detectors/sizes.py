"""Few sizes of input, so that a network's runtime keeps few buffers however pictures vary."""

from __future__ import annotations

#: Sides grow in steps of so many pixels up to the limit, and in coarser steps above it.
FINE_STEP, FINE_LIMIT, COARSE_STEP = 64, 512, 128


def padded_size(pixels: int) -> int:
    """The side of an input that has room for so many pixels: a multiple of 64."""
    step = FINE_STEP if pixels <= FINE_LIMIT else COARSE_STEP
    return -(-pixels // step) * step
