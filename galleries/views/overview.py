"""All galleries of a user, and one of them: its photos, albums and the state of the work."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from galleries.forms import GalleryForm
from galleries.models import Album, Analysis, Gallery, Photo
from galleries.views.lookup import (
    asked_album,
    grid_of,
    number_of,
    page_of,
    visible_gallery,
)

ALBUMS_IN_STRIP = 12
# tiles that one look at the state may refresh; the next look, two seconds later, takes more
TILES_PER_LOOK = 60


@require_http_methods(["GET", "HEAD", "POST"])
def galleries(request: SignedInRequest) -> HttpResponse:
    form = GalleryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        created = Gallery.create_owned_by(request.user, form.cleaned_data["name"])
        messages.success(request, f"“{created.name}” is ready. Add the first photos.")
        return redirect("gallery", created.pk)
    cards = Gallery.objects.visible_to(request.user).with_role_of(request.user).with_cover()
    context = {"page": page_of(cards, request), "form": form}
    return render(request, "galleries/galleries.html", context)


@require_safe
def gallery(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """The photos, newest first; htmx asks for further tiles only."""
    shown = visible_gallery(request.user, gallery_id)
    grid = grid_of(Photo.objects.filter(gallery=shown), number_of(request, "before"))
    if request.htmx:
        return render(request, "galleries/_tiles.html", {"gallery": shown, "grid": grid})
    cards = Album.objects.filter(gallery=shown).with_cover().with_guesses()
    albums = list(cards[: ALBUMS_IN_STRIP + 1])
    context = {
        "gallery": shown,
        "grid": grid,
        "albums": albums[:ALBUMS_IN_STRIP],
        "has_more_albums": len(albums) > ALBUMS_IN_STRIP,
        "progress": Analysis.objects.progress(shown),
    }
    return render(request, "galleries/gallery.html", context)


@require_safe
def state(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """How far the work is, and the tiles among `waiting` that can be shown by now."""
    shown = visible_gallery(request.user, gallery_id)
    waiting = [int(pk) for pk in request.GET.getlist("waiting") if pk.isascii() and pk.isdigit()]
    ready = Photo.objects.filter(gallery=shown, pk__in=waiting[:TILES_PER_LOOK]).settled()
    context = {
        "gallery": shown,
        "album": asked_album(request, shown),
        "progress": Analysis.objects.progress(shown),
        "ready": list(ready) if waiting else [],
    }
    return render(request, "galleries/_state.html", context)


@require_safe
def problems(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Photos that could not be read, each with the reason and what to do."""
    shown = visible_gallery(request.user, gallery_id)
    failed = Analysis.objects.of_gallery(shown).quarantined().newest_first()
    context = {"gallery": shown, "page": page_of(failed, request)}
    return render(request, "galleries/problems.html", context)
