"""Make a migrated database ready to serve: models, indexes, first account, stale leases."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from faceengine.catalog import PACKS, Pack, get_pack
from galleries import analysis
from galleries.engine import is_installed
from galleries.models import ModelVersion

# best first
PREFERRED_PACKS = ("open", "dlib")


class Command(BaseCommand):
    help = "Register the installed model packs, build their indexes, make the first account."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", default="admin", help="name of the first account")
        parser.add_argument(
            "--release-leases",
            action="store_true",
            help="take back the photos of workers that are known to be gone",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._register_models()
        self._choose_default()
        if options["release_leases"] and (released := analysis.release_all_leases()):
            self.stdout.write(f"{released} photos that broke off are queued again.")
        self._create_first_account(options["username"])

    def _register_models(self) -> None:
        for pack in PACKS.values():
            if is_installed(pack):
                ModelVersion.objects.register(pack).create_index()

    def _choose_default(self) -> None:
        """Keep the default that was chosen; without one take the best pack that is installed."""
        wanted = settings.LIKENESS_PACK
        chosen = ModelVersion.objects.filter(is_default=True).first()
        if chosen and (not wanted or chosen.pack == wanted):
            return
        pack = get_pack(wanted) if wanted else self._best_pack()
        version = ModelVersion.objects.filter(key=pack.key).first()
        if version is None:
            raise CommandError(
                f"The model pack {pack.name} is not installed: run ./run models install {pack.name}"
            )
        version.make_default()
        self.stdout.write(f"New galleries use the model pack {version.key}.")

    def _best_pack(self) -> Pack:
        ready = [PACKS[name] for name in PREFERRED_PACKS if is_installed(PACKS[name])]
        if not ready:
            raise CommandError("No model pack is installed: run ./run models install dlib")
        return ready[0]

    def _create_first_account(self, username: str) -> None:
        if User.objects.exists():
            return
        user, password = User.create_first(username)
        self.stdout.write(
            self.style.SUCCESS(f"First account: {user.username}  one-time password: {password}")
        )
