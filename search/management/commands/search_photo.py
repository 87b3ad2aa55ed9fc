"""Find the photos of the people in a picture: `./run search PHOTO [--json]`."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from accounts.models import User
from faceengine.packs import Strictness
from search import probes
from search.asking import Asked, answer
from search.pages import Match
from search.scope import Scope


class Command(BaseCommand):
    help = "List the photos that show somebody of this picture, best first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("photo", type=Path)
        parser.add_argument("--user", help="who asks; not needed while there is one account")
        parser.add_argument(
            "--strictness",
            choices=[level.value for level in Strictness],
            default=Strictness.NORMAL.value,
        )
        parser.add_argument("--limit", type=_positive, default=20)
        parser.add_argument("--json", action="store_true", help="one array, best first")

    def handle(self, *args: Any, **options: Any) -> None:
        user = _find_user(options["user"])
        probe = _look_at(options["photo"], user)
        usable = [face for face in probe.faces if face.is_usable]
        strictness = Strictness(options["strictness"])
        asked = Asked(Scope(user), usable, strictness=strictness, limit=options["limit"])
        page = answer(asked).page
        if options["json"]:
            self.stdout.write(json.dumps([_to_json(match) for match in page.matches], indent=1))
            return
        console = Console()
        for face in probe.faces:
            if face.problem:
                console.print(f"Face {face.number + 1}: {face.problem}")
        if not usable:
            console.print("No face in this picture can be searched for.")
        elif not page.matches:
            console.print("Nobody here looks like this.")
        else:
            console.print(_to_table(page.matches))


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError("give a whole number from 1 up")
    return int(text)


def _find_user(username: str | None) -> User:
    users = User.objects.filter(is_active=True)
    found = list(users.filter(username=username) if username else users[:2])
    if username and not found:
        raise CommandError(f"There is no account named {username}: check --user.")
    if len(found) != 1:
        raise CommandError("Say who asks with --user NAME: the answer is what that account sees.")
    return found[0]


def _look_at(path: Path, user: User) -> probes.Probe:
    try:
        return probes.look_at(path.read_bytes(), user)
    except OSError as error:
        raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
    except probes.ProbeError as error:
        raise CommandError(f"{path}: {error}") from error


def _to_json(match: Match) -> dict[str, object]:
    photo = match.face.photo
    return {
        "photo": photo.pk,
        "path": photo.name,
        "face": match.face.pk,
        "similarity": match.similarity and round(match.similarity, 4),
        "probability": round(match.probability, 4),
        "person": str(match.face.person) if match.face.person else None,
    }


def _to_table(matches: tuple[Match, ...]) -> Table:
    table = Table("Photo", "Gallery", "Person", "Similarity", "Probability")
    for match in matches:
        photo, person = match.face.photo, match.face.person
        table.add_row(
            photo.name,
            photo.gallery.name,
            str(person or ""),
            "" if match.similarity is None else f"{match.similarity:.3f}",
            "> 99.9%" if match.probability > 0.999 else f"{match.probability:.1%}",
        )
    return table
