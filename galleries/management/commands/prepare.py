"""Make a database ready to serve: tables, model packs, indexes, first account, stale leases."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from accounts.models import User
from faceengine.calibrations import CalibrationError
from faceengine.catalog import UnknownPackError, get_pack
from faceengine.download import DownloadError
from faceengine.errors import FaceEngineError
from faceengine.packs import Pack, WeightFile
from galleries import analysis, scenes, upgrades
from galleries.engine import calibration_for, engine_for, is_installed, weights
from galleries.models import ModelVersion
from galleries.models.model_version import how_to_calibrate

# free for any use, best first
PREFERRED_PACKS = ("open", "dlib")
RECOMMENDED = PREFERRED_PACKS[0]
# of PostgreSQL's advisory locks
LOCK = 7222


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
        with _one_at_a_time():
            self._prepare(options)

    def _prepare(self, options: dict[str, Any]) -> None:
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        if options["download"]:
            self._download_once(get_pack(RECOMMENDED))
        self._register_models()
        self._move_galleries_on()
        self._prepare_scenes()
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
        """Register what is good for new galleries, and make one of it the default.

        What is not free for any use is registered only when LIKENESS_PACK names it.
        """
        known = set(ModelVersion.objects.values_list("key", flat=True))
        usable = [pack for pack in map(get_pack, PREFERRED_PACKS) if _is_usable(pack)]
        default = _chosen_pack() or _kept_or_best(usable)
        for pack in dict.fromkeys([*usable, default]):
            self._register(pack, is_new=pack.key not in known)
        self._make_default(default)

    def _register(self, pack: Pack, *, is_new: bool) -> None:
        if is_new:
            self.stdout.write(f"Preparing the model pack {pack.name} ...")
            if not pack.is_free:
                self.stdout.write(f"Mind its licence: {pack.licence}.")
            _load(pack)
        # known ones, too: an earlier start may have been stopped before its index was built
        ModelVersion.objects.register(pack).create_index()

    def _move_galleries_on(self) -> None:
        for old in upgrades.outdated():
            present = upgrades.move_on(old)
            present.create_index()
            self.stdout.write(f"Galleries that used {old} now use {present}.")
        if queued := upgrades.queue_unseen():
            self.stdout.write(
                f"{queued} photos will be looked at again in the background; "
                "until then searches miss them."
            )
        self._warn_of_unusable()

    def _warn_of_unusable(self) -> None:
        """Weights that galleries rely on may have gone since the last start."""
        used = ModelVersion.objects.filter(gallery__isnull=False).distinct()
        for version in used:
            if not version.is_usable:
                self.stdout.write(
                    f"Galleries that use the model pack {version.pack} can be looked at, but "
                    f"neither analysed nor searched. {version.remedy}"
                )

    def _prepare_scenes(self) -> None:
        """A missing backbone stops nothing: photos are then compared by their colours."""
        scenes.prepare()
        if sentence := scenes.problem():
            self.stdout.write(sentence)

    def _make_default(self, pack: Pack) -> None:
        version = ModelVersion.objects.get(key=pack.key)
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


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Wait for other starts on the same database.

    Asking again and again, as a statement that waits would hold up their CREATE INDEX CONCURRENTLY.
    """
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if cursor.fetchone() == (True,):
                break
            time.sleep(0.2)
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _chosen_pack() -> Pack | None:
    """The pack that LIKENESS_PACK names, which has to be here and measured."""
    if not settings.LIKENESS_PACK:
        return None
    try:
        pack = get_pack(settings.LIKENESS_PACK)
        is_measured = calibration_for(pack.name) is not None
    except (UnknownPackError, CalibrationError) as error:
        raise CommandError(f"LIKENESS_PACK: {error}") from error
    if not is_installed(pack):
        raise CommandError(
            f"The model pack {pack.name} is not installed: run ./run models install {pack.name}"
        )
    if not is_measured:
        raise CommandError(how_to_calibrate(pack.name))
    return pack


def _load(pack: Pack) -> None:
    """Converts what has to be converted, and finds out whether the files can be run."""
    try:
        engine_for(pack.name)
    except FaceEngineError as error:
        raise CommandError(str(error)) from error


def _is_usable(pack: Pack) -> bool:
    try:
        return is_installed(pack) and calibration_for(pack.name) is not None
    except CalibrationError as error:
        raise CommandError(str(error)) from error


def _kept_or_best(usable: list[Pack]) -> Pack:
    """The pack of new galleries: a better one than any before, or else what it was.

    What an administrator chose stays until then: it is no worse than what was known.
    """
    known = set(ModelVersion.objects.values_list("pack", flat=True))
    kept = _present_default()
    if kept is not None and all(pack.name in known for pack in usable):
        return kept
    if not usable:
        raise CommandError("No model pack is installed: run ./run models install dlib")
    return usable[0]


def _present_default() -> Pack | None:
    """The pack that is the default, as it is today, if it can be used and anybody may use it."""
    default = ModelVersion.objects.filter(is_default=True).first()
    if default is None or not (default.is_usable or default.successor_is_usable):
        return None
    pack = get_pack(default.pack)
    return pack if pack.is_free else None
