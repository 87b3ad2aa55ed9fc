"""How others find and describe the faces of a photo: each a function from a file to their number.

Loaded here and nowhere else; `./run bench` installs them as the dependency group `bench`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from faceengine.catalog import get_pack
from faceengine.errors import FaceEngineError
from faceengine.packs import WeightFile
from faceengine.weights import WeightStore

Way = Callable[[Path], int]
#: Side of the square to which insightface's own examples shrink a photo before they search it.
INSIGHTFACE_SIDE = 640


class PeerMissingError(FaceEngineError):
    """Another library is not installed."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The others, reading the same weights from links in a folder of this run."""

    weights: WeightStore
    folder: Path

    def deepface(self) -> Way:
        """`DeepFace.represent` with dlib's descriptor and dlib's own (HOG) detector.

        Raises: PeerMissingError, WeightError.
        """
        _require("deepface", "tf_keras")
        home = self.folder / "deepface"
        descriptor, shapes = get_pack("dlib").embedder.files[0], get_pack("dlib").detector.files[1]
        self._link(descriptor, home / ".deepface" / "weights" / descriptor.name)
        self._link(shapes, home / ".deepface" / "weights" / shapes.name)
        os.environ |= {"DEEPFACE_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
        from deepface import DeepFace

        def way(photo: Path) -> int:
            found = DeepFace.represent(
                str(photo), model_name="Dlib", detector_backend="dlib", enforce_detection=False
            )
            return len(found)

        return way

    def face_recognition(self, detector: str) -> Way:
        """face_recognition with its detector "hog" or "cnn".

        HOG enlarges the photo once, as is its default. CNN would take 40 GB so, and is spared it.
        Raises: PeerMissingError.
        """
        _require("face_recognition")
        _lend_pkg_resources()
        import face_recognition

        enlarged = {"hog": 1, "cnn": 0}[detector]

        def way(photo: Path) -> int:
            image = face_recognition.load_image_file(str(photo))
            boxes = face_recognition.face_locations(image, enlarged, detector)
            return len(face_recognition.face_encodings(image, boxes))

        return way

    def insightface(self) -> Way:
        """insightface's `FaceAnalysis.get` with the two models of our pack of that name.

        Raises: PeerMissingError, WeightError.
        """
        _require("insightface")
        pack, folder = get_pack("insightface"), self.folder / "insightface"
        for file in pack.files:
            self._link(file, folder / file.name)
        import cv2
        from insightface.app import FaceAnalysis

        app = FaceAnalysis(name=str(folder), providers=["CPUExecutionProvider"])
        app.prepare(ctx_id=-1, det_size=(INSIGHTFACE_SIDE, INSIGHTFACE_SIDE))
        return lambda photo: len(app.get(cv2.imread(str(photo))))

    def _link(self, file: WeightFile, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.symlink_to(self.weights.find(file).resolve())


def _require(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise PeerMissingError(
                f"{package} is not installed: ./run bench installs it, or uv sync --group bench."
            )


def _lend_pkg_resources() -> None:
    """face_recognition's package of models asks for one function of a module that setuptools gave
    up."""
    if "pkg_resources" not in sys.modules and find_spec("pkg_resources") is None:
        stand_in = ModuleType("pkg_resources")
        vars(stand_in)["resource_filename"] = lambda package, name: str(files(package) / name)
        sys.modules["pkg_resources"] = stand_in
