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

_LFW_BY_HOG = (
    "2,600 pictures of 1,218 people from LFW, in 6 more no face was found, all 3,686 genuine and "
    "3,375,014 impostor pairs; probability for one genuine pair in a hundred; measured with "
    "./run evaluate identification"
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
        "open-onnx-1": Calibration(
            strict=0.488,
            normal=0.423,
            wide=0.340,
            slope=34.0,
            midpoint=0.423,
            provenance=_LFW_SUBSET,
        ),
        "dlib-hog-1": Calibration(
            strict=0.952,
            normal=0.939,
            wide=0.925,
            slope=197.2,
            midpoint=0.930,
            provenance=_LFW_BY_HOG,
        ),
        "edgeface-1": Calibration(
            strict=0.385,
            normal=0.325,
            wide=0.258,
            slope=41.3,
            midpoint=0.347,
            provenance=_LFW_SUBSET,
        ),
        "edgeface-xxs-1": Calibration(
            strict=0.399,
            normal=0.343,
            wide=0.278,
            slope=41.3,
            midpoint=0.353,
            provenance=_LFW_SUBSET,
        ),
        "mbf-1": Calibration(
            strict=0.318,
            normal=0.273,
            wide=0.222,
            slope=50.7,
            midpoint=0.295,
            provenance=_LFW_SUBSET,
        ),
        "insightface-1": Calibration(
            strict=0.321,
            normal=0.274,
            wide=0.222,
            slope=47.7,
            midpoint=0.299,
            provenance=_LFW_SUBSET,
        ),
    }
)
