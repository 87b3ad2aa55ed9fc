"""Count the answers that a review takes: `./run bench review [--images DIR] [--json] [--quick]`."""

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
from galleries.bench.labelled import describe_people
from galleries.bench.review import measure_review, measure_waiting
from galleries.models import ModelVersion

# beside the checkout, where the tests find them too
DEFAULT_FOLDER = Path(__file__).resolve().parents[4] / "shared/assets/faces/lfw_dev"
# faces of the made-up gallery in which answers are timed
CROWD, QUICK_CROWD = 10_000, 2_000


class Command(BaseCommand):
    help = "Answer the review queue for a labelled folder, and count until 95 % of faces are right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--images", type=Path, default=DEFAULT_FOLDER, help="a folder of photos a person"
        )
        parser.add_argument("--pack", default="open")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--quick", action="store_true", help="the first 600 photos only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            pack = get_pack(options["pack"])
            labelled = describe_people(options["images"], pack.name, is_quick=options["quick"])
        except FaceEngineError as error:
            raise CommandError(str(error)) from error
        with own_database("review"):
            ModelVersion.objects.register(pack).make_default()
            measures = measure_review(labelled)
            measures += measure_waiting(QUICK_CROWD if options["quick"] else CROWD)
        print_measures(measures, as_json=options["json"])
        if any(line.ok is False for line in measures):
            sys.exit(1)
