"""What a cosine similarity means, pack by pack: measured, never guessed.

A pack that changes its version has to be measured anew: its old numbers are not found any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.packs import Calibration, Strangers

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

_LEFT_OUT = (
    "1,432 faces of the 283 people of whom there are three or more, each against the templates of "
    "its person's other faces, and of all other people; measured with ./run evaluate identification"
)

_LEFT_OUT_BY_HOG = (
    "1,430 faces of the 283 people of whom there are three or more, each against the templates of "
    "its person's other faces, and of all other people; measured with ./run evaluate identification"
)

#: By the key of the pack.
MEASURED: Mapping[str, Calibration] = MappingProxyType(
    {
        "open-2": Calibration(
            strict=0.495,
            normal=0.427,
            wide=0.343,
            slope=40.6,
            midpoint=0.431,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.005, upper=0.163),
            merged=Calibration(
                strict=0.505,
                normal=0.441,
                wide=0.360,
                slope=36.9,
                midpoint=0.495,
                provenance=_LEFT_OUT,
            ),
        ),
        "dlib-2": Calibration(
            strict=0.957,
            normal=0.946,
            wide=0.933,
            slope=247.5,
            midpoint=0.938,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.847, upper=0.899),
            merged=Calibration(
                strict=0.960,
                normal=0.952,
                wide=0.941,
                slope=330.6,
                midpoint=0.951,
                provenance=_LEFT_OUT,
            ),
        ),
        "open-onnx-2": Calibration(
            strict=0.492,
            normal=0.426,
            wide=0.343,
            slope=40.3,
            midpoint=0.431,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.005, upper=0.163),
            merged=Calibration(
                strict=0.504,
                normal=0.441,
                wide=0.359,
                slope=37.0,
                midpoint=0.494,
                provenance=_LEFT_OUT,
            ),
        ),
        "dlib-hog-2": Calibration(
            strict=0.953,
            normal=0.939,
            wide=0.925,
            slope=222.2,
            midpoint=0.930,
            provenance=_LFW_BY_HOG,
            strangers=Strangers(median=0.836, upper=0.889),
            merged=Calibration(
                strict=0.958,
                normal=0.947,
                wide=0.934,
                slope=284.2,
                midpoint=0.944,
                provenance=_LEFT_OUT_BY_HOG,
            ),
        ),
        "edgeface-1": Calibration(
            strict=0.390,
            normal=0.326,
            wide=0.258,
            slope=47.9,
            midpoint=0.347,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.007, upper=0.134),
            merged=Calibration(
                strict=0.403,
                normal=0.334,
                wide=0.268,
                slope=35.1,
                midpoint=0.412,
                provenance=_LEFT_OUT,
            ),
        ),
        "edgeface-xxs-1": Calibration(
            strict=0.402,
            normal=0.344,
            wide=0.278,
            slope=46.5,
            midpoint=0.355,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.011, upper=0.147),
            merged=Calibration(
                strict=0.416,
                normal=0.359,
                wide=0.291,
                slope=39.1,
                midpoint=0.417,
                provenance=_LEFT_OUT,
            ),
        ),
        "mbf-1": Calibration(
            strict=0.320,
            normal=0.272,
            wide=0.222,
            slope=60.5,
            midpoint=0.295,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.021, upper=0.119),
            merged=Calibration(
                strict=0.338,
                normal=0.286,
                wide=0.235,
                slope=37.2,
                midpoint=0.361,
                provenance=_LEFT_OUT,
            ),
        ),
        "insightface-1": Calibration(
            strict=0.320,
            normal=0.274,
            wide=0.222,
            slope=57.0,
            midpoint=0.295,
            provenance=_LFW_SUBSET,
            strangers=Strangers(median=0.021, upper=0.119),
            merged=Calibration(
                strict=0.336,
                normal=0.285,
                wide=0.235,
                slope=37.7,
                midpoint=0.358,
                provenance=_LEFT_OUT,
            ),
        ),
    }
)
