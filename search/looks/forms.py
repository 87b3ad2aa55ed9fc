"""What the page of looks asks for beside the filters, which it shares with the search for faces."""

from __future__ import annotations

import re

from django import forms
from django.http import QueryDict

from faceengine.scenes.colours import Colour
from faceengine.scenes.swatches import Swatch
from search.looks.asking import usual_weight

#: The most colours of a palette.
MOST_COLOURS = 3
#: What the fields show of a colour that is not used.
UNUSED = "#808080"
_HEX = re.compile(r"#?([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


class PaletteError(Exception):
    """These are no colours; str() is the sentence for the user."""


class WeightForm(forms.Form):
    """How much the content counts; the rest is for the colours."""

    weight = forms.FloatField(min_value=0, max_value=1, required=False)

    def weight_beside(self, palette: tuple[Swatch, ...]) -> float:
        """Of a valid form; the usual one where none is said."""
        weight: float | None = self.cleaned_data["weight"]
        return usual_weight(palette) if weight is None else weight


def palette_of(question: QueryDict) -> tuple[Swatch, ...]:
    """The colours of an address, `colour` and `share` in pairs. Raises: PaletteError."""
    return to_palette(question.getlist("colour"), question.getlist("share"))


def to_palette(colours: list[str], shares: list[str]) -> tuple[Swatch, ...]:
    """Without those that have no share. A share is in percent, 100 where none is said.

    Raises: PaletteError.
    """
    if len(colours) > MOST_COLOURS or len(shares) > len(colours):
        raise PaletteError(f"Choose {MOST_COLOURS} colours at most, each with its share.")
    amounts = [*shares, *["100"] * (len(colours) - len(shares))]
    pairs = [
        (_to_colour(colour), _to_share(share))
        for colour, share in zip(colours, amounts, strict=True)
    ]
    return tuple(Swatch(colour, share / 100) for colour, share in pairs if share)


def _to_colour(text: str) -> Colour:
    match = _HEX.fullmatch(text)
    if match is None:
        raise PaletteError("Write a colour as #ff8800.")
    red, green, blue = (int(part, 16) for part in match.groups())
    return red, green, blue


def _to_share(text: str) -> int:
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > 100:
        raise PaletteError("Write the share of a colour as a number from 0 to 100.")
    return int(text)
