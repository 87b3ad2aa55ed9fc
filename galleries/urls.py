"""Addresses of galleries, albums, photos and their files."""

from django.urls import path

from galleries import media
from galleries.views import albums, members, overview, photos, uploading

urlpatterns = [
    path("", overview.galleries, name="galleries"),
    path("gallery/<int:gallery_id>", overview.gallery, name="gallery"),
    path("gallery/<int:gallery_id>/state", overview.state, name="gallery-state"),
    path("gallery/<int:gallery_id>/name", overview.rename_gallery, name="gallery-rename"),
    path("gallery/<int:gallery_id>/problems", overview.problems, name="problems"),
    path("gallery/<int:gallery_id>/retry", photos.retry_all, name="problems-retry"),
    path("gallery/<int:gallery_id>/upload", uploading.upload, name="upload"),
    path("gallery/<int:gallery_id>/members", members.members, name="members"),
    path("member/<int:membership_id>/role", members.change_role, name="member-role"),
    path("member/<int:membership_id>/remove", members.remove_member, name="member-remove"),
    path("gallery/<int:gallery_id>/albums", albums.albums, name="albums"),
    path("gallery/<int:gallery_id>/albums/new", albums.create_album, name="album-create"),
    path("album/<int:album_id>", albums.album, name="album"),
    path("album/<int:album_id>/name", albums.rename_album, name="album-rename"),
    path("album/<int:album_id>/delete", albums.delete_album, name="album-delete"),
    path("photo/<int:photo_id>", photos.photo, name="photo"),
    path("photo/<int:photo_id>/delete", photos.delete_photo, name="photo-delete"),
    path("photo/<int:photo_id>/retry", photos.retry_photo, name="photo-retry"),
    path("photo/<int:photo_id>/thumbnail", media.thumbnail, name="thumbnail"),
    path("photo/<int:photo_id>/preview", media.preview, name="preview"),
    path("photo/<int:photo_id>/original", media.original, name="original"),
    path("face/<int:face_id>/crop", media.face_crop, name="face-crop"),
]
