"""The model packs: which files, from where, under which licence, and how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.errors import FaceEngineError
from faceengine.packs import Calibration, EmbedderPart, Pack, Part, WeightFile


class UnknownPackError(FaceEngineError):
    """The name is not in the catalog."""


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
RETAIL_0095 = EmbedderPart(
    name="retail-0095",
    title="Intel's face-reidentification-retail-0095",
    licence="Apache-2.0",
    dimensions=256,
    files=(
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
DLIB_RESNET = EmbedderPart(
    name="dlib",
    title="dlib's recognition ResNet",
    licence=_PUBLIC_DOMAIN,
    dimensions=128,
    files=(
        _dlib_file(
            "dlib_face_recognition_resnet_model_v1.dat",
            22_466_066,
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        ),
    ),
)

_OPEN = Pack(
    name="open",
    version="1",
    detector=YUNET,
    embedder=RETAIL_0095,
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
    detector=MMOD,
    embedder=DLIB_RESNET,
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
