"""The addresses of the REST API, below /api/v1/."""

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.api import CurrentToken, TokenDetail, TokenList
from config.api_errors import NothingHere
from galleries.api.galleries import AlbumList, GalleryAnalysis, GalleryDetail, GalleryList
from galleries.api.media import FaceCrop, PhotoOriginal, PhotoPreview, PhotoThumbnail
from galleries.api.photos import PhotoCheck, PhotoDetail, PhotoList, PhotoRetry
from search.api import ProbeDetail, ProbeList, ProbeMatches, Search

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
    path("photos/<int:pk>", PhotoDetail.as_view(), name="api-photo"),
    path("photos/<int:pk>/retry", PhotoRetry.as_view(), name="api-photo-retry"),
    path("photos/<int:pk>/thumbnail", PhotoThumbnail.as_view(), name="api-photo-thumbnail"),
    path("photos/<int:pk>/preview", PhotoPreview.as_view(), name="api-photo-preview"),
    path("photos/<int:pk>/original", PhotoOriginal.as_view(), name="api-photo-original"),
    path("faces/<int:pk>/crop", FaceCrop.as_view(), name="api-face-crop"),
    path("probes", ProbeList.as_view(), name="api-probes"),
    path("probes/<str:token>", ProbeDetail.as_view(), name="api-probe"),
    path("probes/<str:token>/matches", ProbeMatches.as_view(), name="api-probe-matches"),
    path("search", Search.as_view(), name="api-search"),
    re_path("", NothingHere.as_view()),
]
