"""Make a database ready to serve: tables, model packs, indexes, first account, stale leases."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from faceengine.catalog import PACKS, Pack, WeightFile, get_pack
from faceengine.download import DownloadError
from galleries import analysis
from galleries.engine import engine_for, is_installed, weights
from galleries.models import ModelVersion

# best first
PREFERRED_PACKS = ("open", "dlib")
RECOMMENDED = PREFERRED_PACKS[0]


class Command(BaseCommand):
    help = "Install and register model packs, build their indexes, make the first account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin", help="name of the first account")
        parser.add_argument(
            "--migrate",
            action="store_true",
            help="bring the tables up to date first; as one process, which starts sooner than two",
        )
        parser.add_argument(
            "--download",
            action="store_true",
            help=f"try to fetch the model pack {RECOMMENDED}, once per installation",
        )
        parser.add_argument(
            "--release-leases",
            action="store_true",
            help="take back the photos of workers that are known to be gone",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        if options["download"]:
            self._download_once(PACKS[RECOMMENDED])
        self._register_models()
        if options["release_leases"] and (released := analysis.release_all_leases()):
            self.stdout.write(f"{released} photos that broke off are queued again.")
        self._create_first_account(options["username"])

    def _download_once(self, pack: Pack) -> None:
        tried = weights().cache / f".{pack.key}.tried"
        if is_installed(pack) or tried.exists():
            return
        self.stdout.write(f"Fetching the recommended model pack {pack.name} ...")
        try:
            weights().install(pack, self._show_progress)
        except DownloadError:
            self.stdout.write(
                f"The model pack {pack.name} cannot be fetched from here, so faces are compared by "
                "dlib, which at the same rate of mistakes misses about one pair of faces in five "
                f"where {pack.name} misses one in forty; run ./run models install {pack.name} once "
                "there is a connection, start again, and new galleries use it."
            )
        tried.parent.mkdir(parents=True, exist_ok=True)
        tried.touch()

    def _show_progress(self, file: WeightFile, done: int, total: int) -> None:
        if done == total:
            self.stdout.write(f"  {file.name}: {total:,} bytes, checked")

    def _register_models(self) -> None:
        """Register what is installed; a better pack than any before becomes the default.

        A default that an administrator chose stays until then: it is no worse than what was known.
        """
        known = set(ModelVersion.objects.values_list("key", flat=True))
        installed = [pack for pack in PACKS.values() if is_installed(pack)]
        for pack in installed:
            if pack.key not in known:
                self.stdout.write(f"Preparing the model pack {pack.name} ...")
                engine_for(pack.name)  # converts what has to be converted
            # known ones, too: an earlier start may have been stopped before its index was built
            ModelVersion.objects.register(pack).create_index()
        usable = {pack.key for pack in installed}
        default = ModelVersion.objects.filter(is_default=True).first()
        if settings.LIKENESS_PACK:
            self._make_default(get_pack(settings.LIKENESS_PACK))
        elif default is None or default.key not in usable or usable - known:
            self._make_default(_best_of(installed))
        self._warn_of_missing(usable)

    def _warn_of_missing(self, usable: set[str]) -> None:
        """Weights that galleries rely on may have gone since the last start."""
        used = ModelVersion.objects.filter(gallery__isnull=False).distinct()
        for version in used.exclude(key__in=usable):
            self.stdout.write(
                f"Galleries that use the model pack {version.pack} can be looked at, but neither "
                f"analysed nor searched, until you run ./run models install {version.pack}"
            )

    def _make_default(self, pack: Pack) -> None:
        version = ModelVersion.objects.filter(key=pack.key).first()
        if version is None:
            raise CommandError(
                f"The model pack {pack.name} is not installed: run ./run models install {pack.name}"
            )
        if not version.is_default:
            version.make_default()
            self.stdout.write(f"New galleries use the model pack {pack.name}.")

    def _create_first_account(self, username: str) -> None:
        if User.objects.exists():
            return
        user, password = User.create_first(username)
        self.stdout.write(
            self.style.SUCCESS(f"First account: {user.username}  one-time password: {password}")
        )


def _best_of(installed: list[Pack]) -> Pack:
    names = {pack.name for pack in installed}
    for name in PREFERRED_PACKS:
        if name in names:
            return PACKS[name]
    raise CommandError("No model pack is installed: run ./run models install dlib")
