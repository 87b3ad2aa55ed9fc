"""The few colours that a picture is mostly made of."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image as PIL_Image

from faceengine.detectors.detection import resize
from faceengine.pictures import Image
from faceengine.scenes.colours import Colour

#: More pixels change nothing that is seen.
LONG_SIDE = 96


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour and its share of the picture, 0 to 1."""

    colour: Colour
    share: float

    @property
    def hex(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.colour)


def find_swatches(image: Image, most: int) -> tuple[Swatch, ...]:
    """Of an upright RGB picture, the largest share first."""
    small = resize(image, min(1.0, LONG_SIDE / max(image.shape[:2])))
    reduced = PIL_Image.fromarray(small).quantize(most, PIL_Image.Quantize.MEDIANCUT)
    palette = reduced.getpalette() or []
    counts: list[tuple[int, int]] = reduced.getcolors() or []  # type: ignore[assignment]
    pixels = reduced.width * reduced.height
    found = []
    for count, number in sorted(counts, reverse=True):
        red, green, blue = palette[3 * number : 3 * number + 3]
        found.append(Swatch((red, green, blue), count / pixels))
    return tuple(found)
