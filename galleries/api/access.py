"""Finding what an address names. What one may not see is 404; what one may only see is 403."""

from __future__ import annotations

from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request

from accounts.api import user_of
from galleries.models import Face, Gallery, Photo
from galleries.models.photo import PhotoQuerySet


def find_gallery(request: Request, pk: int) -> Gallery:
    user = user_of(request)
    visible = Gallery.objects.visible_to(user).with_role_of(user).select_related("model")
    gallery: Gallery | None = visible.filter(pk=pk).first()
    if gallery is None:
        raise NotFound("There is no such gallery, or you are not a member of it.")
    return gallery


def find_editable_gallery(request: Request, pk: int) -> Gallery:
    gallery = find_gallery(request, pk)
    if not gallery.may_edit:
        raise PermissionDenied(
            "You may look at this gallery but not change it. Ask its owner to make you an editor."
        )
    return gallery


def find_own_gallery(request: Request, pk: int) -> Gallery:
    gallery = find_gallery(request, pk)
    if not gallery.is_owned:
        raise PermissionDenied("Only an owner of this gallery may do that.")
    return gallery


def find_photo(request: Request, pk: int) -> Photo:
    """With all that describes it, except its faces."""
    return _find_photo(request, pk, Photo.objects.with_details())


def find_photo_with_faces(request: Request, pk: int) -> Photo:
    return _find_photo(request, pk, Photo.objects.with_details().prefetch_related("faces__person"))


def find_editable_photo(request: Request, pk: int) -> Photo:
    photo = find_photo(request, pk)
    find_editable_gallery(request, photo.gallery_id)
    return photo


def find_face(request: Request, pk: int) -> Face:
    visible = Face.objects.visible_to(user_of(request)).select_related("photo")
    face: Face | None = visible.filter(pk=pk).first()
    if face is None:
        raise NotFound("There is no such face, or you are not a member of its gallery.")
    return face


def _find_photo(request: Request, pk: int, photos: PhotoQuerySet) -> Photo:
    photo: Photo | None = photos.visible_to(user_of(request)).filter(pk=pk).first()
    if photo is None:
        raise NotFound("There is no such photo, or you are not a member of its gallery.")
    return photo
