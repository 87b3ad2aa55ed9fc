"""The model packs: which files, from where, under which licence, and how far to trust them.

A pack is a detector, an aligner and an embedder that belong together. Its vectors can only be
compared with vectors of the same `Pack.key`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from faceengine.errors import FaceEngineError


class UnknownPackError(FaceEngineError):
    """The name is not in the catalog."""


class Strictness(StrEnum):
    """How sure a match must be, in a word for users."""

    STRICT = "strict"
    NORMAL = "normal"
    WIDE = "wide"

    @property
    def false_match_rate(self) -> float:
        """Share of pairs of different people that still count as a match."""
        return {"strict": 1e-5, "normal": 1e-4, "wide": 1e-3}[self.value]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a cosine similarity of this pack means.

    `strict`, `normal` and `wide` are the smallest similarities that count as a match at false-match
    rates of 1e-5, 1e-4 and 1e-3. `provenance` says on what they were measured.
    """

    strict: float
    normal: float
    wide: float
    slope: float
    midpoint: float
    provenance: str

    def probability(self, similarity: float) -> float:
        """That two faces of this similarity are one person, 0 to 1."""
        return 1 / (1 + math.exp(-self.slope * (similarity - self.midpoint)))

    def threshold(self, strictness: Strictness) -> float:
        """The smallest similarity that counts as a match."""
        return {"strict": self.strict, "normal": self.normal, "wide": self.wide}[strictness.value]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights, known by its content.

    `algorithm` and `digest` are as its publisher states them. `urls` are public homes in the order
    to try. A file that comes inside an installed Python package names it in `package`.
    """

    name: str
    size: int
    algorithm: str
    digest: str
    urls: tuple[str, ...] = ()
    package: str = ""


@dataclass(frozen=True, slots=True)
class Pack:
    """`recipe` chooses how the engine puts the files together, see `engine.RECIPES`."""

    name: str
    version: str
    title: str
    recipe: str
    dimensions: int
    licence: str
    files: tuple[WeightFile, ...]
    calibration: Calibration

    @property
    def key(self) -> str:
        """The model version to record beside every vector."""
        return f"{self.name}-{self.version}"

    def file(self, suffix: str) -> WeightFile:
        """The one file of the pack whose name ends so."""
        (found,) = (file for file in self.files if file.name.endswith(suffix))
        return found


_LFW_SUBSET = (
    "2,606 pictures of 1,220 people from LFW, all 3,697 genuine and 3,390,618 impostor pairs (the "
    "34 most similar impostors set the strict threshold); probability for one genuine pair in a "
    "hundred; measured with ./run evaluate identification"
)


def _dlib_file(name: str, size: int, sha256: str) -> WeightFile:
    return WeightFile(name, size, "sha256", sha256, package="face_recognition_models")


_YUNET = WeightFile(
    name="yunet_n_dynamic.onnx",
    size=322_906,
    algorithm="sha256",
    digest="104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
    # the commit is known by its short name only, which a server need not resolve: then the branch
    # is tried, and the checksum decides
    urls=(
        "https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/0047ac24afb1/onnx/yunet_n_dynamic.onnx",
        "https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/master/onnx/yunet_n_dynamic.onnx",
    ),
)
_RETAIL_0095 = (
    "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1/"
    "face-reidentification-retail-0095/FP16/"
)

_OPEN = Pack(
    name="open",
    version="1",
    title="YuNet and Intel's face-reidentification-retail-0095",
    recipe="yunet+retail-0095",
    dimensions=256,
    licence="Apache-2.0",
    files=(
        _YUNET,
        WeightFile(
            name="face-reidentification-retail-0095.xml",
            size=350_427,
            algorithm="sha384",
            digest="689fb39e94bbd0d22cfeeb9292d0b91ac753424a7ee2c0555070e4038a00bfca"
            "ad473b47303012b9a393027dbad0dbce",
            urls=(_RETAIL_0095 + "face-reidentification-retail-0095.xml",),
        ),
        WeightFile(
            name="face-reidentification-retail-0095.bin",
            size=2_213_628,
            algorithm="sha384",
            digest="6d51703e854509dafdab9dfc6b932136d301d95be6d52c9c23b5a4f5de1ffec8"
            "0e8d38b87e0e9556ad36f0dded1588ed",
            urls=(_RETAIL_0095 + "face-reidentification-retail-0095.bin",),
        ),
    ),
    calibration=Calibration(
        strict=0.487,
        normal=0.424,
        wide=0.341,
        slope=33.9,
        midpoint=0.424,
        provenance=_LFW_SUBSET,
    ),
)

_DLIB = Pack(
    name="dlib",
    version="1",
    title="dlib's MMOD detector, five-point shape predictor and recognition ResNet",
    recipe="dlib",
    dimensions=128,
    licence="CC0-1.0 (public domain)",
    files=(
        _dlib_file(
            "shape_predictor_5_face_landmarks.dat",
            9_150_489,
            "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        ),
        _dlib_file(
            "dlib_face_recognition_resnet_model_v1.dat",
            22_466_066,
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        ),
        _dlib_file(
            "mmod_human_face_detector.dat",
            729_940,
            "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
        ),
    ),
    calibration=Calibration(
        strict=0.953,
        normal=0.939,
        wide=0.925,
        slope=204.9,
        midpoint=0.930,
        provenance=_LFW_SUBSET,
    ),
)

PACKS: Mapping[str, Pack] = MappingProxyType({pack.name: pack for pack in (_OPEN, _DLIB)})


def get_pack(name: str) -> Pack:
    """Raises: UnknownPackError with the names that are known."""
    if name not in PACKS:
        known = ", ".join(sorted(PACKS))
        raise UnknownPackError(f"There is no model pack named “{name}”. Known packs: {known}.")
    return PACKS[name]
