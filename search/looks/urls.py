"""Addresses of the search by looks, below /search/looks/."""

from django.urls import path

from search.looks import exports, pictures, views
from search.views.pictures import search_look

urlpatterns = [
    path("photos", views.answer, name="looks-photos"),
    path("photos.csv", exports.answer_csv, name="looks-photos-csv"),
    path("photos.zip", exports.answer_zip, name="looks-photos-zip"),
    path("photo/<int:photo_id>", pictures.looks_photo, name="looks-photo"),
    path("of/<str:token>", pictures.looks_of_faces, name="looks-of-faces"),
    path("<str:token>", views.answer, name="looks-answer"),
    path("<str:token>/photos.csv", exports.answer_csv, name="looks-csv"),
    path("<str:token>/photos.zip", exports.answer_zip, name="looks-zip"),
    path("<str:token>/part", pictures.part, name="looks-part"),
    path("<str:token>/faces", search_look, name="looks-faces"),
]
