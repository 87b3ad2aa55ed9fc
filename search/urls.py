"""Addresses of the search pages."""

from django.urls import include, path

from search.looks.pictures import looks
from search.views import answers, exports, log, pictures

urlpatterns = [
    path("search", pictures.search, name="search"),
    # before the addresses of tokens
    path("search/looks", looks, name="looks"),
    path("search/looks/", include("search.looks.urls")),
    path("search/face/<int:face_id>", pictures.search_face, name="search-face"),
    path("search/photo/<int:photo_id>", pictures.search_photo, name="search-photo"),
    path("search/people", answers.answer, name="search-people"),
    path("search/people/names", answers.names, name="search-names"),
    path("search/people/photos.csv", exports.answer_csv, name="search-people-csv"),
    path("search/people/photos.zip", exports.answer_zip, name="search-people-zip"),
    path("search/<str:token>", answers.answer, name="search-answer"),
    path("search/<str:token>/photos.csv", exports.answer_csv, name="search-csv"),
    path("search/<str:token>/photos.zip", exports.answer_zip, name="search-zip"),
    path("search/<str:token>/faces", pictures.draw_face, name="search-draw"),
    path("gallery/<int:gallery_id>/searches", log.searches, name="gallery-searches"),
]
