"""`./run doctor`: what this installation consists of, and whether it is well."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import django
from django.core.exceptions import ImproperlyConfigured
from rich.console import Console
from rich.table import Table

from config.server_account import ServerError

OLDEST_PGVECTOR = (0, 8, 4)
LEAST_FREE_BYTES = 1024**3
PING_SECONDS = 2
console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    is_well: bool
    text: str


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup()
    except (ServerError, ImproperlyConfigured) as error:
        console.print(str(error), style="red", markup=False)
        return 1
    findings = list(examine())
    table = Table(box=None, show_header=False)
    for finding in findings:
        mark = "[green]well[/green]" if finding.is_well else "[red]ill[/red]"
        table.add_row(mark, finding.subject, finding.text)
    console.print(table)
    return 0 if all(finding.is_well for finding in findings) else 1


def examine() -> Iterator[Finding]:
    """Look at one part after the other; what cannot work without the database is left out then."""
    yield look_at_program()
    yield look_at_disk()
    yield look_at_queue()
    database = look_at_database()
    yield database
    if database.is_well:
        parts: tuple[Callable[[], Finding], ...] = (look_at_models, look_at_scenes, look_at_photos)
        for look in (*parts, look_at_workers):
            yield look()


def look_at_program() -> Finding:
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("program", is_well=True, text=f"{system}, {os.cpu_count()} cores")


def look_at_disk() -> Finding:
    from django.conf import settings

    free = shutil.disk_usage(settings.LIKENESS_DATA).free
    text = f"{free / 1024**3:.1f} GB free for {settings.LIKENESS_DATA}"
    return Finding("disk", free >= LEAST_FREE_BYTES, text)


def look_at_queue() -> Finding:
    import redis
    from django.conf import settings

    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        version = client.info("server")["redis_version"]
    except redis.RedisError as error:
        return Finding("queue", is_well=False, text=f"Redis does not answer: {error}")
    finally:
        client.close()
    return Finding("queue", is_well=True, text=f"Redis {version}")


def look_at_database() -> Finding:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (server,) = cursor.fetchone()
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            row = cursor.fetchone()
        executor = MigrationExecutor(connection)
    except DatabaseError as error:
        return Finding("database", is_well=False, text=f"PostgreSQL does not answer: {error}")
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return Finding("database", is_well=False, text="not up to date: start ./run once")
    (pgvector,) = row
    is_new_enough = tuple(map(int, pgvector.split("."))) >= OLDEST_PGVECTOR
    return Finding("database", is_new_enough, f"PostgreSQL {server}, pgvector {pgvector}")


def look_at_models() -> Finding:
    from faceengine.calibrations import CalibrationError
    from galleries.models import ModelVersion

    versions = list(ModelVersion.objects.order_by("pk"))
    used = ModelVersion.objects.filter(gallery__isnull=False).distinct()
    try:
        usable = [version.pack for version in versions if version.is_usable]
        ill = next((version for version in used if not version.is_usable), None)
    except CalibrationError as error:
        return Finding("models", is_well=False, text=str(error))
    if ill is not None:
        text = f"galleries need {ill.pack}. {ill.remedy}"
        return Finding("models", is_well=False, text=text)
    return Finding("models", bool(usable), ", ".join(usable) or "none: start ./run once")


def look_at_scenes() -> Finding:
    """Without its backbone an installation is well: it compares photos by their colours only."""
    from galleries import scenes
    from galleries.models import SceneModel

    if sentence := scenes.problem():
        return Finding("scenes", is_well=True, text=sentence)
    waiting = scenes.waiting().count()
    rest = f", {waiting:,} photos wait for {scenes.wanted()}" if waiting else ""
    return Finding("scenes", is_well=True, text=f"{SceneModel.objects.default()}{rest}")


def look_at_photos() -> Finding:
    from galleries.models import Analysis, Photo

    waiting = Analysis.objects.unfinished().count()
    failed = Analysis.objects.quarantined().count()
    text = f"{Photo.objects.count():,}, of them {waiting:,} waiting and {failed:,} failed"
    return Finding("photos", is_well=True, text=text)


def look_at_workers() -> Finding:
    from config.celery import app

    answers = app.control.ping(timeout=PING_SECONDS) or []
    names = sorted(name for answer in answers for name in answer)
    text = ", ".join(names) or "none answers, so no photo is analysed: start ./run"
    return Finding("workers", bool(names), text)


if __name__ == "__main__":
    sys.exit(main())
