"""What users own, and what is derived from it."""

from galleries.models.analysis import Analysis
from galleries.models.calibration import GalleryCalibration
from galleries.models.classifier import Classifier, ClassifierLabel
from galleries.models.deletion import DeletedPhoto, Deletion
from galleries.models.face import AssignedBy, Face, FaceVector, Verdict
from galleries.models.gallery import Album, Gallery, Membership, Role
from galleries.models.ledger import Action, Batch, Difference, Event, PersonEvent, Rejection
from galleries.models.look import DistinctPair, PhotoLook
from galleries.models.model_version import ModelVersion
from galleries.models.person import Person
from galleries.models.photo import AlbumPhoto, Photo
from galleries.models.proposal import Line, LineFace, Proposal
from galleries.models.scene import PhotoVector, SceneModel
from galleries.models.sorting import AlbumAnswer, AlbumGuess, Sorting

__all__ = [
    "Action",
    "Album",
    "AlbumAnswer",
    "AlbumGuess",
    "AlbumPhoto",
    "Analysis",
    "AssignedBy",
    "Batch",
    "Classifier",
    "ClassifierLabel",
    "DeletedPhoto",
    "Deletion",
    "Difference",
    "DistinctPair",
    "Event",
    "Face",
    "FaceVector",
    "Gallery",
    "GalleryCalibration",
    "Line",
    "LineFace",
    "Membership",
    "ModelVersion",
    "Person",
    "PersonEvent",
    "Photo",
    "PhotoLook",
    "PhotoVector",
    "Proposal",
    "Rejection",
    "Role",
    "SceneModel",
    "Sorting",
    "Verdict",
]
