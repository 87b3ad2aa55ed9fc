"""Time identities in a large gallery: `./run bench people [--faces N] [--json] [--quick]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from faceengine.catalog import get_pack
from faceengine.command_line import print_measures
from galleries.bench.database import own_database
from galleries.bench.people import measure_people
from galleries.models import ModelVersion

FACES, QUICK_FACES = 100_000, 35_000
MOVED, QUICK_MOVED = 10_000, 3_000
RUNS, QUICK_RUNS = 200, 40


class Command(BaseCommand):
    help = "Match new faces in a large gallery, and merge, delete, move and undo many at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--faces", type=int, help=f"of the gallery, {FACES:,} by default")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--quick", action="store_true", help=f"{QUICK_FACES:,} faces")

    def handle(self, *args: Any, **options: Any) -> None:
        quick = options["quick"]
        faces = options["faces"] or (QUICK_FACES if quick else FACES)
        moved, runs = (QUICK_MOVED, QUICK_RUNS) if quick else (MOVED, RUNS)
        with own_database("people"):
            ModelVersion.objects.register(get_pack("open")).make_default()
            measures = measure_people(faces, min(moved, faces // 2), runs)
        print_measures(measures, as_json=options["json"])
        if any(line.ok is False for line in measures):
            sys.exit(1)
