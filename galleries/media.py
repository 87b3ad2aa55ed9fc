"""Files of photos, for those who may see them. Pages and API answer with the same functions."""

from __future__ import annotations

from pathlib import PurePath
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from galleries import derivatives
from galleries.models import Face, Photo

WEBP = "image/webp"
# seven days; after that the browser asks whether the file is still the same
DERIVATIVE_CACHE = "private, max-age=604800"
ORIGINAL_CACHE = "private, no-cache"
ACCEL_PREFIX = "/protected-media/"


@require_safe
def thumbnail(request: SignedInRequest, photo_id: int) -> HttpResponseBase:
    return thumbnail_of(request, _visible_photo(request, photo_id))


@require_safe
def preview(request: SignedInRequest, photo_id: int) -> HttpResponseBase:
    return preview_of(request, _visible_photo(request, photo_id))


@require_safe
def original(request: SignedInRequest, photo_id: int) -> HttpResponseBase:
    return original_of(request, _visible_photo(request, photo_id))


@require_safe
def face_crop(request: SignedInRequest, face_id: int) -> HttpResponseBase:
    faces = Face.objects.shown_to(request.user).select_related("photo")
    return crop_of(request, get_object_or_404(faces, pk=face_id))


def thumbnail_of(request: HttpRequest, photo: Photo) -> HttpResponseBase:
    return _derivative(request, derivatives.thumbnail_name(photo))


def preview_of(request: HttpRequest, photo: Photo) -> HttpResponseBase:
    return _derivative(request, derivatives.preview_name(photo))


def crop_of(request: HttpRequest, face: Face) -> HttpResponseBase:
    return _derivative(request, derivatives.crop_name(face.photo, face.box))


def original_of(request: HttpRequest, photo: Photo) -> HttpResponseBase:
    """The file as it was uploaded, to be saved; the browser never shows it, whatever it holds."""
    response = _file(request, photo.original_name, "application/octet-stream")
    response.headers["Cache-Control"] = ORIGINAL_CACHE
    response.headers["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=_safe_name(photo)
    )
    return response


def _visible_photo(request: SignedInRequest, photo_id: int) -> Photo:
    photo: Photo = get_object_or_404(Photo.objects.visible_to(request.user), pk=photo_id)
    return photo


def _derivative(request: HttpRequest, name: str) -> HttpResponseBase:
    response = _file(request, name, WEBP)
    response.headers["Cache-Control"] = DERIVATIVE_CACHE
    return response


def _file(request: HttpRequest, name: str, content_type: str) -> HttpResponseBase:
    """A stored file, or 304 where the browser has it. Raises: Http404 while it is not made yet.

    Its name is derived from the content's hash, so the name and the time of writing identify it.
    """
    try:
        written = default_storage.get_modified_time(name)
        etag = quote_etag(f"{PurePath(name).parent.name[:20]}-{written.timestamp():.6f}")
        response = get_conditional_response(request, etag=etag) or _body(name, content_type)
    except FileNotFoundError:
        raise Http404("This file does not exist (yet).") from None
    response.headers["ETag"] = etag
    response.headers["X-Content-Type-Options"] = "nosniff"
    # two people may use one browser: what it keeps for one must not be shown to the other
    patch_vary_headers(response, ["Cookie"])
    return response


def _body(name: str, content_type: str) -> HttpResponseBase:
    if not settings.LIKENESS_ACCEL:
        return FileResponse(default_storage.open(name), content_type=content_type)
    response = HttpResponse(content_type=content_type)
    response.headers["X-Accel-Redirect"] = ACCEL_PREFIX + quote(name)
    return response


def _safe_name(photo: Photo) -> str:
    """The uploaded name without folders and control characters, never empty."""
    name = "".join(sign for sign in PurePath(photo.name).name if sign.isprintable())
    return name.strip(" .") or f"photo-{photo.pk}"
