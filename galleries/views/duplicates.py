"""Photos that are the same picture, and those that were deleted and can be brought back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from galleries import duplicates
from galleries.duplicates import Choice
from galleries.models import Face, Gallery, Photo
from galleries.views import notices
from galleries.views.lookup import editable_gallery

GROUPS_PER_PAGE = 12


@dataclass(frozen=True, slots=True)
class Copy:
    """A photo of a group, and whom it shows by name."""

    photo: Photo
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that are the same picture, the best first; if it `is_sure`, beyond doubt."""

    copies: Sequence[Copy]
    is_sure: bool

    @property
    def keys(self) -> str:
        """As the form of a whole page names it."""
        return ",".join(str(copy.photo.pk) for copy in self.copies)


@require_safe
def duplicates_page(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = editable_gallery(request.user, gallery_id)
    every = duplicates.groups_of(gallery)
    page = Paginator(every, GROUPS_PER_PAGE).get_page(request.GET.get("page"))
    groups = _groups(gallery, page.object_list)
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
    photos = _photos(gallery, request.POST.getlist("photo"))
    kept = next(iter(_numbers(request.POST.getlist("kept"))), 0)
    if kept not in photos:
        messages.error(request, "Choose the photo that stays.")
        return _back(request, gallery)
    others = [photo for pk, photo in photos.items() if pk != kept]
    return _keep(request, gallery, [Choice(photos[kept], others)])


@require_POST
def keep_best(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Of every sure group of a page: the best stays, the others go."""
    gallery = editable_gallery(request.user, gallery_id)
    groups = [text.split(",") for text in request.POST.getlist("group")[:GROUPS_PER_PAGE]]
    photos = _photos(gallery, [key for keys in groups for key in keys])
    choices = []
    for keys in groups:
        there = [photos[pk] for pk in _numbers(keys) if pk in photos]
        # whoever deleted the best one meanwhile did not mean that another one stays
        if there and keys[0] == str(there[0].pk):
            choices.append(Choice(there[0], there[1:]))
    return _keep(request, gallery, choices)


@require_POST
def keep_all(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Of one group: all stay, and are not shown as duplicates again."""
    gallery = editable_gallery(request.user, gallery_id)
    photos = _photos(gallery, request.POST.getlist("photo"))
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


def _groups(gallery: Gallery, keys: Iterable[Sequence[int]]) -> list[Group]:
    """Without photos that went since they were grouped."""
    asked = [list(group) for group in keys]
    wanted = [pk for group in asked for pk in group]
    photos = Photo.objects.filter(gallery=gallery).in_bulk(wanted)
    names = _names_in(photos)
    groups = [
        Group([Copy(photos[pk], names.get(pk, ())) for pk in group if pk in photos], is_sure)
        for group, is_sure in zip(asked, duplicates.are_surely_same(gallery, asked), strict=True)
    ]
    return [group for group in groups if len(group.copies) > 1]


def _names_in(photos: Mapping[int, Photo]) -> dict[int, list[str]]:
    """The named persons of each photo, by its id."""
    faces = Face.objects.real().filter(photo__in=photos).exclude(person=None)
    named = faces.exclude(person__name="").order_by("left", "pk")
    names: dict[int, list[str]] = defaultdict(list)
    for photo, name in named.values_list("photo", "person__name"):
        names[photo].append(name)
    return names


def _photos(gallery: Gallery, texts: Sequence[str]) -> dict[int, Photo]:
    """Those of the gallery among the ids of a form, in its order."""
    most = GROUPS_PER_PAGE * duplicates.MOST_IN_GROUP
    keys = list(dict.fromkeys(_numbers(texts[:most])))
    there = Photo.objects.filter(gallery=gallery).in_bulk(keys)
    return {pk: there[pk] for pk in keys if pk in there}


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]


def _back(request: SignedInRequest, gallery: Gallery) -> HttpResponse:
    return notices.back(request, reverse("duplicates", args=[gallery.pk]))
