"""The colours of a picture and where they are, as numbers that compare by their differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from faceengine.pictures import Image

Histogram: TypeAlias = NDArray[np.float32]
#: Red, green and blue, 0 to 255.
Colour: TypeAlias = tuple[int, int, int]
#: Larger pictures are shrunk to it first: more pixels do not change the shares of colours.
LONG_SIDE = 128


@dataclass(frozen=True, slots=True)
class Layout:
    """How finely colours and places are told apart: a grid of regions, each with its own bins."""

    rows: int
    columns: int
    hues: int
    saturations: int
    brightnesses: int

    @property
    def bins(self) -> int:
        return self.hues * self.saturations * self.brightnesses

    @property
    def dimensions(self) -> int:
        return self.rows * self.columns * self.bins


LAYOUT = Layout(rows=2, columns=2, hues=8, saturations=4, brightnesses=3)
COLOUR_DIMENSIONS = LAYOUT.dimensions


def describe_colours(image: Image, layout: Layout = LAYOUT) -> Histogram:
    """HSV histogram of each region of an upright RGB picture; all together sum to 1.

    Returns: shape (layout.dimensions,), 0 to 1.
    """
    small = _shrink(image)
    bins = _bins(small, layout)
    height, width = bins.shape
    rows = np.arange(height) * layout.rows // height
    columns = np.arange(width) * layout.columns // width
    regions = rows[:, None] * layout.columns + columns[None]
    counts = np.bincount((regions * layout.bins + bins).ravel(), minlength=layout.dimensions)
    return np.asarray(counts / counts.sum(), dtype=np.float32)


def intersection(one: Histogram, other: Histogram) -> float:
    """The share of colours that two pictures have in common, 0 to 1 (Swain and Ballard 1991).

    Of histograms that sum to 1 it is 1 - L1 / 2, which a database can compute.
    """
    return float(1 - np.abs(one - other).sum() / 2)


def palette(colours: Sequence[tuple[Colour, float]], layout: Layout = LAYOUT) -> Histogram:
    """The histogram of a picture that has these colours in these shares in every region."""
    shares = np.array([share for _, share in colours], dtype=np.float64)
    pixels = np.array([[colour for colour, _ in colours]], dtype=np.uint8)
    region = np.bincount(_bins(pixels, layout)[0], shares / shares.sum(), layout.bins)
    regions = layout.rows * layout.columns
    return np.asarray(np.tile(region, regions) / regions, dtype=np.float32)


def _shrink(image: Image) -> Image:
    scale = LONG_SIDE / max(image.shape[:2])
    if scale >= 1:
        return image
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _bins(image: Image, layout: Layout) -> NDArray[np.intp]:
    """The number of each pixel's bin, shape (height, width)."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL).astype(np.intp)
    hue, saturation, brightness = (
        hsv[..., channel] * count // 256
        for channel, count in enumerate((layout.hues, layout.saturations, layout.brightnesses))
    )
    return np.asarray((hue * layout.saturations + saturation) * layout.brightnesses + brightness)
