"""The recognition models of DeepFace: what each expects and gives. DeepFace is not imported here.

DeepFace.represent feeds blue-green-red from 0 to 1 to all of them (normalization="base") and turns
faces by the line of the eyes; its maintainer calls other normalisations experimental (issue 1300).
Here each gets what it was trained on, and is warped by five landmarks:

* ArcFace and GhostFaceNet (leondgarse/Keras_insightface, HamadYA/GhostFaceNets): RGB,
  (x - 127.5) / 128; DeepFace calls it "ArcFace".
* Buffalo_L (InsightFace): RGB, (x - 127.5) / 127.5.
* SFace: RGB, 0 to 255, as OpenCV's FaceRecognizerSF feeds it.
* Facenet (davidsandberg/facenet, models of 2017): RGB, each face with its own mean and deviation;
  DeepFace's "Facenet". Facenet512 (models of 2018): RGB, x / 127.5 - 1; "Facenet2018".
* VGG-Face: BGR less the mean of its training faces; DeepFace's "VGGFace".
* OpenFace, DeepFace (swghosh/DeepFace) and DeepID: RGB, 0 to 1.
* Dlib: dlib's own chips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from faceengine.embedders.described import InputForm
from faceengine.embedders.templates import ARCFACE, OPENFACE, boxed
from faceengine.packs import EmbedderPart, WeightFile

PREFIX = "deepface:"
_GREY = (127.5, 127.5, 127.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepFaceModel:
    """One model under the name that DeepFace gives it.

    `file` lies in DeepFace's folder of weights. `addresses` names the constant in the module of
    DeepFace's client that holds its homes; where DeepFace has no such constant it is the address.
    `digest` is the sha256 where the publisher of the file is known, empty otherwise: DeepFace
    itself checks nothing. `form` is None for dlib's chips.
    """

    name: str
    file: str
    dimensions: int
    licence: str
    form: InputForm | None
    addresses: str = "WEIGHTS_URL"
    is_free: bool = False
    size: int = 0
    digest: str = ""

    def to_part(self) -> EmbedderPart:
        algorithm = "sha256" if self.digest else ""
        file = WeightFile(self.file, self.size, algorithm, self.digest, deepface=self.name)
        return EmbedderPart(
            name=PREFIX + self.name,
            title=f"DeepFace's {self.name}",
            licence=self.licence,
            is_free=self.is_free,
            dimensions=self.dimensions,
            wants_dlib_points=self.form is None,
            files=(file,),
        )


_MODELS = (
    DeepFaceModel(
        name="VGG-Face",
        file="vgg_face_weights.onnx",
        dimensions=4096,
        licence="research only (Visual Geometry Group, Oxford)",
        form=InputForm(
            template=boxed(224, 1.3),
            is_bgr=True,
            mean=(93.5940, 104.7624, 129.1863),
            has_channels_last=True,
        ),
    ),
    DeepFaceModel(
        name="Facenet",
        file="facenet_weights.onnx",
        addresses="FACENET128_WEIGHTS",
        dimensions=128,
        licence="unsettled: MIT code, trained on MS-Celeb-1M",
        form=InputForm(template=boxed(160, 1.3), is_whitened=True, has_channels_last=True),
    ),
    DeepFaceModel(
        name="Facenet512",
        file="facenet512_weights.onnx",
        addresses="FACENET512_WEIGHTS",
        dimensions=512,
        licence="unsettled: MIT code, trained on VGGFace2",
        form=InputForm(template=boxed(160, 1.3), mean=_GREY, scale=127.5, has_channels_last=True),
    ),
    DeepFaceModel(
        name="ArcFace",
        file="arcface_weights.onnx",
        dimensions=512,
        licence="research only (trained on InsightFace's data)",
        form=InputForm(template=ARCFACE, mean=_GREY, scale=128, has_channels_last=True),
    ),
    DeepFaceModel(
        name="OpenFace",
        file="openface_weights.onnx",
        dimensions=128,
        licence="unsettled: Apache-2.0 code, trained on research data",
        form=InputForm(template=OPENFACE, scale=255, has_channels_last=True),
    ),
    DeepFaceModel(
        name="DeepFace",
        file="VGGFace2_DeepFace_weights_val-0.9034.onnx",
        dimensions=4096,
        licence="unsettled: MIT code, trained on VGGFace2",
        form=InputForm(template=boxed(152, 1.3), scale=255, has_channels_last=True),
    ),
    DeepFaceModel(
        name="DeepID",
        file="deepid_weights.onnx",
        dimensions=160,
        licence="unsettled: MIT code, trained on research data",
        form=InputForm(template=boxed(55, 1.0), scale=255, has_channels_last=True, columns=47),
    ),
    DeepFaceModel(
        name="SFace",
        file="face_recognition_sface_2021dec.onnx",
        dimensions=128,
        licence="Apache-2.0",
        is_free=True,
        size=38_696_353,
        digest="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
        form=InputForm(template=ARCFACE),
    ),
    DeepFaceModel(
        name="GhostFaceNet",
        file="ghostfacenet_v1.onnx",
        dimensions=512,
        licence="research only (trained on InsightFace's data)",
        form=InputForm(template=ARCFACE, mean=_GREY, scale=128, has_channels_last=True),
    ),
    DeepFaceModel(
        name="Dlib",
        file="dlib_face_recognition_resnet_model_v1.dat",
        addresses="WEIGHT_URL",
        dimensions=128,
        licence="CC0-1.0 (public domain)",
        is_free=True,
        size=22_466_066,
        digest="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        form=None,
    ),
    DeepFaceModel(
        name="Buffalo_L",
        file="buffalo_l/webface_r50.onnx",
        addresses="https://drive.google.com/uc?export=download&confirm=pbef"
        "&id=1N0GL-8ehw_bz2eZQWz2b0A5XBdXdxZhg",
        dimensions=512,
        licence="non-commercial research only (InsightFace)",
        form=InputForm(template=ARCFACE, mean=_GREY, scale=127.5),
    ),
)

#: By the names that DeepFace gives them.
MODELS: Mapping[str, DeepFaceModel] = MappingProxyType({model.name: model for model in _MODELS})
#: By the names of parts: deepface:ArcFace.
PARTS: Mapping[str, EmbedderPart] = MappingProxyType(
    {PREFIX + model.name: model.to_part() for model in _MODELS}
)
