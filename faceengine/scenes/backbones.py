"""The backbones that are known by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from faceengine.errors import FaceEngineError
from faceengine.packs import WeightFile
from faceengine.runtime import Precision
from faceengine.scenes.applications import APPLICATIONS
from faceengine.scenes.backbone import Backbone, Scaling

__all__ = [
    "BACKBONES",
    "DEFAULT_BACKBONE",
    "OFTEN_USED",
    "Backbone",
    "UnknownBackboneError",
    "get_backbone",
]

DEFAULT_BACKBONE = "efficientnetb0"


class UnknownBackboneError(FaceEngineError):
    """The name is not in the catalog."""


MOBILENET_EDGETPU = Backbone(
    name="mobilenet-edgetpu",
    title="MobileNet-EdgeTPU of MLCommons",
    licence="Apache-2.0",
    dimensions=1280,
    scaling=Scaling(mean=(128.0, 128.0, 128.0), deviation=(127.0, 127.0, 127.0)),
    precision=Precision.BF16,
    files=(
        WeightFile(
            name="image_mobilenet_edgetpu_1280.onnx",
            size=16_305_088,
            algorithm="sha256",
            digest="2ab1bf0589f81692f86ea944e2ac94a5643e46609579eb8cced199505602001d",
        ),
    ),
)
# in bf16 its vectors differ: a cosine of .982 where edgetpu's have .9995
MOBILENET_V2 = Backbone(
    name="mobilenet-v2",
    title="MobileNetV2 of Coral",
    licence="Apache-2.0",
    dimensions=1280,
    scaling=Scaling(mean=(127.5, 127.5, 127.5), deviation=(127.5, 127.5, 127.5)),
    files=(
        WeightFile(
            name="image_mobilenet_v2_1280.onnx",
            size=13_968_881,
            algorithm="sha256",
            digest="5eba27a9328d4ccef0ff356f1361e6f6505c14817530adf8977890897fdae90c",
        ),
    ),
)

BACKBONES: Mapping[str, Backbone] = MappingProxyType(
    {
        **APPLICATIONS,
        **{backbone.name: backbone for backbone in (MOBILENET_EDGETPU, MOBILENET_V2)},
    }
)

#: Those that the documentation speaks of; any other is a choice for those who know it.
OFTEN_USED = (
    DEFAULT_BACKBONE,
    "resnet50",
    "vgg16",
    "inceptionv3",
    "mobilenetv3small",
    "mobilenetv3large",
    MOBILENET_EDGETPU.name,
    MOBILENET_V2.name,
)


def get_backbone(name: str) -> Backbone:
    """Read a name; capital letters do not matter, so that Keras's own names are understood.

    Raises: UnknownBackboneError with the names that are known.
    """
    backbone = BACKBONES.get(name.lower())
    if backbone is None:
        raise UnknownBackboneError(
            f"There is no backbone named “{name}”. Known backbones: {', '.join(BACKBONES)}."
        )
    return backbone
