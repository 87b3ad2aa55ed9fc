"""Addresses of the search pages."""

from django.urls import path

from search import views

urlpatterns = [
    path("search", views.search, name="search"),
    path("search/face/<int:face_id>", views.search_face, name="search-face"),
    path("search/<str:token>", views.answer, name="search-answer"),
]
