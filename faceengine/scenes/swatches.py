"""The few colours that a picture is mostly made of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image as PIL_Image

from faceengine.detectors.detection import resize
from faceengine.pictures import Image
from faceengine.scenes.colours import Colour

#: More pixels change nothing that is seen.
LONG_SIDE = 96
#: Colours that are told apart at first, and how far two of them are at least at last, in RGB.
FINELY, APART = 48, 64


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour and its share of the picture, 0 to 1."""

    colour: Colour
    share: float

    @property
    def hex(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.colour)


def find_swatches(image: Image, most: int) -> tuple[Swatch, ...]:
    """Of an upright RGB picture, the largest share first. Colours that look the same are one."""
    small = resize(image, min(1.0, LONG_SIDE / max(image.shape[:2])))
    reduced = PIL_Image.fromarray(small).quantize(FINELY, PIL_Image.Quantize.MEDIANCUT)
    palette = np.array(reduced.getpalette() or [], np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(reduced).ravel(), minlength=len(palette))
    found: dict[Colour, int] = {}
    for number in np.argsort(-counts):
        red, green, blue = map(int, palette[number])
        near = (known for known in found if math.dist(known, (red, green, blue)) < APART)
        colour = next(near, (red, green, blue))
        found[colour] = found.get(colour, 0) + int(counts[number])
    largest = sorted(found.items(), key=lambda item: -item[1])[:most]
    return tuple(Swatch(colour, count / counts.sum()) for colour, count in largest if count)
