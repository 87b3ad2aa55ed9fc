"""Photos that may belong to an album, as the classifier in use has it: looked at and answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import albums
from galleries.models import Album, AlbumAnswer, AlbumGuess, Photo
from galleries.views import notices
from galleries.views.lookup import visible_gallery

GUESSES_PER_PAGE = 48


@require_safe
def guesses(request: SignedInRequest, album_id: int) -> HttpResponse:
    album = get_object_or_404(Album.objects.visible_to(request.user), pk=album_id)
    rows = AlbumGuess.objects.filter(album=album).standing().best_first()
    context = {
        "album": album,
        "gallery": visible_gallery(request.user, album.gallery_id),
        "page": Paginator(rows, GUESSES_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "galleries/album_guesses.html", context)


@require_POST
def answer(request: SignedInRequest, album_id: int) -> HttpResponse:
    """Add all photos of the page, add the chosen ones, or remember that those are not of it."""
    album = get_object_or_404(Album.objects.editable_by(request.user), pk=album_id)
    match request.POST.get("do"):
        case "all":
            _carry_out(request, album, "shown", albums.accept)
        case "add":
            _carry_out(request, album, "photo", albums.accept)
        case "refuse":
            _carry_out(request, album, "photo", albums.refuse)
        case _:
            raise Http404
    return redirect("album-guesses", album.pk)


@require_POST
def take_back(request: SignedInRequest, round_id: UUID) -> HttpResponse:
    answers = list(AlbumAnswer.objects.editable_by(request.user).filter(round=round_id))
    if not answers:
        raise Http404
    albums.take_back(answers)
    messages.success(request, f"Undone for {notices.photos(len(answers))}.")
    return notices.back(request, reverse("album-guesses", args=[answers[0].album_id]))


def _carry_out(
    request: SignedInRequest,
    album: Album,
    field: str,
    act: Callable[..., Sequence[AlbumAnswer]],
) -> None:
    """Act on the photos that a field of the form names, and say so with an undo."""
    texts = request.POST.getlist(field)[:GUESSES_PER_PAGE]
    keys = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]
    if not keys:
        messages.error(request, "Choose the photos first that this is about.")
        return
    photos = Photo.objects.filter(gallery=album.gallery_id, pk__in=keys)
    notices.tell_answers(request, album, act(album, photos, request.user))
