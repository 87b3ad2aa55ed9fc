"""Photos that were deleted: brought back, or deleted for good."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import tasks
from galleries import trash as work
from galleries.models import DeletedPhoto, Deletion
from galleries.views import notices
from galleries.views.lookup import editable_gallery, page_of


@require_safe
def trash(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """What was deleted, by whom and when. No pictures: deleted photos are shown nowhere."""
    gallery = editable_gallery(request.user, gallery_id)
    deletions = Deletion.objects.filter(gallery=gallery).newest_first().with_names()
    context = {
        "gallery": gallery,
        "page": page_of(deletions, request),
        "days": settings.LIKENESS_TRASH_DAYS,
    }
    return render(request, "galleries/trash.html", context)


@require_safe
def deletion(request: SignedInRequest, deletion_id: int) -> HttpResponse:
    """The photos of one deletion by name, each to be brought back or deleted for good."""
    deletions = Deletion.objects.editable_by(request.user).select_related("user")
    found = get_object_or_404(deletions, pk=deletion_id)
    context = {
        "gallery": editable_gallery(request.user, found.gallery_id),
        "deletion": found,
        "page": page_of(found.photos.named().order_by("name", "pk"), request),
    }
    return render(request, "galleries/deletion.html", context)


@require_POST
@transaction.atomic
def bring_back_one(request: SignedInRequest, photo_id: int) -> HttpResponse:
    photo = get_object_or_404(DeletedPhoto.objects.editable_by(request.user).named(), pk=photo_id)
    count = work.bring_back_one(photo)
    tasks.ring_when_committed()
    messages.success(request, f"{notices.photos(count)} brought back.")
    return _to_deletion(photo)


@require_POST
def forget_one(request: SignedInRequest, photo_id: int) -> HttpResponse:
    """For owners, as `forget`."""
    photo = get_object_or_404(DeletedPhoto.objects.owned_by(request.user).named(), pk=photo_id)
    work.forget_one(photo)
    messages.success(request, f"“{photo.name}” is deleted for good.")
    return _to_deletion(photo)


@require_POST
@transaction.atomic
def bring_back(request: SignedInRequest, deletion_id: int) -> HttpResponse:
    deletion = get_object_or_404(Deletion.objects.editable_by(request.user), pk=deletion_id)
    count = work.bring_back(deletion)
    tasks.ring_when_committed()
    messages.success(request, f"{notices.photos(count)} brought back.")
    return notices.back(request, reverse("gallery", args=[deletion.gallery_id]))


@require_POST
def forget(request: SignedInRequest, deletion_id: int) -> HttpResponse:
    """Delete for good, files included, without waiting for the days to pass: for owners."""
    deletions = Deletion.objects.owned_by(request.user)
    deletion = get_object_or_404(deletions, pk=deletion_id)
    count = work.forget(deletions.filter(pk=deletion.pk))
    messages.success(request, f"{notices.photos(count)} deleted for good.")
    return notices.back(request, reverse("trash", args=[deletion.gallery_id]))


def _to_deletion(photo: DeletedPhoto) -> HttpResponse:
    """Back to the list that it was in, as long as something is left in it."""
    if Deletion.objects.filter(pk=photo.deletion_id).exists():
        return redirect("deletion", photo.deletion_id)
    return redirect("trash", photo.gallery_id)
