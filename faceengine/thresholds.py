"""What a cosine similarity means, pack by pack: measured, never guessed.

A pack that changes its version has to be measured anew: its old numbers are not found any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.packs import Calibration

_LFW_SUBSET = (
    "2,606 pictures of 1,220 people from LFW, all 3,697 genuine and 3,390,618 impostor pairs (the "
    "34 most similar impostors set the strict threshold); probability for one genuine pair in a "
    "hundred; measured with ./run evaluate identification"
)

#: By the key of the pack.
MEASURED: Mapping[str, Calibration] = MappingProxyType(
    {
        "open-1": Calibration(
            strict=0.487,
            normal=0.424,
            wide=0.341,
            slope=33.9,
            midpoint=0.424,
            provenance=_LFW_SUBSET,
        ),
        "dlib-1": Calibration(
            strict=0.953,
            normal=0.939,
            wide=0.925,
            slope=204.9,
            midpoint=0.930,
            provenance=_LFW_SUBSET,
        ),
    }
)
