"""Time the search by looks: `./run bench looks [--photos N] [--images FOLDER]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from faceengine.catalog import get_pack
from faceengine.command_line import print_measures
from faceengine.errors import FaceEngineError
from galleries.bench.database import own_database
from galleries.bench.looks import Pictures, measure_looks
from galleries.models import ModelVersion

PHOTOS, QUICK_PHOTOS = 100_000, 15_000
RUNS, QUICK_RUNS = 50, 20


class Command(BaseCommand):
    help = "Find the photos that look like one, among many made-up ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--photos", type=int, help=f"of all galleries, {PHOTOS:,} by default")
        parser.add_argument(
            "--images",
            type=Path,
            help="make the photos after those of a folder, one folder a class, and not up",
        )
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--quick", action="store_true", help=f"{QUICK_PHOTOS:,} photos")

    def handle(self, *args: Any, **options: Any) -> None:
        quick = options["quick"]
        photos = options["photos"] or (QUICK_PHOTOS if quick else PHOTOS)
        with own_database("looks"):
            ModelVersion.objects.register(get_pack("open")).make_default()
            pictures = _pictures(options["images"])
            measures = list(measure_looks(pictures, photos, QUICK_RUNS if quick else RUNS))
        print_measures(measures, as_json=options["json"])
        if any(line.ok is False for line in measures):
            sys.exit(1)


def _pictures(images: Path | None) -> Pictures:
    if images is None:
        return Pictures.made_up()
    try:
        return Pictures.of_folder(images)
    except FaceEngineError as error:
        raise CommandError(str(error)) from error
