"""Photos that are the same picture, and those that were deleted and can be brought back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import duplicates
from galleries.duplicates import MOST_GROUPS, Choice, NotCopiesError
from galleries.models import Gallery
from galleries.views import notices
from galleries.views.lookup import editable_gallery


@require_safe
def duplicates_page(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    every = duplicates.groups_of(gallery)
    page = Paginator(every, MOST_GROUPS).get_page(request.GET.get("page"))
    groups = duplicates.find_groups(gallery.photos.all(), page.object_list)
    sure = [group for group in groups if group.is_sure]
    context = {
        "gallery": gallery,
        "page": page,
        "groups": groups,
        "spare_count": sum(len(group) - 1 for group in every),
        "sure": sure,
        "sure_spare": sum(len(group.copies) - 1 for group in sure),
        "most": duplicates.MOST_COMPARED,
        "is_cut": gallery.photos.count() > duplicates.MOST_COMPARED,
    }
    return render(request, "galleries/duplicates.html", context)


@require_POST
def keep_one(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Of one group: the chosen photo stays, the others go."""
    gallery = editable_gallery(request.user, gallery_id)
    kept = next(iter(_numbers(request.POST.getlist("kept"))), 0)
    try:
        photos = duplicates.find_copies(gallery, _numbers(request.POST.getlist("photo")))
    except NotCopiesError as error:
        messages.error(request, str(error))
        return _back(request, gallery)
    if kept not in photos:
        messages.error(request, "Choose the photo that stays.")
        return _back(request, gallery)
    others = [photo for pk, photo in photos.items() if pk != kept]
    return _keep(request, gallery, [Choice(photos[kept], others)])


@require_POST
def keep_best(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Of every sure group of a page: the best stays, the others go."""
    gallery = editable_gallery(request.user, gallery_id)
    groups = [_numbers(text.split(",")) for text in request.POST.getlist("group")]
    return _keep(request, gallery, duplicates.sure_choices(gallery, groups))


@require_POST
def keep_all(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Of one group: all stay, and are not shown as duplicates again."""
    gallery = editable_gallery(request.user, gallery_id)
    try:
        photos = duplicates.find_copies(gallery, _numbers(request.POST.getlist("photo")))
    except NotCopiesError as error:
        messages.error(request, str(error))
    else:
        duplicates.keep_all(gallery, list(photos.values()))
        messages.success(request, f"All {len(photos)} stay, and are not asked about again.")
    return _back(request, gallery)


def _keep(request: SignedInRequest, gallery: Gallery, choices: Sequence[Choice]) -> HttpResponse:
    deletion = duplicates.keep_best(gallery, choices, request.user)
    if deletion is None:
        messages.info(request, "There was nothing to delete: nothing has changed.")
    else:
        notices.tell_deletion(request, deletion)
    return _back(request, gallery)


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]


def _back(request: SignedInRequest, gallery: Gallery) -> HttpResponse:
    return notices.back(request, reverse("duplicates", args=[gallery.pk]))
