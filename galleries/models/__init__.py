"""What users own, and what is derived from it."""

from galleries.models.analysis import Analysis
from galleries.models.face import Face, FaceVector
from galleries.models.gallery import Album, Gallery, Membership, Role
from galleries.models.model_version import ModelVersion
from galleries.models.person import Person
from galleries.models.photo import AlbumPhoto, Photo

__all__ = [
    "Album",
    "AlbumPhoto",
    "Analysis",
    "Face",
    "FaceVector",
    "Gallery",
    "Membership",
    "ModelVersion",
    "Person",
    "Photo",
    "Role",
]
