"""How right searches are: `./run bench answers [--images FOLDER] [--pack NAME] [--json]`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from faceengine.catalog import get_pack
from faceengine.command_line import print_measures
from faceengine.errors import FaceEngineError
from galleries.bench.database import own_database
from galleries.bench.labelled import describe_people
from galleries.management.commands.bench_review import DEFAULT_FOLDER
from galleries.models import ModelVersion
from search.bench.answers import fill, measure


class Command(BaseCommand):
    help = "Precision and recall of searches in a labelled folder, at each strictness."

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
        with own_database("answers"):
            ModelVersion.objects.register(pack).make_default()
            measures = list(measure(fill(labelled)))
        print_measures(measures, as_json=options["json"])
