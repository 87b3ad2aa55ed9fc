"""Who searched in a gallery: for its owners."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from galleries.views.lookup import owned_gallery, page_of
from search.models import SearchRecord


@require_safe
def searches(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Newest first."""
    gallery = owned_gallery(request.user, gallery_id)
    rows = SearchRecord.objects.filter(gallery=gallery).select_related("user").newest_first()
    context = {
        "gallery": gallery,
        "page": page_of(rows, request),
        "days": settings.LIKENESS_SEARCH_LOG_DAYS,
    }
    return render(request, "search/searches.html", context)
