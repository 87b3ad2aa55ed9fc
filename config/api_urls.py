"""The addresses of the REST API, below /api/v1/."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.api import CurrentToken, TokenDetail, TokenList
from config.api_errors import NothingHere
from galleries.api.classifiers import (
    ClassifierCancel,
    ClassifierClasses,
    ClassifierClassesCsv,
    ClassifierConfusion,
    ClassifierDetail,
    ClassifierList,
    ClassifierPromote,
    ClassifierRetire,
)
from galleries.api.deletions import (
    DeletedPhotoBringBack,
    DeletedPhotoDetail,
    DeletionBringBack,
    DeletionDetail,
    DeletionList,
    DeletionPhotos,
)
from galleries.api.duplicates import DuplicateList, KeepAll, KeepBest, KeepOne
from galleries.api.faces import FacesMove, FacesNotAFace, FacesStranger
from galleries.api.galleries import AlbumList, GalleryAnalysis, GalleryDetail, GalleryList
from galleries.api.history import BatchList, BatchUndo
from galleries.api.media import FaceCrop, PhotoOriginal, PhotoPreview, PhotoThumbnail
from galleries.api.persons import (
    PersonDetail,
    PersonDifferent,
    PersonFaces,
    PersonList,
    PersonMerge,
    PersonReject,
    PersonSplit,
)
from galleries.api.photos import PhotoCheck, PhotoDetail, PhotoList, PhotoRetry
from search.api.exports import PersonsCsv, PersonsZip, ProbeCsv, ProbeZip
from search.api.log import SearchRecordList
from search.api.looks import LookCsv, LookList, LookMatches, LookPart, LookZip, PhotoMatches
from search.api.matches import PersonsGroups, PersonsMatches, ProbeGroups, ProbeMatches, Search
from search.api.probes import ProbeDetail, ProbeFaces, ProbeList

urlpatterns = [
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(template_name="api/docs.html"),
        name="api-docs",
    ),
    path("tokens", TokenList.as_view(), name="api-tokens"),
    path("tokens/current", CurrentToken.as_view(), name="api-token-current"),
    path("tokens/<slug:token_key>", TokenDetail.as_view(), name="api-token"),
    path("galleries", GalleryList.as_view(), name="api-galleries"),
    path("galleries/<int:pk>", GalleryDetail.as_view(), name="api-gallery"),
    path("galleries/<int:pk>/albums", AlbumList.as_view(), name="api-albums"),
    path("galleries/<int:pk>/analysis", GalleryAnalysis.as_view(), name="api-analysis"),
    path("galleries/<int:pk>/photos", PhotoList.as_view(), name="api-photos"),
    path("galleries/<int:pk>/photos/check", PhotoCheck.as_view(), name="api-photos-check"),
    path("galleries/<int:pk>/persons", PersonList.as_view(), name="api-persons"),
    path("galleries/<int:pk>/history", BatchList.as_view(), name="api-history"),
    path("galleries/<int:pk>/searches", SearchRecordList.as_view(), name="api-searches"),
    path("galleries/<int:pk>/duplicates", DuplicateList.as_view(), name="api-duplicates"),
    path("galleries/<int:pk>/duplicates/keep-one", KeepOne.as_view(), name="api-keep-one"),
    path("galleries/<int:pk>/duplicates/keep-best", KeepBest.as_view(), name="api-keep-best"),
    path("galleries/<int:pk>/duplicates/keep-all", KeepAll.as_view(), name="api-keep-all"),
    path("galleries/<int:pk>/classifiers", ClassifierList.as_view(), name="api-classifiers"),
    path("galleries/<int:pk>/deletions", DeletionList.as_view(), name="api-deletions"),
    path("deletions/<int:pk>", DeletionDetail.as_view(), name="api-deletion"),
    path(
        "deletions/<int:pk>/bring-back", DeletionBringBack.as_view(), name="api-deletion-bring-back"
    ),
    path("deletions/<int:pk>/photos", DeletionPhotos.as_view(), name="api-deletion-photos"),
    path("deleted-photos/<int:pk>", DeletedPhotoDetail.as_view(), name="api-deleted-photo"),
    path(
        "deleted-photos/<int:pk>/bring-back",
        DeletedPhotoBringBack.as_view(),
        name="api-deleted-photo-bring-back",
    ),
    path("photos/<int:pk>", PhotoDetail.as_view(), name="api-photo"),
    path("photos/<int:pk>/retry", PhotoRetry.as_view(), name="api-photo-retry"),
    path("photos/<int:pk>/thumbnail", PhotoThumbnail.as_view(), name="api-photo-thumbnail"),
    path("photos/<int:pk>/preview", PhotoPreview.as_view(), name="api-photo-preview"),
    path("photos/<int:pk>/original", PhotoOriginal.as_view(), name="api-photo-original"),
    path("faces/<int:pk>/crop", FaceCrop.as_view(), name="api-face-crop"),
    path("faces/move", FacesMove.as_view(), name="api-faces-move"),
    path("faces/not-a-face", FacesNotAFace.as_view(), name="api-faces-not-a-face"),
    path("faces/stranger", FacesStranger.as_view(), name="api-faces-stranger"),
    path("persons/<int:pk>", PersonDetail.as_view(), name="api-person"),
    path("persons/<int:pk>/faces", PersonFaces.as_view(), name="api-person-faces"),
    path("persons/<int:pk>/merge", PersonMerge.as_view(), name="api-person-merge"),
    path("persons/<int:pk>/split", PersonSplit.as_view(), name="api-person-split"),
    path("persons/<int:pk>/reject", PersonReject.as_view(), name="api-person-reject"),
    path("persons/<int:pk>/different", PersonDifferent.as_view(), name="api-person-different"),
    path("batches/<int:pk>/undo", BatchUndo.as_view(), name="api-batch-undo"),
    path("classifiers/<int:pk>", ClassifierDetail.as_view(), name="api-classifier"),
    path("classifiers/<int:pk>/classes", ClassifierClasses.as_view(), name="api-classes"),
    path(
        "classifiers/<int:pk>/classes.csv", ClassifierClassesCsv.as_view(), name="api-classes-csv"
    ),
    path("classifiers/<int:pk>/confusion.csv", ClassifierConfusion.as_view(), name="api-confusion"),
    path("classifiers/<int:pk>/promote", ClassifierPromote.as_view(), name="api-promote"),
    path("classifiers/<int:pk>/retire", ClassifierRetire.as_view(), name="api-retire"),
    path("classifiers/<int:pk>/cancel", ClassifierCancel.as_view(), name="api-cancel"),
    path("probes", ProbeList.as_view(), name="api-probes"),
    path("probes/<str:token>", ProbeDetail.as_view(), name="api-probe"),
    path("probes/<str:token>/faces", ProbeFaces.as_view(), name="api-probe-faces"),
    path("probes/<str:token>/matches", ProbeMatches.as_view(), name="api-probe-matches"),
    path("probes/<str:token>/groups", ProbeGroups.as_view(), name="api-probe-groups"),
    path("probes/<str:token>/matches.csv", ProbeCsv.as_view(), name="api-probe-csv"),
    path("probes/<str:token>/matches.zip", ProbeZip.as_view(), name="api-probe-zip"),
    path("looks", LookList.as_view(), name="api-looks"),
    path("looks/matches", PhotoMatches.as_view(), name="api-looks-photos"),
    path("looks/<str:token>/part", LookPart.as_view(), name="api-look-part"),
    path("looks/<str:token>/matches", LookMatches.as_view(), name="api-look-matches"),
    path("looks/<str:token>/matches.csv", LookCsv.as_view(), name="api-look-csv"),
    path("looks/<str:token>/matches.zip", LookZip.as_view(), name="api-look-zip"),
    path("matches.csv", PersonsCsv.as_view(), name="api-csv"),
    path("matches.zip", PersonsZip.as_view(), name="api-zip"),
    path("matches", PersonsMatches.as_view(), name="api-matches"),
    path("groups", PersonsGroups.as_view(), name="api-groups"),
    path("search", Search.as_view(), name="api-search"),
    re_path("", NothingHere.as_view()),
]
