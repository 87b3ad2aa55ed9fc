"""One photo, and those taken near it: looked at, awaited, tried again, deleted."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import analysis, faces, tasks, trash
from galleries.models import Analysis, Photo
from galleries.models.analysis import AnalysisQuerySet
from galleries.models.place import DISTANCES
from galleries.trash import PhotosGoneError
from galleries.views import notices
from galleries.views.lookup import (
    asked_album,
    editable_gallery,
    grid_of,
    number_of,
    visible_gallery,
)

ALBUMS_OF_A_PHOTO = 50
# a page that is left open must not ask for ever
PATIENCE_SECONDS = 300


@require_safe
def photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """A photo with its faces; `?album=` keeps newer and older within that album."""
    photos = Photo.objects.visible_to(request.user).with_analysis().select_related("uploaded_by")
    shown = get_object_or_404(photos, pk=photo_id)
    album = asked_album(request, shown.gallery)
    siblings = Photo.objects.filter(gallery=shown.gallery).showable()
    siblings = siblings.filter(albums=album) if album else siblings
    context = _describe(request, shown, int(time.time()) + PATIENCE_SECONDS) | {
        "album": album,
        "albums": list(shown.albums.all()[:ALBUMS_OF_A_PHOTO]),
        "newer": siblings.newer_than(shown.pk).order_by("pk").first(),
        "older": siblings.older_than(shown.pk).newest_first().first(),
    }
    return render(request, "galleries/photo.html", context)


@require_safe
def near(request: SignedInRequest, photo_id: int, kilometres: int) -> HttpResponse:
    """Photos of the same gallery that were taken near this one; htmx asks for further tiles."""
    centre = get_object_or_404(Photo.objects.visible_to(request.user).placed(), pk=photo_id)
    place = centre.place
    if place is None or kilometres not in DISTANCES:
        raise Http404("There is no such distance.")
    gallery = visible_gallery(request.user, centre.gallery_id)
    around = Photo.objects.filter(gallery=gallery).near(place, kilometres)
    context = {"gallery": gallery, "grid": grid_of(around, number_of(request, "before"))}
    if request.htmx:
        return render(request, "galleries/_tiles.html", context)
    context |= {"photo": centre, "kilometres": kilometres, "distances": DISTANCES}
    return render(request, "galleries/near.html", context)


@require_safe
def state(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """What is new since the page knew `stage`: how far the work is, and in the end the faces.

    204 if nothing is. A page that had no picture to show is loaded anew.
    """
    photos = Photo.objects.visible_to(request.user).with_analysis()
    shown = get_object_or_404(photos, pk=photo_id)
    row, until = shown.analysis, number_of(request, "until") or 0
    if row and row.is_unfinished and row.stage == request.GET.get("stage") and until > time.time():
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if "blank" in request.GET and not (row and row.is_unfinished):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "galleries/_photo_news.html", _describe(request, shown, until))


@require_POST
def delete_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    doomed = get_object_or_404(Photo.objects.editable_by(request.user), pk=photo_id)
    try:
        notices.tell_deletion(request, trash.throw_away([doomed], request.user))
    except PhotosGoneError as error:
        messages.info(request, str(error))
    return _back(request, doomed.gallery_id)


@require_POST
def retry_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    failed = get_object_or_404(Photo.objects.editable_by(request.user), pk=photo_id)
    _try_again(failed.analyses.all())
    messages.success(request, f"“{failed.name}” is tried again.")
    return _back(request, failed.gallery_id)


@require_POST
def retry_all(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    count = _try_again(Analysis.objects.of_gallery(gallery))
    messages.success(request, f"Trying {count:,} photo{'' if count == 1 else 's'} again.")
    return redirect("gallery", gallery.pk)


def _describe(request: SignedInRequest, shown: Photo, until: int) -> dict[str, Any]:
    """What the page says of a photo that may be read meanwhile; it asks again `until` then."""
    row, real = shown.analysis, list(shown.faces.real().select_related("person"))
    return {
        "photo": shown,
        "gallery": visible_gallery(request.user, shown.gallery_id),
        "analysis": row,
        "until": until,
        "is_awaited": row is not None and row.is_unfinished and until > time.time(),
        "faces": real,
        "has_weak_faces": any(face.weakness for face in real),
        "read": faces.read_in(shown),
    }


@transaction.atomic
def _try_again(rows: AnalysisQuerySet) -> int:
    count = analysis.retry(rows)
    tasks.ring_when_committed()
    return count


def _back(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Return to the page that asked, where it names itself; else to the gallery."""
    page = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return redirect(page)
    return redirect("gallery", gallery_id)
