"""Pictures → numbers: find the faces in a picture and describe each by a vector.

Knows no web framework, no queue and no database. The networks' runtimes are imported when an
engine is loaded, not with this package.
"""

from faceengine.catalog import PACKS, UnknownPackError, get_pack
from faceengine.download import DownloadError
from faceengine.engine import FaceEngine
from faceengine.errors import FaceEngineError, PictureError, Reason
from faceengine.faces import Box, Face, Landmarks
from faceengine.packs import Calibration, Pack, Strictness, WeightFile
from faceengine.pictures import Image, Picture, crop_face, decode, to_webp
from faceengine.weights import WeightError, WeightState, WeightStatus, WeightStore

__all__ = [
    "PACKS",
    "Box",
    "Calibration",
    "DownloadError",
    "Face",
    "FaceEngine",
    "FaceEngineError",
    "Image",
    "Landmarks",
    "Pack",
    "Picture",
    "PictureError",
    "Reason",
    "Strictness",
    "UnknownPackError",
    "WeightError",
    "WeightFile",
    "WeightState",
    "WeightStatus",
    "WeightStore",
    "crop_face",
    "decode",
    "get_pack",
    "to_webp",
]
