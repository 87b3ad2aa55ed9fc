"""The embedders: which files, from where, and under which licence.

The DeepFace models have a table of their own in `deepface_models`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.packs import EmbedderPart, WeightFile

_RETAIL_0095 = (
    "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1/"
    "face-reidentification-retail-0095/FP16/"
)
_OPENCV_ZOO = "https://github.com/opencv/opencv_zoo/raw/main/models/"
_ARCFACE_R100 = (
    "https://storage.openvinotoolkit.org/repositories/open_model_zoo/public/2022.1/"
    "face-recognition-resnet100-arcface-onnx/"
)
_EDGEFACE_LICENCE = "unsettled (BSD-3-Clause at Idiap, non-commercial in other copies)"

RETAIL_0095 = EmbedderPart(
    name="retail-0095",
    title="Intel's face-reidentification-retail-0095",
    licence="Apache-2.0",
    version="2",
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
RETAIL_0095_ONNX = EmbedderPart(
    name="retail-0095-onnx",
    title="face-reidentification-retail-0095 as ONNX",
    licence="Apache-2.0",
    version="2",
    dimensions=256,
    files=(
        WeightFile(
            name="face_reid0095_256.onnx",
            size=4_448_136,
            algorithm="sha256",
            digest="ebf8fe86f6b66ee29bd52fd5e49ff92e6f55ca4a92d1e2c509653527aced81f2",
        ),
    ),
)
DLIB_RESNET = EmbedderPart(
    name="dlib",
    title="dlib's recognition ResNet",
    licence="CC0-1.0 (public domain)",
    version="2",
    dimensions=128,
    wants_dlib_points=True,
    files=(
        WeightFile(
            name="dlib_face_recognition_resnet_model_v1.dat",
            size=22_466_066,
            algorithm="sha256",
            digest="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            package="face_recognition_models",
        ),
    ),
)
SFACE = EmbedderPart(
    name="sface",
    title="SFace of OpenCV's model zoo",
    licence="Apache-2.0",
    dimensions=128,
    files=(
        WeightFile(
            name="face_recognition_sface_2021dec.onnx",
            size=38_696_353,
            algorithm="sha256",
            digest="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            urls=(_OPENCV_ZOO + "face_recognition_sface/face_recognition_sface_2021dec.onnx",),
        ),
    ),
)
EDGEFACE_XS = EmbedderPart(
    name="edgeface-xs",
    title="EdgeFace-XS",
    licence=_EDGEFACE_LICENCE,
    is_free=False,
    dimensions=512,
    files=(
        WeightFile(
            name="face_edgeface_xs_512.onnx",
            size=9_151_670,
            algorithm="sha256",
            digest="4393bc62f7df556e57380f841773f4715cf44d08c9d18b93c60a0baa5866a544",
        ),
    ),
)
EDGEFACE_XXS = EmbedderPart(
    name="edgeface-xxs",
    title="EdgeFace-XXS",
    licence=_EDGEFACE_LICENCE,
    is_free=False,
    dimensions=512,
    files=(
        WeightFile(
            name="face_edgeface_xxs_512.onnx",
            size=5_133_387,
            algorithm="sha256",
            digest="ee1baa7082c92d8ec692deece87cfc9a0b0b79e338ad083f2d98854ca200209c",
        ),
    ),
)
MBF = EmbedderPart(
    name="mbf",
    title="MobileFaceNet (w600k_mbf's network)",
    licence="research only (InsightFace's network; MIT beside its int8 form)",
    is_free=False,
    dimensions=512,
    files=(
        WeightFile(
            name="face_mbf_512.onnx",
            size=13_614_168,
            algorithm="sha256",
            digest="4c6c40a3114e68606b4108dc182c91b2df2cfe46ce06d5d3f73d9d52a4254729",
        ),
    ),
)
ARCFACE_R100 = EmbedderPart(
    name="arcface-r100",
    title="ArcFace ResNet-100 of the ONNX Model Zoo",
    licence="unsettled (Apache-2.0 in the ONNX Model Zoo, research only at InsightFace)",
    is_free=False,
    dimensions=512,
    files=(
        WeightFile(
            name="arcfaceresnet100-8.onnx",
            size=261_036_388,
            algorithm="sha384",
            digest="4bceb34ee96c7c0b544012be53870d757f332d9d2972962065618de6942cf60f"
            "63b94f702f85fcc31844b21de326ec72",
            urls=(_ARCFACE_R100 + "arcfaceresnet100-8.onnx",),
        ),
    ),
)

EMBEDDERS: Mapping[str, EmbedderPart] = MappingProxyType(
    {
        part.name: part
        for part in (
            RETAIL_0095,
            RETAIL_0095_ONNX,
            DLIB_RESNET,
            SFACE,
            EDGEFACE_XS,
            EDGEFACE_XXS,
            MBF,
            ARCFACE_R100,
        )
    }
)
