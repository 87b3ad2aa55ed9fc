"""DeepFace's detectors behind our interface. DeepFace is imported only when one is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from faceengine.detectors.deepface_names import PREFIX
from faceengine.detectors.detection import Detection, Floats
from faceengine.errors import FaceEngineError
from faceengine.packs import Part
from faceengine.pictures import Image
from faceengine.weights import WeightError

#: Nose and mouth corners from the eyes alone: along and across the line between them, in eye
#: distances from its middle. Averages of SCRFD's landmarks on 101 pictures of LFW.
NOSE, LEFT_MOUTH, RIGHT_MOUTH = (0.0, 0.58), (-0.42, 1.1), (0.42, 1.1)
#: The eyes from the box alone, as fractions of its sides; averages on the same pictures.
LEFT_EYE, RIGHT_EYE = (0.28, 0.39), (0.72, 0.39)

_loading = Lock()


class DetectorError(FaceEngineError):
    """A detector cannot be used here; str() says what it needs."""


class DeepFaceDetector:
    """Asks one of DeepFace's detectors.

    Most of them give the eyes and no more. Then nose and mouth are estimated, which leaves turn
    and tilt of the face unseen; without eyes all five points are estimated from the box, as if
    every face were upright and frontal. Either costs accuracy in whatever aligns by them.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        # several of them keep the size of the last picture in themselves
        self._lock = Lock()

    def detect(self, image: Image) -> list[Detection]:
        blue_first = np.ascontiguousarray(image[:, :, ::-1])
        with self._lock:
            regions = self._client.detect_faces(blue_first)
        found = [_to_detection(region) for region in regions if region.w > 0 and region.h > 0]
        return sorted(found, key=lambda face: face.score, reverse=True)


def load_deepface_detector(part: Part) -> DeepFaceDetector:
    """Weights are read from DeepFace's own folder, and DeepFace sizes its threads itself.

    Raises: DetectorError naming a package that is missing or does not fit, WeightError naming a
    file that is missing; nothing is downloaded.
    """
    name = part.name.removeprefix(PREFIX)
    try:
        from deepface.modules import modeling

        with _loading, _without_downloads(name):
            client = modeling.build_model("face_detector", name)
            if name == "centerface":
                client.build_model()  # else it would first look for its file in a picture
    except (ImportError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise DetectorError(f"DeepFace cannot start its detector {name}: {reason}") from error
    return DeepFaceDetector(client)


@contextmanager
def _without_downloads(name: str) -> Iterator[None]:
    """Meanwhile DeepFace finds the files that are there, and asks the network for none."""
    from deepface.commons import folder_utils, weight_utils

    folder = Path(folder_utils.get_deepface_home()) / ".deepface" / "weights"

    def find(file_name: str, *more: Any, **named: Any) -> str:
        path = folder / file_name
        if not path.is_file():
            sources = (*more, *named.values())[0]
            address = sources if isinstance(sources, str) else sources[0]
            unpacked = ", unpacked," if named.get("compress_type") else ""
            raise WeightError(
                f"{file_name}, which DeepFace's detector {name} reads, was not found. "
                f"Put {address}{unpacked} into {folder}."
            )
        return str(path)

    modules = [weight_utils, *_weights_of_retinaface(name)]
    originals = [module.download_weights_if_necessary for module in modules]
    for module in modules:
        module.download_weights_if_necessary = find
    try:
        yield
    finally:
        for module, original in zip(modules, originals, strict=True):
            module.download_weights_if_necessary = original


def _weights_of_retinaface(name: str) -> list[Any]:
    """It is a package of its own, with a download of its own."""
    if name != "retinaface":
        return []
    return [import_module("retinaface.commons.weight_utils")]


def _to_detection(region: Any) -> Detection:
    corners = np.array(
        [region.x, region.y, region.x + region.w, region.y + region.h], dtype=np.float32
    )
    landmarks = _landmarks_of(region, corners)
    return Detection(corners, float(region.confidence or 0.0), landmarks, landmarks)


def _landmarks_of(region: Any, corners: Floats) -> Floats:
    """DeepFace names left and right from the person's side, we from the picture's."""
    box = corners[:2], corners[2:] - corners[:2]
    eyes = region.right_eye, region.left_eye
    if eyes[0] == eyes[1]:  # in whole pixels both eyes of a tiny face may be one
        eyes = None, None
    left, right = _point(eyes[0], *box, LEFT_EYE), _point(eyes[1], *box, RIGHT_EYE)
    along = right - left
    middle, down = (left + right) / 2, np.array([-along[1], along[0]])
    known = (region.nose, region.mouth_right, region.mouth_left)
    others = [
        np.array(point, dtype=np.float32) if point else middle + x * along + y * down
        for point, (x, y) in zip(known, (NOSE, LEFT_MOUTH, RIGHT_MOUTH), strict=True)
    ]
    return np.stack([left, right, *others]).astype(np.float32)


def _point(
    known: Sequence[float] | None, start: Floats, size: Floats, guess: tuple[float, float]
) -> Floats:
    return np.asarray(known or start + size * np.array(guess), dtype=np.float32)
