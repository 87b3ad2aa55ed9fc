"""One photo: looked at, tried again, deleted."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import analysis, faces, tasks, uploads
from galleries.models import Analysis, Photo
from galleries.models.analysis import AnalysisQuerySet
from galleries.views.lookup import asked_album, editable_gallery, visible_gallery

ALBUMS_OF_A_PHOTO = 50


@require_safe
def photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """A photo with its faces; `?album=` keeps newer and older within that album."""
    photos = Photo.objects.visible_to(request.user).with_analysis().select_related("uploaded_by")
    shown = get_object_or_404(photos, pk=photo_id)
    album = asked_album(request, shown.gallery)
    siblings = Photo.objects.filter(gallery=shown.gallery).showable()
    siblings = siblings.filter(albums=album) if album else siblings
    context = {
        "photo": shown,
        "gallery": visible_gallery(request.user, shown.gallery_id),
        "analysis": shown.analysis,
        "album": album,
        "albums": list(shown.albums.all()[:ALBUMS_OF_A_PHOTO]),
        "faces": list(shown.faces.real().select_related("person")),
        "read": faces.read_in(shown),
        "newer": siblings.newer_than(shown.pk).order_by("pk").first(),
        "older": siblings.older_than(shown.pk).newest_first().first(),
    }
    return render(request, "galleries/photo.html", context)


@require_POST
def delete_photo(request: SignedInRequest, photo_id: int) -> HttpResponse:
    doomed = get_object_or_404(Photo.objects.editable_by(request.user), pk=photo_id)
    uploads.remove_photos([doomed])
    messages.success(request, f"“{doomed.name}” is deleted.")
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
    messages.success(request, f"Trying {count} photo{'' if count == 1 else 's'} again.")
    return redirect("gallery", gallery.pk)


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
