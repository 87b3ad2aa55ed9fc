"""Galleries and what is in them as JSON. Vectors never leave the server."""

from galleries.serializers.classifiers import (
    ClassifierFilterSerializer,
    ClassifierSerializer,
    ClassifierWithCurveSerializer,
    ClassSerializer,
    TrainSerializer,
)
from galleries.serializers.deletions import (
    BroughtBackSerializer,
    DeletedPhotoSerializer,
    DeletionSerializer,
)
from galleries.serializers.duplicates import (
    DuplicatesSerializer,
    KeepAllSerializer,
    KeepBestSerializer,
    KeepOneSerializer,
    KeptSerializer,
)
from galleries.serializers.faces import (
    BoxSerializer,
    FaceOfPersonSerializer,
    FaceSerializer,
    PersonSerializer,
)
from galleries.serializers.fields import ShortFloat
from galleries.serializers.galleries import (
    AlbumSerializer,
    GalleryNameSerializer,
    GallerySerializer,
    ProgressSerializer,
)
from galleries.serializers.history import (
    BatchSerializer,
    HistoryFilterSerializer,
    UndoneSerializer,
    UndoSerializer,
)
from galleries.serializers.persons import (
    DecisionSerializer,
    DifferentSerializer,
    FacesSerializer,
    KnownPersonSerializer,
    MergeSerializer,
    MoveSerializer,
    PersonEditSerializer,
    PersonFilterSerializer,
    SplitSerializer,
)
from galleries.serializers.photos import (
    DigestsSerializer,
    KnownPhotosSerializer,
    PhotoFilterSerializer,
    PhotoSerializer,
    PhotoWithFacesSerializer,
    UploadSerializer,
)

__all__ = [
    "AlbumSerializer",
    "BatchSerializer",
    "BoxSerializer",
    "BroughtBackSerializer",
    "ClassSerializer",
    "ClassifierFilterSerializer",
    "ClassifierSerializer",
    "ClassifierWithCurveSerializer",
    "DecisionSerializer",
    "DeletedPhotoSerializer",
    "DeletionSerializer",
    "DifferentSerializer",
    "DigestsSerializer",
    "DuplicatesSerializer",
    "FaceOfPersonSerializer",
    "FaceSerializer",
    "FacesSerializer",
    "GalleryNameSerializer",
    "GallerySerializer",
    "HistoryFilterSerializer",
    "KeepAllSerializer",
    "KeepBestSerializer",
    "KeepOneSerializer",
    "KeptSerializer",
    "KnownPersonSerializer",
    "KnownPhotosSerializer",
    "MergeSerializer",
    "MoveSerializer",
    "PersonEditSerializer",
    "PersonFilterSerializer",
    "PersonSerializer",
    "PhotoFilterSerializer",
    "PhotoSerializer",
    "PhotoWithFacesSerializer",
    "ProgressSerializer",
    "ShortFloat",
    "SplitSerializer",
    "TrainSerializer",
    "UndoSerializer",
    "UndoneSerializer",
    "UploadSerializer",
]
