"""Finding what an address names, among what the user may see or change: else 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from galleries.models import Album, Gallery, Photo
from galleries.models.gallery import GalleryQuerySet
from galleries.models.photo import PhotoQuerySet

PAGE_SIZE = 60
ROWS_PER_PAGE = 30
RowT = TypeVar("RowT", bound=Model)


@dataclass(frozen=True, slots=True)
class Grid:
    """Some photos, newest first; `older` is the id to go on before, None at the end."""

    photos: tuple[Photo, ...]
    older: int | None


def visible_gallery(user: User, gallery_id: int) -> Gallery:
    """A gallery with the user's role in it."""
    return _one(Gallery.objects.visible_to(user), user, gallery_id)


def editable_gallery(user: User, gallery_id: int) -> Gallery:
    return _one(Gallery.objects.editable_by(user), user, gallery_id)


def owned_gallery(user: User, gallery_id: int) -> Gallery:
    return _one(Gallery.objects.owned_by(user), user, gallery_id)


def grid_of(photos: PhotoQuerySet, before: int | None) -> Grid:
    rows = list(photos.showable().newest_first().older_than(before)[: PAGE_SIZE + 1])
    page = tuple(rows[:PAGE_SIZE])
    return Grid(page, page[-1].pk if len(rows) > PAGE_SIZE else None)


def page_of(rows: QuerySet[RowT], request: HttpRequest) -> Page[RowT]:
    """The page of a list that `?page=` names; the nearest there is."""
    return Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))


def asked_album(request: HttpRequest, gallery: Gallery) -> Album | None:
    """The album of this gallery that `?album=` names, if any."""
    number = number_of(request, "album")
    return None if number is None else Album.objects.filter(gallery=gallery, pk=number).first()


def number_of(request: HttpRequest, name: str) -> int | None:
    """An optional number of the address's query; what is none counts as absent."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _one(galleries: GalleryQuerySet, user: User, gallery_id: int) -> Gallery:
    chosen: Gallery = get_object_or_404(
        galleries.with_role_of(user).select_related("model"), pk=gallery_id
    )
    return chosen
