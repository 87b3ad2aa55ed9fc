"""Albums: the same photos, by event."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries.forms import AlbumForm
from galleries.models import Album, AlbumGuess, Analysis, Photo
from galleries.models.gallery import MOST_GUESSES
from galleries.views.lookup import editable_gallery, grid_of, number_of, page_of, visible_gallery

#: Photos that may belong to an album, on its page; all of them have a page of their own.
GUESSES_SHOWN = 6


@require_safe
def albums(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = visible_gallery(request.user, gallery_id)
    rows = Album.objects.filter(gallery=gallery).with_cover().with_guesses()
    context = {"gallery": gallery, "page": page_of(rows, request)}
    return render(request, "galleries/albums.html", context)


@require_safe
def album(request: SignedInRequest, album_id: int) -> HttpResponse:
    shown = get_object_or_404(Album.objects.visible_to(request.user).with_cover(), pk=album_id)
    gallery = visible_gallery(request.user, shown.gallery_id)
    guesses = AlbumGuess.objects.filter(album=shown).standing()
    context = {
        "album": shown,
        "gallery": gallery,
        "grid": grid_of(Photo.objects.filter(albums=shown), number_of(request, "before")),
        "progress": Analysis.objects.progress(gallery),
        "guesses": list(guesses.best_first()[:GUESSES_SHOWN]),
        "guess_count": guesses[:MOST_GUESSES].count(),
    }
    template = "galleries/_tiles.html" if request.htmx else "galleries/album.html"
    return render(request, template, context)


@require_POST
def create_album(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    form = AlbumForm(request.POST, instance=Album(gallery=gallery))
    if form.is_valid():
        return redirect("album", form.save().pk)
    messages.error(request, _problem(form))
    return redirect("gallery", gallery.pk)


@require_POST
def rename_album(request: SignedInRequest, album_id: int) -> HttpResponse:
    changed = get_object_or_404(Album.objects.editable_by(request.user), pk=album_id)
    form = AlbumForm(request.POST, instance=changed)
    if form.is_valid():
        form.save()
        messages.success(request, "Renamed.")
    else:
        messages.error(request, _problem(form))
    return redirect("album", album_id)


@require_POST
def delete_album(request: SignedInRequest, album_id: int) -> HttpResponse:
    """Dissolve an album. Its photos stay in the gallery."""
    dissolved = get_object_or_404(Album.objects.editable_by(request.user), pk=album_id)
    dissolved.delete()
    messages.success(request, f"The album “{dissolved.name}” is gone. Its photos stayed.")
    return redirect("gallery", dissolved.gallery_id)


def _problem(form: AlbumForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)
