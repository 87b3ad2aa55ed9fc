"""How the networks of our own catalog want their faces."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.embedders.described import InputForm
from faceengine.embedders.templates import ARCFACE, RETAIL_0095

_INSIGHTFACE = InputForm(template=ARCFACE, mean=(127.5, 127.5, 127.5), scale=127.5)
_FULL_RANGE = InputForm(template=ARCFACE)
_INTEL = InputForm(template=RETAIL_0095, is_bgr=True)

#: By the name of the part. SFace is fed as OpenCV's FaceRecognizerSF feeds it, ArcFace as its model
#: card in the ONNX Model Zoo says: RGB from 0 to 255 both, the networks normalise themselves.
FORMS: Mapping[str, InputForm] = MappingProxyType(
    {
        "retail-0095": _INTEL,
        "retail-0095-onnx": _INTEL,
        "edgeface-xs": _INSIGHTFACE,
        "edgeface-xxs": _INSIGHTFACE,
        "mbf": _INSIGHTFACE,
        "sface": _FULL_RANGE,
        "arcface-r100": _FULL_RANGE,
    }
)
