"""The model packs, and how their names are read.

A name is one of `PACKS`, or a DeepFace model (`deepface:ArcFace`), or joins any detector with any
embedder: `hog+edgeface-xs`, which may also be written `edgeface-xs@hog`. A detector may be one of
DeepFace's, too: `deepface:ArcFace@retinaface`. Where both have the name, ours is meant. `~` and a
kind of `Averaging` at the end asks for other views of a face: `edgeface~flip`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.alignment import Averaging
from faceengine.detectors import deepface_names
from faceengine.embedders import deepface_models
from faceengine.embedders.parts import (
    ARCFACE_R100,
    DLIB_RESNET,
    EDGEFACE_XS,
    EDGEFACE_XXS,
    EMBEDDERS,
    MBF,
    RETAIL_0095,
    RETAIL_0095_ONNX,
    SFACE,
)
from faceengine.errors import FaceEngineError
from faceengine.packs import EmbedderPart, Pack, Part, WeightFile
from faceengine.thresholds import MEASURED


class UnknownPackError(FaceEngineError):
    """The name is not in the catalog."""


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
YUNET = Part(name="yunet", title="YuNet", licence="Apache-2.0", files=(_YUNET,))
YUNET_2023MAR = Part(
    name="yunet-2023mar",
    title="YuNet of OpenCV's model zoo",
    licence="MIT",
    files=(
        WeightFile(
            name="face_detection_yunet_2023mar.onnx",
            size=232_589,
            algorithm="sha256",
            digest="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            urls=(
                "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx",
            ),
        ),
    ),
)
SCRFD = Part(
    name="scrfd",
    title="SCRFD",
    licence="non-commercial research only (InsightFace)",
    is_free=False,
    files=(
        WeightFile(
            name="det_scrfd_2.5g_kps.onnx",
            size=3_292_009,
            algorithm="sha256",
            digest="041f73f47371333d1d17a6fee6c8ab4e6aecabefe398ff32cca4e2d5eaee0af9",
            urls=(
                "https://raw.githubusercontent.com/yukkki7/FaceAnalysisApp/d4126572f764/models/scrfd_2.5g.onnx",
            ),
        ),
    ),
)
_PUBLIC_DOMAIN = "CC0-1.0 (public domain)"
_FIVE_POINTS = _dlib_file(
    "shape_predictor_5_face_landmarks.dat",
    9_150_489,
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
MMOD = Part(
    name="mmod",
    title="dlib's MMOD detector with its five-point shape predictor",
    licence=_PUBLIC_DOMAIN,
    files=(
        _dlib_file(
            "mmod_human_face_detector.dat",
            729_940,
            "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
        ),
        _FIVE_POINTS,
    ),
)
HOG = Part(
    name="hog",
    title="dlib's HOG detector with its five-point shape predictor",
    licence=_PUBLIC_DOMAIN,
    files=(_FIVE_POINTS,),
)


def _pack(
    name: str,
    detector: Part,
    embedder: EmbedderPart,
    averaging: Averaging = Averaging.NONE,
) -> Pack:
    calibration = MEASURED.get(f"{name}-{embedder.version}")
    return Pack(name, embedder.version, detector, embedder, calibration, averaging)


#: The best of those that are free come first.
PACKS: Mapping[str, Pack] = MappingProxyType(
    {
        pack.name: pack
        for pack in (
            _pack("open", YUNET, RETAIL_0095, Averaging.AROUND),
            _pack("open-onnx", YUNET, RETAIL_0095_ONNX, Averaging.AROUND),
            _pack("opencv", YUNET_2023MAR, SFACE),
            _pack("dlib", MMOD, DLIB_RESNET, Averaging.WIDE),
            _pack("dlib-hog", HOG, DLIB_RESNET),
            _pack("edgeface", YUNET, EDGEFACE_XS),
            _pack("edgeface-xxs", YUNET, EDGEFACE_XXS),
            _pack("mbf", YUNET, MBF),
            _pack("insightface", SCRFD, MBF),
            _pack("arcface-r100", YUNET, ARCFACE_R100),
        )
    }
)
DETECTORS: Mapping[str, Part] = MappingProxyType(
    {part.name: part for part in (YUNET, YUNET_2023MAR, MMOD, HOG, SCRFD)}
)
_GIVE_DLIB_POINTS = (MMOD, HOG)


def get_pack(name: str) -> Pack:
    """Read a name. Two spellings of the same pack give the same pack.

    Raises: UnknownPackError with the names that are known.
    """
    plain, mark, averaging = name.partition("~")
    pack = PACKS.get(plain) or _join(plain)
    return _averaged(pack, averaging) if mark else pack


def _averaged(pack: Pack, averaging: str) -> Pack:
    """The pack with another choice of views than its own."""
    if averaging not in set(Averaging):
        raise UnknownPackError(
            f"After “~” comes what views of a face are averaged: {', '.join(Averaging)}."
        )
    chosen = Averaging(averaging)
    if chosen is pack.averaging:
        return pack
    return _pack(f"{pack.name}~{chosen}", pack.detector, pack.embedder, chosen)


def _join(name: str) -> Pack:
    embedder = _embedder_in(name)
    if embedder is None:
        raise UnknownPackError(_unknown(name))
    detector = _detector_in(name, embedder)
    if detector is None:
        raise UnknownPackError(_unknown(name))
    if embedder.wants_dlib_points and detector not in _GIVE_DLIB_POINTS:
        raise UnknownPackError(
            f"{embedder.title} needs the landmarks of dlib: join it with the detector "
            f"{' or '.join(part.name for part in _GIVE_DLIB_POINTS)} instead of {detector.name}."
        )
    parts = (detector, embedder)
    known = (pack for pack in PACKS.values() if (pack.detector, pack.embedder) == parts)
    return next(known, None) or _pack(_name_of(detector, embedder), detector, embedder)


def _split(name: str) -> tuple[str, str]:
    """The names of the detector, empty if none was given, and of the embedder."""
    if "@" in name:
        embedder, _, detector = name.partition("@")
        return detector, embedder
    detector, plus, embedder = name.partition("+")
    return (detector, embedder) if plus else ("", name)


def _embedder_in(name: str) -> EmbedderPart | None:
    detector, embedder = _split(name)
    own = EMBEDDERS.get(embedder) if detector else None
    return own or deepface_models.PARTS.get(embedder)


def _detector_in(name: str, embedder: EmbedderPart) -> Part | None:
    detector = _split(name)[0]
    if not detector:
        return _usual_detector(embedder)
    known = DETECTORS.get(detector)
    of_deepface = detector.removeprefix(deepface_names.PREFIX)
    if known is None and of_deepface in deepface_names.DEEPFACE_DETECTORS:
        return deepface_names.deepface_detector(of_deepface)
    return known


def _usual_detector(embedder: EmbedderPart) -> Part:
    return MMOD if embedder.wants_dlib_points else YUNET


def _name_of(detector: Part, embedder: EmbedderPart) -> str:
    is_usual = embedder.name in deepface_models.PARTS and detector == _usual_detector(embedder)
    return embedder.name if is_usual else f"{detector.name}+{embedder.name}"


def _unknown(name: str) -> str:
    return (
        f"There is no model pack named “{name}”. Known packs: {', '.join(sorted(PACKS))}. "
        f"DeepFace's models: {', '.join(deepface_models.PARTS)}. "
        f"Or join a detector ({', '.join(DETECTORS)}; of DeepFace: "
        f"{', '.join(deepface_names.DEEPFACE_DETECTORS)}) and an embedder "
        f"({', '.join(EMBEDDERS)}): hog+edgeface-xs."
    )
