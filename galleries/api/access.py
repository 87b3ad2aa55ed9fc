"""Finding what an address names. What one may not see is 404; what one may only see is 403."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Prefetch
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request

from accounts.api import user_of
from galleries.models import (
    Batch,
    Classifier,
    DeletedPhoto,
    Deletion,
    Face,
    Gallery,
    Person,
    Photo,
)
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
    """Without what somebody said is no face."""
    faces = Prefetch("faces", Face.objects.real().select_related("person"))
    return _find_photo(request, pk, Photo.objects.with_details().prefetch_related(faces))


def find_editable_photo(request: Request, pk: int) -> Photo:
    photo = find_photo(request, pk)
    find_editable_gallery(request, photo.gallery_id)
    return photo


def find_face(request: Request, pk: int) -> Face:
    visible = Face.objects.visible_to(user_of(request)).real().select_related("photo")
    face: Face | None = visible.filter(pk=pk).first()
    if face is None:
        raise NotFound("There is no such face, or you are not a member of its gallery.")
    return face


def find_faces(request: Request, keys: Collection[int]) -> list[Face]:
    """Faces of one gallery that the user may change, all that are named."""
    visible = Face.objects.visible_to(user_of(request)).select_related("gallery__model")
    faces = list(visible.filter(pk__in=keys))
    if len(faces) < len({*keys}):
        raise NotFound("One of these faces does not exist, or you are not a member of its gallery.")
    if len({face.gallery_id for face in faces}) > 1:
        raise ValidationError("Send faces of one gallery at a time.")
    find_editable_gallery(request, faces[0].gallery_id)
    return faces


def faces_in(gallery: Gallery, keys: Collection[int]) -> list[Face]:
    """Raises: ValidationError when one that is named is not in the gallery."""
    faces = list(Face.objects.filter(gallery=gallery, pk__in=keys))
    if missing := {*keys} - {face.pk for face in faces}:
        raise ValidationError({"faces": [f"This gallery has no such face: {min(missing)}."]})
    return faces


def find_person(request: Request, pk: int) -> Person:
    visible = Person.objects.visible_to(user_of(request)).select_related("gallery__model")
    person: Person | None = visible.filter(pk=pk).first()
    if person is None:
        raise NotFound("There is no such person, or you are not a member of its gallery.")
    return person


def find_editable_person(request: Request, pk: int) -> Person:
    person = find_person(request, pk)
    find_editable_gallery(request, person.gallery_id)
    return person


def persons_in(gallery: Gallery, keys: Collection[int], field: str) -> list[Person]:
    """Raises: ValidationError when one that is named is not in the gallery."""
    persons = list(Person.objects.present().filter(gallery=gallery, pk__in=keys))
    if missing := {*keys} - {person.pk for person in persons}:
        raise ValidationError({field: [f"This gallery has no such person: {min(missing)}."]})
    return persons


def find_editable_batch(request: Request, pk: int) -> Batch:
    visible = Batch.objects.visible_to(user_of(request)).with_details()
    batch: Batch | None = visible.filter(pk=pk).first()
    if batch is None:
        raise NotFound("There is no such decision, or you are not a member of its gallery.")
    find_editable_gallery(request, batch.gallery_id)
    return batch


def find_deletion(request: Request, pk: int) -> Deletion:
    """For editors: to others it does not exist, as to them its photos do not."""
    rows = Deletion.objects.editable_by(user_of(request)).select_related("user").with_names()
    deletion: Deletion | None = rows.filter(pk=pk).first()
    if deletion is None:
        raise NotFound(
            "There is no such deletion, or you may not change its gallery. It may have been "
            "brought back or deleted for good."
        )
    return deletion


def find_deleted_photo(request: Request, pk: int) -> DeletedPhoto:
    rows = DeletedPhoto.objects.editable_by(user_of(request)).named()
    photo: DeletedPhoto | None = rows.filter(pk=pk).first()
    if photo is None:
        raise NotFound("There is no such deleted photo, or you may not change its gallery.")
    return photo


def find_classifier(request: Request, pk: int) -> Classifier:
    """For editors: to others it does not exist, as on the pages."""
    rows = Classifier.objects.editable_by(user_of(request)).select_related("asked_by")
    classifier: Classifier | None = rows.filter(pk=pk).first()
    if classifier is None:
        raise NotFound("There is no such classifier, or you may not change its gallery.")
    return classifier


def _find_photo(request: Request, pk: int, photos: PhotoQuerySet) -> Photo:
    photo: Photo | None = photos.visible_to(user_of(request)).filter(pk=pk).first()
    if photo is None:
        raise NotFound("There is no such photo, or you are not a member of its gallery.")
    return photo
