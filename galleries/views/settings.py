"""What holds for a whole gallery: its name, and what a similarity means among its faces."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from faceengine.packs import Strictness
from galleries import calibrating, removal, tasks
from galleries.forms import GallerySettingsForm
from galleries.models import Gallery, GalleryCalibration
from galleries.views.lookup import owned_gallery, visible_gallery


@dataclass(frozen=True, slots=True)
class Level:
    """From which similarity on faces match, here and by the pack alone."""

    title: str
    strangers: int
    here: float
    by_pack: float

    @property
    def is_moved(self) -> bool:
        return round(self.here, 3) != round(self.by_pack, 3)


@dataclass(frozen=True, slots=True)
class Points:
    """Expected calibration errors in percentage points: by the pack's numbers, and refined."""

    before: float
    after: float


@require_safe
def settings(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Every member may look; owners change."""
    gallery = visible_gallery(request.user, gallery_id)
    levels = _levels(gallery) if gallery.model.is_usable else []
    context = {
        "gallery": gallery,
        "measured": gallery.refined_by,
        "points": _points(gallery.refined_by),
        "is_asked": GalleryCalibration.objects.asked().filter(gallery=gallery).exists(),
        "levels": levels,
        "is_moved": any(level.is_moved for level in levels),
        "photo_count": gallery.photos.count(),
    }
    return render(request, "galleries/settings.html", context)


@require_POST
def change(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = owned_gallery(request.user, gallery_id)
    form = GallerySettingsForm(request.POST, instance=gallery)
    if form.is_valid():
        form.save()
        messages.success(request, "Saved.")
    else:
        messages.error(request, "A gallery needs a name of at most 200 letters.")
    return redirect("gallery-settings", gallery.pk)


@require_POST
@transaction.atomic
def calibrate(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    gallery = owned_gallery(request.user, gallery_id)
    calibrating.ask(gallery)
    transaction.on_commit(tasks.ring_for_calibrations)
    messages.info(request, "The faces are being compared. Look here again in a minute.")
    return redirect("gallery-settings", gallery.pk)


@require_POST
@transaction.atomic
def remove(request: SignedInRequest, gallery_id: int) -> HttpResponse:
    """Delete the gallery for good, if its name was typed."""
    gallery = owned_gallery(request.user, gallery_id)
    if request.POST.get("name", "").strip() != gallery.name.strip():
        messages.error(request, "This is not the name of the gallery. Nothing was deleted.")
        return redirect("gallery-settings", gallery.pk)
    removal.ask(gallery, request.user)
    transaction.on_commit(tasks.ring_for_removals)
    messages.success(request, f"The gallery “{gallery}” is deleted.")
    return redirect("galleries")


def _points(measured: GalleryCalibration | None) -> Points | None:
    """None while the pairs are too few to judge by."""
    if measured is None or measured.error_before is None or measured.error_after is None:
        return None
    return Points(before=100 * measured.error_before, after=100 * measured.error_after)


def _levels(gallery: Gallery) -> list[Level]:
    here, by_pack = gallery.calibration, gallery.model.calibration
    return [
        Level(
            title=word.value.capitalize(),
            strangers=round(1 / word.false_match_rate),
            here=here.threshold(word),
            by_pack=by_pack.threshold(word),
        )
        for word in Strictness
    ]
