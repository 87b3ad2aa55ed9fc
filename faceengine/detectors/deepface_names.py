"""The detectors that DeepFace can run, by its names, and what it takes to use each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from faceengine.errors import FaceEngineError
from faceengine.packs import Part

PREFIX = "deepface:"


class UnknownDetectorError(FaceEngineError):
    """DeepFace has no detector of that name."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which licence the weights are published, as far as that is settled."""

    licence: str
    is_free: bool


_MIT, _APACHE = Terms("MIT", is_free=True), Terms("Apache-2.0", is_free=True)
_YOLO = Terms("AGPL-3.0 or GPL-3.0 (Ultralytics and others)", is_free=False)
_YOLO_NAMES = (
    *(f"yolov8{size}" for size in "nml"),
    *(f"yolov11{size}" for size in "nsml"),
    *(f"yolov12{size}" for size in "nsml"),
)

#: A licence that is unsettled counts as not free.
DEEPFACE_DETECTORS: Mapping[str, Terms] = MappingProxyType(
    {
        "opencv": _APACHE,
        "mtcnn": _MIT,
        "ssd": Terms("unsettled (OpenCV's sample weights)", is_free=False),
        "dlib": Terms("CC0-1.0 (public domain)", is_free=True),
        "retinaface": Terms("unsettled (code MIT, weights of InsightFace)", is_free=False),
        "mediapipe": _APACHE,
        **dict.fromkeys(_YOLO_NAMES, _YOLO),
        "yunet": _MIT,
        "fastmtcnn": _MIT,
        "centerface": _MIT,
    }
)


def deepface_detector(name: str) -> Part:
    """A detector of DeepFace as a part of a pack, for example of `retinaface`.

    It has no files of its own: DeepFace knows them, and loading it says which are missing.

    Raises: UnknownDetectorError with the names that are known.
    """
    if name not in DEEPFACE_DETECTORS:
        raise UnknownDetectorError(
            f"DeepFace has no detector named “{name}”. Its detectors: "
            f"{', '.join(DEEPFACE_DETECTORS)}."
        )
    terms = DEEPFACE_DETECTORS[name]
    return Part(
        name=PREFIX + name,
        title=f"DeepFace's detector {name}",
        licence=terms.licence,
        is_free=terms.is_free,
    )
