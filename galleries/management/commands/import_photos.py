"""Import a folder of photos: `./run import FOLDER --gallery NAME [--album NAME] …`."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from accounts.models import User
from galleries import uploads
from galleries.decisions import NAME_LENGTH
from galleries.forms import GalleryForm
from galleries.models import Album, Analysis, Gallery
from galleries.uploads import Naming, Outcome, Upload

PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Target:
    """Where photos go, and in whose name; and which names may come with them."""

    user: User
    gallery: Gallery
    album: Album | None
    takes_names: bool = True
    is_named_by_folders: bool = False

    def naming_of(self, path: Path) -> Naming:
        folder = path.resolve().parent.name if self.is_named_by_folders else ""
        return Naming(self.takes_names, name_of_folder(folder))


class Command(BaseCommand):
    help = "Add every photo of a folder and its subfolders; those already there are skipped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--gallery", required=True, help="made when there is none of this name")
        parser.add_argument("--album", help="made when there is none of this name")
        parser.add_argument("--user", help="who imports; not needed while there is one account")
        parser.add_argument(
            "--names-from-folders",
            action="store_true",
            help="the name of a folder (Marie_Curie) is that of the person in its photos; "
            "said of those in which one face is found",
        )
        parser.add_argument(
            "--without-names",
            action="store_true",
            help="leave the names that other programs have written into the photos",
        )
        parser.add_argument(
            "--wait", action="store_true", help="stay until the faces of all photos are found"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.console = Console()
        files = _files_in(options["folder"])
        target = replace(
            _find_target(options["user"], options["gallery"], options["album"]),
            takes_names=not options["without_names"],
            is_named_by_folders=options["names_from_folders"],
        )
        try:
            self._report(self._import(files, target))
            if options["wait"]:
                self._wait_for_analysis(target.gallery)
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Start the same import again to go on: what is there already is skipped."
            ) from None

    def _import(self, files: list[Path], target: Target) -> list[Upload]:
        with _progress(self.console) as progress:
            return [_add(path, target) for path in progress.track(files, description="Importing")]

    def _report(self, done: list[Upload]) -> None:
        counts = Counter(upload.outcome for upload in done)
        self.console.print(
            f"{counts[Outcome.ADDED]} added, {counts[Outcome.KNOWN]} already there, "
            f"{counts[Outcome.REFUSED]} refused.",
            highlight=False,
        )
        for upload in done:
            if upload.outcome is Outcome.REFUSED:
                self._list(upload.name, upload.sentence)

    def _wait_for_analysis(self, gallery: Gallery) -> None:
        rows = Analysis.objects.filter(gallery=gallery)
        with _progress(self.console) as progress:
            task = progress.add_task("Finding faces", total=rows.count())
            last_change, done = time.monotonic(), -1
            while unfinished := rows.unfinished().count():
                if (now_done := rows.count() - unfinished) != done:
                    last_change, done = time.monotonic(), now_done
                    progress.update(task, completed=done)
                if time.monotonic() - last_change > PATIENCE_SECONDS:
                    raise CommandError("No worker is reading the photos. Start one with ./run")
                time.sleep(0.5)
            progress.update(task, completed=rows.count())
        for row in rows.quarantined().select_related("photo"):
            self._list(row.photo.name, row.get_reason_display())

    def _list(self, name: str, sentence: str) -> None:
        self.console.print(f"  {name}: {sentence}", markup=False, highlight=False, soft_wrap=True)


def name_of_folder(folder: str) -> str:
    """What a folder says of its photos: "Marie_Curie" is Marie Curie."""
    words = uploads.readable_name(folder).replace("_", " ").split()
    return " ".join(words)[:NAME_LENGTH].strip()


class RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f} photos/s" if task.speed else "")


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _files_in(folder: Path) -> list[Path]:
    if not folder.exists():
        raise CommandError(f"There is no folder {folder}.")
    if not folder.is_dir():
        raise CommandError(f"{folder} is a file: give the folder that it is in.")
    files = sorted(_walk(folder))
    if not files:
        raise CommandError(f"The folder {folder} holds no files.")
    return files


def _walk(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(parent, name) for name in names if not name.startswith("."))
        yield from (path for path in paths if not path.is_fifo())  # opening one waits for ever


def _add(path: Path, target: Target) -> Upload:
    try:
        with path.open("rb") as file:
            content = File(file, name=path.name)
            naming = target.naming_of(path)
            return uploads.add_photo(target.gallery, content, target.user, target.album, naming)
    except OSError as error:  # no permission, gone meanwhile, a damaged disk
        name = uploads.readable_name(path.name)
        sentence = f"This file cannot be read or stored: {error.strerror}."
        return Upload(name, Outcome.REFUSED, sentence)


def _find_target(username: str | None, gallery_name: str, album_name: str | None) -> Target:
    user = _find_user(username)
    album_name = _check_name("album", album_name) if album_name else None
    gallery = _find_gallery(_check_name("gallery", gallery_name), user)
    album = None
    if album_name:
        album, _ = Album.objects.get_or_create(gallery=gallery, name=album_name)
    return Target(user, gallery, album)


def _check_name(kind: str, text: str) -> str:
    """The name as the pages would take it, too."""
    try:
        return str(GalleryForm.base_fields["name"].clean(text))
    except ValidationError as error:
        raise CommandError(f"--{kind} needs a name of 1 to 200 characters.") from error


def _find_user(username: str | None) -> User:
    users = User.objects.filter(is_active=True)
    if username:
        users = users.filter(username=username)
    found = list(users[:2])
    if username and not found:
        raise CommandError(f"There is no account named {username}: check --user.")
    if not found:
        raise CommandError("There is no account. Start ./run once to make the first one.")
    if len(found) > 1:
        raise CommandError("There are several accounts: say who imports with --user NAME.")
    return found[0]


def _find_gallery(name: str, user: User) -> Gallery:
    """The gallery of this name that the user may add to, made when there is none."""
    found = list(Gallery.objects.editable_by(user).filter(name=name)[:2])
    if len(found) > 1:
        raise CommandError(f"There are two galleries named {name}: rename one of them first.")
    if found:
        return found[0]
    if Gallery.objects.visible_to(user).filter(name=name).exists():
        raise CommandError(f"{user} may look at the gallery {name}, but not add to it.")
    return Gallery.create_owned_by(user, name)
