"""`manage.py read_places`: read where photos were taken that were added before this was kept."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand

from faceengine.pictures import PictureError
from faceengine.places import Place
from galleries.engine import guard
from galleries.models import Photo

# in pixels: only what stands beside the picture is wanted
SMALLEST = 32


class Command(BaseCommand):
    help = (
        "Read from the originals where photos were taken, for those of which it is not known. New "
        "photos need it not. It may be interrupted and started again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        photos = Photo.objects.filter(latitude=None).exclude(width=None)
        found = 0
        for photo in photos.order_by("pk").iterator():
            if place := _read(photo):
                Photo.objects.filter(pk=photo.pk).update(
                    latitude=place.latitude, longitude=place.longitude
                )
                found += 1
        self.stdout.write(f"{found:,} photo{'' if found == 1 else 's'} told where.")


def _read(photo: Photo) -> Place | None:
    """None also where the original is gone or can no longer be read."""
    try:
        with default_storage.open(photo.original_name) as file:
            return guard().decode(file.read(), SMALLEST).place
    except (PictureError, FileNotFoundError):
        return None
